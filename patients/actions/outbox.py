"""Sending what waits in the outbox. Safe to repeat, and for two to run at once: who claims a row sends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from patients.actions import audit, mail
from patients.models import OutgoingMail, Treatment
from patients.models.outbox import OutgoingMailQuerySet
from patients.models.treatments import TreatmentQuerySet
from recovery.timeline.scale import Urgency

BATCH = 200  # mails a run: the next one comes a minute later
GIVE_UP_AFTER = 5  # mails, none of which a server took: each may have waited for EMAIL_TIMEOUT
LONGEST_PAUSE = 10  # minutes between two attempts, however many have failed
MOST_NAMED = 10  # rows in the morning's mail; of the others it says how many
STALE = timedelta(hours=12)  # a count of the morning is no news in the evening


@dataclass(slots=True)
class Tally:
    """What became of one run."""

    sent: int = 0
    failed: int = 0
    dropped: int = 0


def queue(mails: Iterable[OutgoingMail]) -> None:
    """Adds mails within the caller's transaction; what has been queued under its key before is left out."""
    OutgoingMail.objects.bulk_create(mails, ignore_conflicts=True)


def send_after_commit(keys: Iterable[str]) -> None:
    """Sends these as soon as the transaction is through. What fails is left to `manage.py send_mails`."""
    wanted = list(keys)

    def send_them() -> None:
        send(OutgoingMail.objects.filter(key__in=wanted))

    # Robust: the log is stored by then, and nothing about a mail may turn its answer into an error.
    transaction.on_commit(send_them, robust=True)


def send(among: OutgoingMailQuerySet | None = None, now: datetime | None = None) -> Tally:
    """Sends what is due, of all that waits or of some.

    A claim whose process died is taken over after ten minutes, so a mail may in the worst case come twice, but not never.
    """
    mails = OutgoingMail.objects.all() if among is None else among
    tally = Tally()
    for pk in mails.due(now or timezone.now()).values_list("pk", flat=True)[:BATCH]:
        # Each at its own moment: a claim that bore the time of a long run's beginning would be taken for a dead one's.
        at = now or timezone.now()
        if not _claim(pk, at):
            continue
        # Read after the claim: the review may have been undone while others' mails went out.
        _deliver(OutgoingMail.objects.with_receivers().get(pk=pk), at, tally)
        if tally.failed >= GIVE_UP_AFTER and not tally.sent:
            break
    return tally


def _claim(pk: int, now: datetime) -> bool:
    # Durable: the claim must be seen by others before the mail goes out. A conditional update, as SQLite has no row locks.
    with transaction.atomic(durable=True):
        return OutgoingMail.objects.due(now).order_by().filter(pk=pk).update(claimed_at=now, attempts=F("attempts") + 1) == 1


def _deliver(row: OutgoingMail, now: datetime, tally: Tally) -> None:
    if not _is_wanted(row, now):
        tally.dropped += 1
        _update(row, dropped_at=now)
    elif mail.delivered(lambda: _write(row, now), f"{row.kind} mail {row.pk}"):
        tally.sent += 1
        with audit.atomic():
            _update(row, sent_at=timezone.now())
            audit.record("mail sent", row.treatment or row.clinic, by=None, clinic=row.clinic, after={"kind": row.kind})
    else:
        tally.failed += 1
        pause = timedelta(minutes=min(row.attempts, LONGEST_PAUSE))
        _update(row, claimed_at=None, send_after=now + pause)


def _update(row: OutgoingMail, **fields: datetime | None) -> None:
    OutgoingMail.objects.filter(pk=row.pk).update(**fields)


def _is_wanted(row: OutgoingMail, now: datetime) -> bool:
    """Whether what it announces still holds."""
    receiver = row.patient.user if row.patient else row.user
    if receiver is None or not receiver.is_active:
        return False
    if row.kind == OutgoingMail.Kind.REPLY:
        return row.review is not None and row.review.undone_at is None
    if row.kind == OutgoingMail.Kind.ALERT:
        return row.treatment is not None and row.treatment.open_urgency >= Urgency.URGENT
    return now - row.queued_at < STALE and _overdue(row, now).exists()


def _overdue(row: OutgoingMail, now: datetime) -> TreatmentQuerySet:
    return Treatment.objects.filter(clinic=row.clinic).needing_review().awake(now).overdue(now)


def _write(row: OutgoingMail, now: datetime) -> None:
    if row.patient is not None:
        mail.announce_reply(row.patient)
    elif row.user is not None and row.kind == OutgoingMail.Kind.ALERT:
        mail.alert(row.user, row.clinic)
    elif row.user is not None:
        late = _overdue(row, now)
        mail.overdue(row.user, row.clinic, late.count(), list(late.with_people().first_things_first(now)[:MOST_NAMED]), now)
