"""Mails to the clinicians: at once about what is urgent, once an episode; and each morning how much is overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from patients import permissions
from patients.actions import audit, outbox
from patients.errors import NotNow
from patients.models import Clinic, OutgoingMail, Role, Treatment, User
from recovery.timeline.episode import is_worth_a_mail
from recovery.timeline.scale import Urgency

NOT_MAILED = {"mailed_urgency": 0, "mailed_distance": 0}  # of a recovery with nothing open: the next episode begins
MORNING = timedelta(hours=4)  # after opening; where nothing was sent by then, the day's count comes too late


def alert(treatment: Treatment, *, at: datetime) -> None:
    """Mails the clinicians on call if the episode is urgent and new, or worse than what they were mailed about.

    Within the transaction of what raised it, which holds the treatment's lock; the mails go out after the commit.
    """
    # What was taken back, by the patient or by a review, must not keep what comes next from being mailed.
    if treatment.open_urgency < Urgency.URGENT:
        forget_what_is_answered(treatment)
    if not is_worth_a_mail(treatment.open_urgency, treatment.open_distance, treatment.mailed_urgency, treatment.mailed_distance):
        return
    _remember(treatment, max(treatment.open_urgency, treatment.mailed_urgency), max(treatment.open_distance, treatment.mailed_distance))
    mails = [
        OutgoingMail(
            kind=OutgoingMail.Kind.ALERT,
            key=f"alert:{treatment.uuid}:{at.isoformat()}:{user.pk}",
            clinic_id=treatment.clinic_id,
            user=user,
            treatment=treatment,
            # Not `at`: a log that is stored as of an earlier moment is mailed about all the same.
            send_after=timezone.now(),
        )
        for user in treatment.clinic.on_call()
    ]
    outbox.queue(mails)
    outbox.send_after_commit(mail.key for mail in mails)


def forget_what_is_answered(treatment: Treatment) -> None:
    """After a review that left something open: what was answered must not keep what comes next from being mailed."""
    _remember(treatment, min(treatment.open_urgency, treatment.mailed_urgency), min(treatment.open_distance, treatment.mailed_distance))


def take_as_mailed(treatment: Treatment) -> None:
    """After a review was undone: who undid it knows what is open again."""
    if treatment.open_urgency >= Urgency.URGENT:
        _remember(treatment, treatment.open_urgency, treatment.open_distance)


def _remember(treatment: Treatment, urgency: int, distance: int) -> None:
    if (treatment.mailed_urgency, treatment.mailed_distance) != (urgency, distance):
        treatment.mailed_urgency, treatment.mailed_distance = urgency, distance
        treatment.save(update_fields=["mailed_urgency", "mailed_distance"])


def queue_overdue_counts(now: datetime | None = None) -> None:
    """One mail to each clinician of a clinic that has overdue rows, once a working day, from its opening on."""
    now = now or timezone.now()
    for clinic in Clinic.objects.order_by("pk"):
        here = clinic.local(now)
        opens = here.replace(hour=clinic.opens_at.hour, minute=clinic.opens_at.minute, second=0, microsecond=0)
        if not clinic.hours.is_working_day(here) or not opens <= here < opens + MORNING:
            continue
        if Treatment.objects.filter(clinic=clinic).needing_review().awake(now).overdue(now).exists():
            outbox.queue(
                OutgoingMail(
                    kind=OutgoingMail.Kind.OVERDUE,
                    key=f"overdue:{clinic.uuid}:{here.date().isoformat()}:{user.pk}",
                    clinic=clinic,
                    user=user,
                    send_after=now,
                    queued_at=now,
                )
                for user in clinic.clinicians()
            )


def set_on_call(*, by: User, clinician: User, is_on_call: bool) -> None:
    """Who is mailed at once about what is urgent. Safe to repeat."""
    permissions.check_set_on_call(by, clinician)
    if clinician.role != Role.CLINICIAN:
        raise NotNow(f"{clinician.name} is no clinician. Only clinicians can be on call.")
    with audit.atomic():
        # Conditional: of two who press at once, one changes it and one event is written.
        if User.objects.filter(pk=clinician.pk, is_on_call=not is_on_call).update(is_on_call=is_on_call):
            action = "on call from now" if is_on_call else "no longer on call"
            audit.record(action, clinician, by=by, clinic=clinician.clinic)
    clinician.is_on_call = is_on_call
