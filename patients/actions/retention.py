"""How long a clinic keeps records, and erasing those whose time is over. Run daily (`manage.py apply_retention`)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from patients import permissions
from patients.actions import audit, mail
from patients.actions.erasure import erase, sessions_by_owner
from patients.errors import NotNow, Overtaken
from patients.models import Clinic, ErasureNotice, Patient, Retention, User
from patients.models.outbox import CLAIM_LASTS
from patients.models.people import PatientQuerySet
from patients.models.retention import (
    MOST_MONTHS,
    NOTICE,
    announced_before,
    at_rest,
    idle_since,
    kept_until,
    last_activity,
    months_away,
    retention_of,
)

logger = logging.getLogger(__name__)
BATCH = 200  # patients for whom the sessions are read once
BY_THE_CLINIC, BY_THE_PATIENT = "retention", "the patient’s own wish, when the clinic’s duty to keep it was over"


def set_retention(*, by: User, keep_months: int | None, delete_months: int | None, seen: str | None = None) -> None:
    """Sets both periods. Safe to repeat. `seen`: the state on the page, from `state_of`; Overtaken where it is another by now.

    Raises NotNow for periods that contradict each other.
    """
    permissions.check_set_privacy(by)
    assert by.clinic is not None
    check_retention(keep_months, delete_months)
    with audit.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=by.clinic.pk)
        stands = retention_of(clinic)
        before, after = _said(stands), {"keep_months": keep_months, "delete_months": delete_months}
        if before == after:
            return
        if seen is not None and seen != state_of(stands):
            raise Overtaken("A colleague changed this while the page was open. Nothing of yours is saved; what you typed is below.")
        Retention.objects.update_or_create(clinic=clinic, defaults=after)
        audit.record("retention set", clinic, by=by, clinic=clinic, before=before, after=after)


def check_retention(keep_months: int | None, delete_months: int | None) -> None:
    for months in (keep_months, delete_months):
        if months is not None and not 1 <= months <= MOST_MONTHS:
            raise NotNow(f"Choose between 1 and {MOST_MONTHS} months, or leave it empty.")
    if keep_months is not None and delete_months is not None and delete_months < keep_months:
        said = f"Records must be kept {keep_months} months, so they cannot be deleted after {delete_months}. Choose {keep_months} or more."
        raise NotNow(said, "delete_months")


def state_of(retention: Retention) -> str:
    return f"{retention.keep_months or ''}-{retention.delete_months or ''}"


def _said(retention: Retention) -> dict[str, int | None]:
    return {"keep_months": retention.keep_months, "delete_months": retention.delete_months}


class Due:
    """Of one clinic at one moment: who is to be told, who is to be erased, and why."""

    def __init__(self, clinic: Clinic, now: datetime) -> None:
        self.clinic, self.now = clinic, now
        self.months = retention_of(clinic).delete_months
        self.patients = Patient.objects.filter(clinic=clinic)

    @property
    def idle(self) -> PatientQuerySet:
        """Whose time is over, or will be when the notice has run."""
        return self._idle(self.now + NOTICE)

    @property
    def to_tell(self) -> PatientQuerySet:
        # Whoever asked to be erased was told the day then.
        return self.idle.filter(erasure_notice__sent_at__isnull=True, erasure_request__isnull=True)

    @property
    def over(self) -> PatientQuerySet:
        return announced_before(self._idle(self.now), self.now)

    @property
    def asked(self) -> PatientQuerySet:
        """Who asked to be erased and was put off until a day that has passed."""
        found = at_rest(self.patients, self.now).filter(erasure_request__keep_until__lt=self.clinic.local(self.now).date())
        return found.filter(user__is_active=False)  # whoever the clinic let in again is not erased

    def _idle(self, moment: datetime) -> PatientQuerySet:
        return self.patients.none() if self.months is None else idle_since(self.patients, months_away(moment, -self.months), self.now)


@dataclass(slots=True)
class Applied:
    """What one run did in one clinic. `kept`: who also works here, so that their sign-in cannot go."""

    told: int = 0
    unreached: int = 0
    erased: int = 0
    kept: list[str] = field(default_factory=list)


def apply_retention(clinic: Clinic, now: datetime | None = None) -> Applied:
    """Tells those whose time ends in a month, and erases those who were told and did not come back. Safe to repeat."""
    now = now or timezone.now()
    due, done = Due(clinic, now), Applied()
    # Whoever came back, and everybody once the clinic deletes nothing by itself any more, is told anew another time.
    ErasureNotice.objects.filter(clinic=clinic).exclude(patient__in=due.idle).delete()
    for patient in _each(due.to_tell):
        if _tell(patient, now):
            done.told += 1
        else:
            done.unreached += 1
    for among, why in ((due.asked, BY_THE_PATIENT), (due.over, BY_THE_CLINIC)):
        _erase_all(among, why, done, now)
    return done


def _each(patients: PatientQuerySet) -> Iterator[Patient]:
    """One by one: a run over thousands holds their keys alone."""
    for pk in list(patients.order_by("pk").values_list("pk", flat=True)):
        if found := Patient.objects.select_related("user", "clinic").filter(pk=pk).first():
            yield found


def _tell(patient: Patient, now: datetime) -> bool:
    notice = _claimed(patient, now)
    if notice is None:
        return False
    day = patient.clinic.local(now + NOTICE).date()
    if not mail.delivered(lambda: mail.announce_erasure(patient, day), f"notice to patient {patient.uuid}"):
        return False
    with audit.atomic():
        ErasureNotice.objects.filter(pk=notice.pk).update(sent_at=now)
        audit.record("erasure announced", patient, by=None, clinic=patient.clinic, after={"day": day.isoformat()}, why=BY_THE_CLINIC)
    return True


def _claimed(patient: Patient, now: datetime) -> ErasureNotice | None:
    """The row, once this run alone may send the mail. Committed first: nobody may be erased whose mail was never tried."""
    with transaction.atomic(durable=True):
        made = {"clinic_id": patient.clinic_id, "announced_at": now, "tried_at": now}
        notice, is_new = ErasureNotice.objects.get_or_create(patient=patient, defaults=made)
        free = ErasureNotice.objects.filter(pk=notice.pk, sent_at__isnull=True, tried_at__lt=now - CLAIM_LASTS)
        return notice if is_new or free.update(tried_at=now) else None


def _erase_all(among: PatientQuerySet, why: str, done: Applied, now: datetime) -> None:
    for number, patient in enumerate(_each(among)):
        # The day that was named then moves on with what the clinic has written since, and with how long it must keep records now.
        if why == BY_THE_PATIENT and kept_until(patient, now):
            continue
        if number % BATCH == 0:
            sessions = sessions_by_owner()
        try:
            done.erased += erase(among, patient, sessions.of(patient.user, patient), why=why, is_said=why == BY_THE_PATIENT)
        except NotNow:
            done.kept.append(str(patient.uuid))


def listed(clinic: Clinic, now: datetime | None = None) -> Iterator[tuple[str, str, str]]:
    """What a run would do, for who looks before: what, the patient's public id, the day of the last activity. Nothing else of them."""
    due = Due(clinic, now or timezone.now())
    for what, patients, why in (("told", due.to_tell, ""), ("erased", due.asked, BY_THE_PATIENT), ("erased", due.over, BY_THE_CLINIC)):
        for patient in _each(patients):
            if why == BY_THE_PATIENT and kept_until(patient, due.now):
                continue
            yield what, str(patient.uuid), clinic.local(last_activity(patient)).date().isoformat()
