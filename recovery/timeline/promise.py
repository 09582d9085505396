"""By when the clinic answers: working days and hours in, a moment out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from recovery.timeline.scale import Urgency

WATCH_WORKING_DAYS = 2


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a clinic reads answers, and what it promises; `weekdays` are ISO numbers, Monday 1 to Sunday 7.

    `watch_days`: working days until a watch is answered. `urgent_hours`: working hours until an urgent
    flag or an emergency is; None: by the close of the same working day.
    """

    opens: time
    closes: time
    weekdays: frozenset[int]
    holidays: frozenset[date] = frozenset()
    watch_days: int = WATCH_WORKING_DAYS
    urgent_hours: int | None = None

    def is_working_day(self, moment: datetime) -> bool:
        return moment.isoweekday() in self.weekdays and moment.date() not in self.holidays


def answer_due(urgency: Urgency, raised: datetime, hours: OpeningHours) -> datetime:
    """When a flag raised at `raised` (the clinic's local time, aware) is promised an answer.

    Watch: the close of so many working days after, the day itself not counted. Urgent and emergency: within the
    promised working hours, or by the close of the same working day; of the next one when the clinic has closed already.
    """
    # The day itself does not count: what comes in at midnight and what comes in at noon get the same promise.
    if urgency <= Urgency.WATCH:
        return _closing_after(raised, hours.watch_days, hours)
    # Before opening counts as open: the same day's close is still ahead.
    still_open = hours.is_working_day(raised) and raised < _at(raised, hours.closes)
    if hours.urgent_hours is not None:
        return _after_working_hours(raised if still_open else _next_working_day(raised, hours), hours)
    return _closing_after(raised, 0 if still_open else 1, hours)


def _closing_after(start: datetime, working_days: int, hours: OpeningHours) -> datetime:
    # Whole days are added to local time, so the closing hour stays right over a change of clocks.
    day = start
    for _ in range(working_days):
        day = _next_working_day(day, hours)
    return _at(day, hours.closes)


def _next_working_day(day: datetime, hours: OpeningHours) -> datetime:
    """Midnight at which the next working day begins."""
    # Without a working day this would never end: the database refuses a clinic that has none, and holidays run out.
    day += timedelta(days=1)
    while not hours.is_working_day(day):
        day += timedelta(days=1)
    return _at(day, time())


def _after_working_hours(start: datetime, hours: OpeningHours) -> datetime:
    """When the clinic has been open for the promised hours since a moment of a working day."""
    assert hours.urgent_hours is not None
    left = timedelta(hours=hours.urgent_hours)
    begins, closes = max(start, _at(start, hours.opens)), _at(start, hours.closes)
    # By way of UTC: where the clocks change during opening hours, an hour has still to be an hour.
    while (open_for := closes.astimezone(UTC) - begins.astimezone(UTC)) < left:
        left -= open_for
        day = _next_working_day(closes, hours)
        begins, closes = _at(day, hours.opens), _at(day, hours.closes)
    return (begins.astimezone(UTC) + left).astimezone(start.tzinfo).replace(second=0, microsecond=0)


def _at(day: datetime, clock: time) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0, fold=0)
