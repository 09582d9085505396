"""When a log is asked for: on which days of a recovery, and from which moment of the patient's own day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recovery.timeline.norms import Norms

LATEST = timedelta(hours=4)  # after the hour that was chosen; a reminder that comes in the night is none


def is_due(norms: Norms, day: int, answered: Iterable[int]) -> bool:
    """Whether a log is due on this day. `answered`: the days logged, and those on which one was already asked for.

    The phase of the day says how many days lie between two check-ins; they are counted from the latest one.
    """
    phase = norms.course.phase_on(day)
    # A phase may reach further than the bands: there a log would be compared with nothing.
    if phase is None or not norms.covers(day):
        return False
    # A day to come counts as well: who flies west over the date line has been asked for "tomorrow" already.
    latest = max(answered, default=None)
    return latest is None or day - latest >= phase.check_in_every_days


def next_check_in(norms: Norms, day: int, logged: Iterable[int]) -> int | None:
    """The first day from `day` on which a log is due if none comes in before; None where the timeline asks for no more."""
    latest = max(logged, default=None)
    for phase in norms.course.phases:
        first = max(day, phase.first_day, 0 if latest is None else latest + phase.check_in_every_days)
        if first <= min(phase.last_day, norms.last_day):
            return first
    return None


def day_asked_for(now: datetime, zone: ZoneInfo, hour: int) -> date | None:
    """The local date whose log is asked for now: from the hour on, at most four hours, and never past midnight."""
    today = now.astimezone(zone).date()
    # By way of UTC: an hour that the clocks leave out comes when they have jumped, one that comes twice is the first.
    since = datetime.combine(today, time(hour), zone).astimezone(UTC)
    return today if since <= now < since + LATEST else None
