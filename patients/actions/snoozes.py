"""Putting a row of the queue out of sight for some days, and saying whose it is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone

from patients import permissions, policies
from patients.actions import audit
from patients.actions.logs import lock
from patients.errors import NotNow
from patients.models import Flag, Treatment, User


def snooze_recovery(
    *, by: User, treatment: Treatment, until: date, seen: Collection[UUID] | None = None, now: datetime | None = None
) -> None:
    """Out of sight until a date of the clinic's calendar, or until something new or worse comes in (patients.actions.flags).

    `seen`: the open flags on the page it was asked for on. Safe to repeat. Raises NotNow for a date out of reach, for a row
    with nothing open, for one that is urgent, and where something came in that was not seen.
    """
    permissions.check_queue(by, treatment)
    clinic = treatment.clinic
    policies.check_snooze_date(until, clinic.local(now or timezone.now()).date())
    moment = datetime.combine(until, time(), clinic.zone)
    with audit.atomic():
        lock(treatment)
        # Under the lock: a log that came in meanwhile may have made it urgent.
        policies.check_can_be_snoozed(treatment)
        if seen is not None and Flag.objects.of(treatment).open().exclude(uuid__in=seen).exists():
            raise NotNow("Something new came in since this page was made. Look at it, then decide.")
        if treatment.snoozed_until != moment:
            before, after = treatment.snoozed_until, until.isoformat()
            _set(treatment, moment, by)
            said = {"until": clinic.local(before).date().isoformat()} if before else None
            audit.record("recovery snoozed", treatment, by=by, clinic=clinic, before=said, after={"until": after})


def wake_recovery(*, by: User, treatment: Treatment) -> None:
    """Back into sight by a clinician's choice. Safe to repeat."""
    permissions.check_queue(by, treatment)
    with audit.atomic():
        lock(treatment)
        if treatment.snoozed_until is not None:
            _set(treatment, None, None)
            audit.record("snooze ended", treatment, by=by, clinic=treatment.clinic)


def _set(treatment: Treatment, until: datetime | None, by: User | None) -> None:
    treatment.snoozed_until, treatment.snoozed_by = until, by
    treatment.save(update_fields=["snoozed_until", "snoozed_by"])


def assign_recovery(*, by: User, treatment: Treatment) -> None:
    """Takes a recovery for oneself. Safe to repeat. Raises NotNow where a colleague has it, and says who."""
    permissions.check_queue(by, treatment)
    with audit.atomic():
        # Under the lock: of two who take it at once the second finds the first one's name.
        lock(treatment)
        holder = treatment.assigned_to
        if holder == by:
            return
        # Who can no longer sign in holds nothing.
        if holder is not None and holder.is_active:
            raise NotNow(f"{holder.byline} has taken this already. Ask them, or leave it with them.")
        treatment.assigned_to = by
        treatment.save(update_fields=["assigned_to"])
        audit.record("recovery assigned", treatment, by=by, clinic=treatment.clinic, after={"to": str(by.uuid)})


def unassign_recovery(*, by: User, treatment: Treatment) -> None:
    """Nobody's again: by who holds it, or by a colleague, since who holds it may be ill. Safe to repeat."""
    permissions.check_queue(by, treatment)
    with audit.atomic():
        lock(treatment)
        holder = treatment.assigned_to
        if holder is not None:
            treatment.assigned_to = None
            treatment.save(update_fields=["assigned_to"])
            audit.record("recovery unassigned", treatment, by=by, clinic=treatment.clinic, before={"to": str(holder.uuid)})
