"""Editing one symptom's bands: cut into columns and back, split, merged, stretched. Values in, values out.

A symptom's bands are a tuple in the order of days; what an edit does not name stays as it was.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from recovery.timeline.norms import Band, Norms, edges
from recovery.timeline.scale import MOST_DAY

GRID_DAYS = 15  # days 0 to 14, each with a column; later days share a column where nothing changes
LINES = {"urgent_above": "urgent above", "high": "high", "typical": "typical", "low": "low"}  # from the top, as on a chart
Bands = tuple[Band, ...]


class CannotEdit(Exception):
    """An edit that has no meaning there; `str()` is the sentence for the person."""


class Values(NamedTuple):
    """What a band says; `urgent_above` None: never urgent by grade alone."""

    low: int
    typical: int
    high: int
    urgent_above: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """Days over which no symptom's band changes."""

    first: int
    last: int

    @property
    def days(self) -> str:
        return days_of(self.first, self.last)

    @property
    def words(self) -> str:
        return day_words(self.first, self.last)


def days_of(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def day_words(first: int, last: int) -> str:
    return f"day {first}" if first == last else f"days {first} to {last}"


def values_of(band: Band) -> Values:
    return Values(band.low, band.typical, band.high, band.urgent_above)


def edges_of(norms: Norms) -> list[int]:
    """The first day of every column, and the day after the last one."""
    return sorted({*edges(norms.bands), *range(GRID_DAYS + 1)})


def columns_of(days: Iterable[int]) -> tuple[Column, ...]:
    """The columns that begin on these days; the last one only ends a column."""
    return tuple(Column(first, then - 1) for first, then in pairwise(sorted(set(days))))


def bands_from(
    symptom: str, cells: Sequence[tuple[Column, Values | None]], starts: Collection[int], rationales: Mapping[int, str]
) -> Bands:
    """The bands that columns of values make; None leaves the column without a band.

    A band begins where `starts` says so, where a value changes and where another rationale is given. A piece
    without a rationale of its own keeps the one of the band it was cut from.
    """
    found: list[Band] = []
    why = ""
    for column, values in cells:
        begins = column.first in starts or rationales.get(column.first, why) != why
        # A band that begins anew does not inherit: the reason for other days would stand there unread.
        why = rationales.get(column.first, "" if column.first in starts else why)
        if values is None:
            continue
        last = found[-1] if found else None
        # Equal neighbours stay two bands where a start is asked for: each may have its own rationale.
        if begins or last is None or last.last_day < column.first - 1 or values_of(last) != values:
            found.append(Band(symptom, column.first, column.last, *values, why))
        else:
            found[-1] = replace(last, last_day=column.last)
    return tuple(found)


def split(bands: Bands, day: int) -> Bands:
    """Two bands of the one that holds `day`; the second begins there."""
    at = _index(bands, day)
    if bands[at].first_day == day:
        raise CannotEdit(f"A band begins on day {day} already. Choose a later day of the band to split before.")
    pieces = (replace(bands[at], last_day=day - 1), replace(bands[at], first_day=day))
    return (*bands[:at], *pieces, *bands[at + 1 :])


def merge_with_next(bands: Bands, day: int) -> Bands:
    """The band of `day` takes over the days of the next one, and of a gap between them."""
    at = _index(bands, day)
    if at + 1 == len(bands):
        raise CannotEdit(f"The band of day {day} is the last one; there is no next band to merge with.")
    # The first one's values and rationale win: it is the one that was pointed at.
    return (*bands[:at], replace(bands[at], last_day=max(bands[at].last_day, bands[at + 1].last_day)), *bands[at + 2 :])


def stretch(bands: Bands, day: int, to: int) -> Bands:
    """The band of `day` reaches to day `to`: bands in its way give way, and the next one grows when it is shortened."""
    at = _index(bands, day)
    band = bands[at]
    if to < band.first_day:
        raise CannotEdit(f"The band of day {day} begins on day {band.first_day}; it cannot end on day {to}.")
    if to > MOST_DAY:
        raise CannotEdit(f"Day {to} is past day {MOST_DAY}, the last that a table can have.")
    # A band that begins behind the new end keeps its days; one that ends before it is gone.
    after = [replace(b, first_day=max(b.first_day, to + 1)) for b in bands[at + 1 :] if b.last_day > to]
    # Shortening never leaves a gap, which nobody asked for and the proof would refuse.
    if after and to < band.last_day:
        after[0] = replace(after[0], first_day=to + 1)
    return (*bands[:at], replace(band, last_day=to), *after)


def _index(bands: Bands, day: int) -> int:
    for at, band in enumerate(bands):
        if band.first_day <= day <= band.last_day:
            return at
    raise CannotEdit(f"There is no band on day {day}.")


def with_bands(norms: Norms, symptom: str, bands: Bands) -> Norms:
    """The norms with this symptom's bands in the place of its own; every band in the order in which they are stored."""
    others = {code: norms.bands_of(code) for code in norms.symptoms}
    return replace(norms, bands=tuple(b for code, own in others.items() for b in (bands if code == symptom else own)))


def changed_runs(norms: Norms, before: Norms, symptom: str) -> list[Column]:
    """The runs of days on which a symptom's values differ from those before."""
    found: list[Column] = []
    for column in columns_of(edges([*norms.bands_of(symptom), *before.bands_of(symptom)])):
        # By values: another rationale alone is no change of what is expected.
        if _on(norms, symptom, column.first) == _on(before, symptom, column.first):
            continue
        if found and found[-1].last == column.first - 1:
            found[-1] = Column(found[-1].first, column.last)
        else:
            found.append(column)
    return found


def _on(norms: Norms, symptom: str, day: int) -> Values | None:
    band = norms.band(symptom, day)
    return values_of(band) if band else None
