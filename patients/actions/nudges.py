"""A clinician asks a patient who has gone quiet for an entry: one mail, one click."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from patients import permissions, policies
from patients.actions import mail
from patients.actions.reminders import mark_sent
from patients.errors import NotNow
from patients.models import Reminder, Treatment, User


def nudge(*, by: User, treatment: Treatment, now: datetime | None = None) -> None:
    """Sends one mail without a word about health, also to who has turned reminders off: a person asks, and not the clock.

    With the reminders it is one mail a day at most. Raises NotNow, saying why, where none is sent.
    """
    permissions.check_queue(by, treatment)
    patient = treatment.patient
    now = now or timezone.now()
    day = patient.today(now)
    policies.check_can_be_nudged(treatment, day, now)
    reminder = _claim(treatment, day)
    if not mail.delivered(lambda: mail.nudge(patient), f"nudge to patient {patient.uuid}"):
        reminder.delete()
        raise NotNow("The mail server did not take the mail, so nothing was sent. Try again in a few minutes, or call.")
    mark_sent(reminder, patient, by=by, action="nudge sent")


def _claim(treatment: Treatment, day: date) -> Reminder:
    patient = treatment.patient
    made = {"clinic_id": patient.clinic_id, "kind": Reminder.Kind.NUDGE, "claimed_at": timezone.now()}
    # Durable: who sees the row must be able to rely on it before the mail goes out.
    with transaction.atomic(durable=True):
        reminder, is_ours = Reminder.objects.get_or_create(patient=patient, day=day, defaults=made)
    if not is_ours:
        at = treatment.clinic.local(reminder.claimed_at)
        raise NotNow(f"{patient.user.first_name} was mailed at {at:%H:%M} today. One mail a day is the most: try again tomorrow, or call.")
    return reminder
