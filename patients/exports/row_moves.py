"""What can be done with a row of the queue without deciding about it: putting it off, taking it, handing it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from patients import policies
from patients.models import User
from recovery.timeline.scale import Urgency

SNOOZES = {"Tomorrow": 1, "In 3 days": 3, "In a week": 7}


class Row(Protocol):
    """A recovery, as a model or as read for the queue."""

    @property
    def open_urgency(self) -> int: ...
    @property
    def snoozed_until(self) -> datetime | None: ...
    @property
    def assigned_to_id(self) -> int | None: ...


class Moves(NamedTuple):
    """`holder`: who has it, in words; `snoozes`: date and words of the quick choices."""

    is_watch: bool
    is_snoozed: bool
    holder: str
    is_own: bool
    snoozes: list[tuple[str, str]]
    last_snooze: str


def moves(user: User, row: Row, holder: str, now: datetime) -> Moves:
    assert user.clinic is not None
    today = user.clinic.local(now).date()
    return Moves(
        is_watch=row.open_urgency == Urgency.WATCH,
        is_snoozed=row.snoozed_until is not None and row.snoozed_until > now,
        holder=holder,
        is_own=row.assigned_to_id == user.pk,
        snoozes=[((today + timedelta(days=days)).isoformat(), said) for said, days in SNOOZES.items()],
        last_snooze=(today + timedelta(days=policies.MOST_SNOOZED)).isoformat(),
    )
