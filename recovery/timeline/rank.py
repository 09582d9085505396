"""Who comes first in the queue, and which parts of the rank say so. One order for the pages, the tests and the simulation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from recovery.timeline.scale import Urgency

Key = tuple[int, bool, bool, int, datetime, int]


class Ranked(Protocol):
    """A recovery with open flags, as read for the queue."""

    @property
    def open_urgency(self) -> int: ...
    @property
    def open_asked(self) -> bool: ...
    @property
    def answer_due(self) -> datetime | None: ...
    @property
    def open_distance(self) -> int: ...
    @property
    def open_since(self) -> datetime | None: ...
    @property
    def pk(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a rank: its name, the value that decides (the greater comes first), and the words shown."""

    name: str
    value: float
    words: str


def is_overdue(row: Ranked, now: datetime) -> bool:
    return row.answer_due is not None and row.answer_due < now


def rank_key(row: Ranked, now: datetime) -> Key:
    """Sorts ascending: urgency, asked, overdue, distance outside the band, oldest; the key last, so that no two are equal."""
    assert row.open_since is not None
    return -row.open_urgency, not row.open_asked, not is_overdue(row, now), -row.open_distance, row.open_since, row.pk


def rank_parts(row: Ranked, now: datetime) -> list[Part]:
    """The parts that decide where a row stands, strongest first; what it does not have is left out.

    Overdue counts as such, not by how long: among those the distance decides.
    """
    assert row.answer_due is not None
    assert row.open_since is not None
    parts = [Part("urgency", row.open_urgency, Urgency(row.open_urgency).word)]
    if row.open_asked:
        parts.append(Part("asked", 1, "asked"))
    if is_overdue(row, now):
        parts.append(Part("overdue", 1, f"{ago(now - row.answer_due)} overdue"))
    if row.open_distance:
        parts.append(Part("distance", row.open_distance, f"{row.open_distance} above the range"))
    waited = now - row.open_since
    return [*parts, Part("waiting", waited / timedelta(seconds=1), f"waiting {ago(waited)}")]


def deciding_part(first: list[Part], second: list[Part]) -> str:
    """The name of the part that puts one of two rows before the other; empty where nothing but their keys does."""
    has, other = ({part.name: part.value for part in parts} for parts in (first, second))
    names = ("urgency", "asked", "overdue", "distance", "waiting")
    return next((name for name in names if has.get(name, 0) != other.get(name, 0)), "")


def ago(span: timedelta) -> str:
    """“40 min”, “3 h” or “2 days”: one figure is enough to see which is older."""
    # Never below 0: two clocks may differ by a moment.
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    # Hours up to two days: “1 day” would hide whether it is one or almost two.
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"
