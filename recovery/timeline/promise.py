"""By when the clinic answers: working days and hours in, a moment out."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from recovery.timeline.scale import Urgency

WATCH_WORKING_DAYS = 2


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a clinic reads answers; `weekdays` are ISO numbers, Monday 1 to Sunday 7."""

    opens: time
    closes: time
    weekdays: frozenset[int]

    def is_working_day(self, moment: datetime) -> bool:
        return moment.isoweekday() in self.weekdays


def answer_due(urgency: Urgency, raised: datetime, hours: OpeningHours) -> datetime:
    """When a flag raised at `raised` (the clinic's local time, aware) is promised an answer.

    Watch: the close of the second working day after; urgent and emergency: the close of the
    same working day, or of the next one when the clinic has closed already.
    """
    # The day itself does not count: what comes in at midnight and what comes in at noon get the same promise.
    if urgency <= Urgency.WATCH:
        return _closing_after(raised, WATCH_WORKING_DAYS, hours)
    # Before opening counts as open: the same day's close is still ahead.
    still_open = hours.is_working_day(raised) and raised.timetz().replace(tzinfo=None) < hours.closes
    return _closing_after(raised, 0 if still_open else 1, hours)


def _closing_after(start: datetime, working_days: int, hours: OpeningHours) -> datetime:
    # Whole days are added to local time, so the closing hour stays right over a change of clocks.
    day = start
    # Without a working day this would never end: the database refuses a clinic that has none.
    while working_days:
        day += timedelta(days=1)
        working_days -= hours.is_working_day(day)
    return day.replace(hour=hours.closes.hour, minute=hours.closes.minute, second=0, microsecond=0)
