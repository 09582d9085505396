"""Reminders by e-mail: who is due now, once a day each, whoever asks how often."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from smtplib import SMTPConnectError, SMTPException, SMTPServerDisconnected
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
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
GIVE_UP_AFTER = 5  # mails in a row for which there was no server: each may have waited for EMAIL_TIMEOUT


@dataclass(slots=True)
class Tally:
    """What became of one run. `unreached`: how many mails in a row found no server, up to now."""

    sent: int = 0
    failed: int = 0
    unreached: int = 0


def due_now(now: datetime | None = None) -> list[tuple[Treatment, date]]:
    """The recoveries whose patients are to be reminded at this moment, each with the date it is about."""
    now = now or timezone.now()
    return [(found, day) for zone, hours, day in _asked(now) for found in recoveries_to_ask(zone, hours, day) if _is_due(found, day)]


def _asked(now: datetime) -> Iterator[tuple[str, list[int], date]]:
    """Each zone in which somebody lives, with the hours that have come there and the date they belong to."""
    for zone in Patient.objects.filter(reminder_hour__isnull=False).order_by("time_zone").values_list("time_zone", flat=True).distinct():
        try:
            hours = _hours_come(now, ZoneInfo(zone))
        except ZoneInfoNotFoundError:
            # A list of zones may lose a name. Those who live there get no mail, everybody else does.
            logger.error("the time zone %s is not known here: no reminders for it", zone)
            continue
        yield from ((zone, chosen, day) for day, chosen in hours.items())


def _hours_come(now: datetime, zone: ZoneInfo) -> dict[date, list[int]]:
    hours: dict[date, list[int]] = defaultdict(list)
    for hour in range(24):
        day = day_asked_for(now, zone, hour)
        if day is not None:
            hours[day].append(hour)
    return hours


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
    tally, connection = Tally(), get_connection()
    try:
        for treatment, day in due_now(now):
            reminder = _claim(treatment, day, now or timezone.now())
            if reminder is not None:
                _send(reminder, treatment.patient, connection, tally)
            if tally.unreached >= GIVE_UP_AFTER:
                logger.error("no mail server: the other reminders are left to the next run")
                break
    finally:
        connection.close()
    return tally


def _claim(treatment: Treatment, day: date, now: datetime) -> Reminder | None:
    """The row of this reminder, committed, or None where somebody else has it or none is due any more."""
    patient = treatment.patient
    if patient.reminder_hour is None or day_asked_for(now, ZoneInfo(patient.time_zone), patient.reminder_hour) != day:
        return None  # the mails before took long, and the night has begun there
    # Durable: who sees the row must be able to rely on it before the mail goes out.
    with transaction.atomic(durable=True):
        # Asked once more: while the others' mails went out the log may have come in, or the reminders been turned off.
        fresh = recoveries_to_ask(patient.time_zone, [patient.reminder_hour], day).filter(pk=treatment.pk).first()
        if fresh is None or not _is_due(fresh, day):
            return None
        # The constraint decides between two who ask at the same moment.
        made = {"clinic_id": patient.clinic_id, "claimed_at": timezone.now()}
        reminder, is_ours = Reminder.objects.get_or_create(patient=patient, day=day, defaults=made)
    return reminder if is_ours else None


def _send(reminder: Reminder, patient: Patient, connection: BaseEmailBackend, tally: Tally) -> None:
    """Sends a claimed reminder; one that cannot be sent is released, so that the next run tries again."""
    try:
        mail.remind(patient, connection)
    # Whatever it is, it must stop nobody else's: a server's refusal, a name that no mail can carry.
    except Exception as error:
        # Not the error's own words, which may hold the address.
        logger.error("reminder to patient %s not sent: %s", patient.uuid, type(error).__name__)
        reminder.delete()
        # What is left of a broken connection would fail for all the others too; the next mail opens a new one.
        connection.close()
        tally.failed += 1
        tally.unreached = tally.unreached + 1 if _is_unreached(error) else 0
        return
    mark_sent(reminder, patient, by=None, action="reminder sent")
    tally.sent += 1
    tally.unreached = 0


def mark_sent(reminder: Reminder, patient: Patient, *, by: User | None, action: str) -> None:
    """The mail has gone out: its row and the audit say so. `by`: the clinician who asked for it, None for the clock."""
    with audit.atomic():
        reminder.sent_at = timezone.now()
        reminder.save(update_fields=["sent_at"])
        audit.record(action, patient, by=by, clinic=patient.clinic, after={"day": reminder.day.isoformat()})


def _is_unreached(error: Exception) -> bool:
    """Whether it is about the server and not about this mail: what a server answers is an SMTPException, and an OSError too."""
    is_answer = isinstance(error, SMTPException) and not isinstance(error, (SMTPServerDisconnected, SMTPConnectError))
    return isinstance(error, OSError) and not is_answer


def turn_off(*, by: User) -> None:
    """No more reminders, by the link in one of them. Safe to repeat."""
    with audit.atomic():
        change_own(by=by, name="reminder_hour", value=None, why="the link in a reminder")
