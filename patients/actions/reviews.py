"""A clinician's decision on a recovery's open flags."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from patients import permissions
from patients.actions import audit, mail
from patients.actions.flags import refresh_open_state
from patients.actions.logs import lock
from patients.errors import NotNow
from patients.models import Flag, Review, Treatment, User
from recovery.timeline.scale import Disposition


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; `note` is for the clinic, `reply` for the patient."""

    disposition: Disposition
    note: str = ""
    reply: str = ""


def review_recovery(
    *, by: User, treatment: Treatment, seen: Collection[UUID], decision: Decision, now: datetime | None = None, is_announced: bool = True
) -> Review:
    """Answers the open flags that the clinician saw; flags raised since stay open.

    Raises NotNow when one of them was reviewed in the meantime, naming who did.
    """
    permissions.check_review(by, treatment)
    with transaction.atomic():
        lock(treatment)
        # Of this treatment alone: ids of other recoveries in the request find nothing.
        flags = list(Flag.objects.of(treatment).live().filter(uuid__in=seen).select_related("review__reviewed_by"))
        # Under the lock: of two reviewers the second finds the first one's review here.
        _check_still_open(flags, treatment)
        review = Review.objects.create(
            clinic=treatment.clinic,
            treatment=treatment,
            reviewed_by=by,
            reviewed_at=now or timezone.now(),
            disposition=decision.disposition.value,
            note=decision.note,
            reply=decision.reply,
        )
        Flag.objects.filter(pk__in=[flag.pk for flag in flags]).update(review=review)
        # Read anew: flags raised since the page was opened are still open and keep the recovery in the queue.
        refresh_open_state(treatment, Flag.objects.of(treatment).open().with_day())
        audit.record(
            "recovery reviewed",
            treatment,
            by=by,
            clinic=treatment.clinic,
            after={"review": str(review.uuid), "disposition": review.disposition, "flags": [str(f.uuid) for f in flags]},
        )
        if decision.reply and is_announced:
            # After the commit: no mail about a review that was rolled back.
            transaction.on_commit(lambda: mail.announce_reply(treatment))
    return review


def _check_still_open(flags: list[Flag], treatment: Treatment) -> None:
    for flag in flags:
        if flag.review is not None:
            at = treatment.clinic.local(flag.review.reviewed_at)
            raise NotNow(
                f"{flag.review.reviewed_by.byline} reviewed this at {at:%H:%M}: "
                f"{flag.review.get_disposition_display().lower()}. Your text is kept below."
            )
    if not flags:
        raise NotNow(
            "Nothing of this is open any more: the patient changed a log, or the recovery was moved to other norms. "
            "Your text is kept below."
        )
