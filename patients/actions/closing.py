"""Closing a recovery by the word of the clinic, and opening it again. Logging stays possible: nothing is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from patients import permissions, policies
from patients.actions import audit, silence
from patients.actions.logs import lock
from patients.actions.reviews import stand_on_newest
from patients.models import Treatment, User


def close_recovery(*, by: User, treatment: Treatment, why: str = "", now: datetime | None = None) -> bool:
    """Nothing is asked for any more. False where it is closed already, also by somebody else: safe to repeat.

    Raises NotNow while something is open, before the day of the treatment, and once a later session has begun.
    """
    permissions.check_close(by, treatment)
    now = now or timezone.now()
    with audit.atomic():
        # Under the lock: a flag that comes in at the same moment is seen, or reopens what was closed.
        lock(treatment)
        if treatment.closed_at is not None:
            return False
        today = treatment.patient.today(now)
        later = Treatment.objects.filter(session_before=treatment).on(today)
        policies.check_can_be_closed(treatment, today, is_latest=not later.exists())
        # No next step is the patient's any more.
        _store(treatment, closed_at=now, closed_by=by, closed_why=why, awaits_since=None)
        audit.record("recovery closed", treatment, by=by, clinic=treatment.clinic, why=why)
    return True


def reopen_recovery(*, by: User, treatment: Treatment) -> bool:
    """Check-ins are asked for again, as the norms have it. False where it is not closed: safe to repeat."""
    permissions.check_close(by, treatment)
    with audit.atomic():
        lock(treatment)
        if treatment.closed_at is None:
            return False
        _store(treatment, closed_at=None, closed_by=None, closed_why="")
        stand_on_newest(treatment)
        audit.record("recovery reopened", treatment, by=by, clinic=treatment.clinic)
    return True


def _store(treatment: Treatment, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(treatment, name, value)
    treatment.save(update_fields=list(fields))
    silence.refresh_one(treatment)
