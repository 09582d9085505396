"""Reminders by e-mail: who is due now, once a day each, whoever asks how often."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from patients.actions import audit, mail
from patients.actions.people import change_own
from patients.models import Patient, Reminder, Treatment, User
from patients.models.norm_values import norms_for
from patients.models.reminders import recoveries_to_ask
from recovery.timeline.checkin import day_asked_for, is_due

if TYPE_CHECKING:
    from patients.models.reminders import Asked

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What became of one run."""

    sent: int = 0
    failed: int = 0


def due_now(now: datetime | None = None) -> list[tuple[Treatment, date]]:
    """The recoveries whose patients are to be reminded at this moment, each with the date it is about."""
    now = now or timezone.now()
    return [(found, day) for zone, hours, day in _asked(now) for found in recoveries_to_ask(zone, hours, day) if _is_due(found, day)]


def _asked(now: datetime) -> Iterator[tuple[str, list[int], date]]:
    """Each zone in which somebody lives, with the hours that have come there and the date they belong to."""
    for zone in Patient.objects.filter(reminder_hour__isnull=False).order_by("time_zone").values_list("time_zone", flat=True).distinct():
        hours: dict[date, list[int]] = defaultdict(list)
        for hour in range(24):
            day = day_asked_for(now, ZoneInfo(zone), hour)
            if day is not None:
                hours[day].append(hour)
        yield from ((zone, chosen, day) for day, chosen in hours.items())


def _is_due(found: Asked, day: date) -> bool:
    # As annotated by recoveries_to_ask; a reminder of the session before may lie before day 0.
    answered = [] if found.last_log is None else [found.last_log]
    if found.last_reminder is not None and found.last_reminder >= found.treated_on:
        answered.append(found.day_of(found.last_reminder))
    return is_due(norms_for(found), found.day_of(day), answered)


def send_reminders(now: datetime | None = None) -> Tally:
    """Sends every reminder that is due. Safe to repeat, and for two to run at once.

    A mail that cannot be sent is left to the next run. One is lost at most if the process dies between claiming and
    sending: never two in a day comes first.
    """
    tally = Tally()
    for treatment, day in due_now(now):
        reminder = _claim(treatment, day)
        if reminder is None:
            continue
        if _send(reminder, treatment.patient):
            tally.sent += 1
        else:
            tally.failed += 1
    return tally


def _claim(treatment: Treatment, day: date) -> Reminder | None:
    """The row of this reminder, committed, or None where somebody else has it or none is due any more."""
    patient = treatment.patient
    # Durable: who sees the row must be able to rely on it before the mail goes out.
    with transaction.atomic(durable=True):
        # Asked once more: while the others' mails went out the log may have come in, or the reminders been turned off.
        hours = [] if patient.reminder_hour is None else [patient.reminder_hour]
        fresh = recoveries_to_ask(patient.time_zone, hours, day).filter(pk=treatment.pk).first()
        if fresh is None or not _is_due(fresh, day):
            return None
        # The constraint decides between two who ask at the same moment.
        reminder, is_ours = Reminder.objects.get_or_create(patient=patient, day=day, defaults={"clinic_id": patient.clinic_id})
    return reminder if is_ours else None


def _send(reminder: Reminder, patient: Patient) -> bool:
    """Sends a claimed reminder; one that cannot be sent is released, so that the next run tries again."""
    try:
        mail.remind(patient)
    # SMTPException is an OSError; an address or a clinic's name that no mail can carry is a ValueError.
    except (OSError, ValueError) as error:
        # Not the error's own words, which may hold the address.
        logger.error("reminder to patient %s not sent: %s", patient.uuid, type(error).__name__)
        reminder.delete()
        return False
    with transaction.atomic():
        reminder.sent_at = timezone.now()
        reminder.save(update_fields=["sent_at"])
        audit.record("reminder sent", patient, by=None, clinic=patient.clinic, after={"day": reminder.day.isoformat()})
    return True


def turn_off(*, by: User) -> None:
    """No more reminders, by the link in one of them. Safe to repeat."""
    with transaction.atomic():
        change_own(by=by, name="reminder_hour", value=None, why="the link in a reminder")
