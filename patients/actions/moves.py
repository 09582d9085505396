"""Moving running recoveries to another norm version: chosen, one recovery at a time, judged again, audited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from patients import permissions, policies
from patients.actions import audit, silence
from patients.actions.logs import entries_of, judged, lock, store_judgement
from patients.models import Clinic, Log, NormVersion, Treatment, User
from patients.models.norm_values import published_norms
from patients.models.treatments import TreatmentQuerySet
from recovery.timeline.norms import Norms

BATCH = 50  # recoveries a request: about a second, so that progress is seen and nothing is held for long


def move_recovery(*, by: User, treatment: Treatment, version: NormVersion, why: str, now: datetime | None = None) -> bool:
    """Pins a recovery to a version and judges all its logs again. False when it follows it already: safe to repeat.

    Flags that say the same keep their review and their place in the queue (`patients.actions.flags.settle`).
    """
    permissions.check_move(by, treatment)
    # Outside the lock: a version published in between makes this one old, which moving again mends.
    policies.check_version_can("move recoveries to it", version)
    with audit.atomic():
        lock(treatment)
        before = treatment.norm_version
        # Under the lock: two requests for the same batch move each recovery once.
        if before == version:
            return False
        # Both: moved to its clinic's copy, the recovery belongs to that protocol from then on.
        treatment.norm_version, treatment.protocol = version, version.protocol
        treatment.save(update_fields=["norm_version", "protocol"])
        logs = {log.day: log for log in Log.objects.of(treatment)}
        store_judgement(treatment, logs, judged(treatment, entries_of(logs), 0), at=now or timezone.now())
        silence.refresh_one(treatment)
        audit.record(
            "recovery moved",
            treatment,
            by=by,
            clinic=treatment.clinic,
            before=_said(before),
            after=_said(version),
            why=why or version.reason,
        )
    return True


def move_batch(*, by: User, version: NormVersion, why: str = "", most: int = BATCH) -> int:
    """Moves the next running recoveries; each is a transaction of its own, so a stop in between loses nothing.

    Returns how many are left.
    """
    assert by.clinic is not None
    waiting = to_move(by.clinic, version)
    for treatment in waiting.with_people().select_related("norm_version")[:most]:
        move_recovery(by=by, treatment=treatment, version=version, why=why)
    # Asked again: the slice above left the query unread, so this is what is left now.
    return waiting.count()


def to_move(clinic: Clinic, version: NormVersion, norms: Norms | None = None) -> TreatmentQuerySet:
    """The running recoveries of a clinic that follow another version of this protocol, oldest first; `norms` for a draft."""
    return running(clinic, version, norms).exclude(norm_version=version).order_by("treated_on", "pk")


def running(clinic: Clinic, version: NormVersion, norms: Norms | None = None) -> TreatmentQuerySet:
    """The recoveries of a clinic under this protocol whose day the norms still cover; `norms` for a draft."""
    last_day = (norms or published_norms(version.pk)).last_day
    # A day more than the clinic's calendar: patients further west are a day behind.
    since = clinic.today() - timedelta(days=last_day + 1)
    return Treatment.objects.filter(clinic=clinic).following(version.protocol).running(since, timezone.now())


def _said(version: NormVersion) -> dict[str, Any]:
    return {"protocol": version.protocol.slug, "version": version.number, "norm_version": str(version.pk)}
