"""The strip of days above the log: what is logged, what is missing, what can still be filled in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from patients.models import Treatment
from patients.policies import DAYS_BACK

SAID = {
    "done": gettext_lazy("logged"),
    "missed": gettext_lazy("missing"),
    "today": gettext_lazy("not logged yet"),
    "ahead": gettext_lazy("to come"),
    "blank": gettext_lazy("no log"),
}
LENGTH = 8  # a week with both its ends


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the strip; `state` is done, missed, today, blank or ahead, and names its class and shape."""

    day: int
    date: date
    state: str
    is_shown: bool
    is_open: bool

    @property
    def label(self) -> str:
        pattern = gettext("Day {day}, {weekday}, {state}")
        return pattern.format(day=self.day, weekday=date_format(self.date, "D"), state=SAID[self.state])


def strip(treatment: Treatment, logged: Collection[int], today: date, shown: date) -> list[DayCell]:
    """Eight days that hold today: 0 to 7 in the first week, the last eight afterwards."""
    today_day = treatment.day_of(today)
    # The first week always shows itself whole; later the strip moves on with today.
    first = max(0, today_day - LENGTH + 1)
    cells = []
    for day in range(first, first + LENGTH):
        when = treatment.date_of(day)
        is_open = today - timedelta(days=DAYS_BACK) <= when <= today
        cells.append(DayCell(day, when, _state(day, today_day, day in logged, is_open), when == shown, is_open))
    return cells


def missing_said(cells: Collection[DayCell], today: date) -> tuple[DayCell, str] | None:
    """The earliest day that is missing and can still be filled in, with until when."""
    cell = next((c for c in cells if c.state == "missed"), None)
    if cell is None:
        return None
    left = (cell.date + timedelta(days=DAYS_BACK) - today).days
    return cell, {0: gettext("today"), 1: gettext("tomorrow")}.get(left) or date_format(cell.date + timedelta(days=DAYS_BACK), "l")


def _state(day: int, today: int, is_logged: bool, is_open: bool) -> str:
    if is_logged:
        return "done"
    if day == today:
        return "today"
    if day > today:
        return "ahead"
    # Only what can still be filled in is called missing: a gap that nobody can close is no reproach.
    return "missed" if is_open else "blank"
