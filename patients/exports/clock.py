"""What a clinic's hours and promises mean, in examples; and what differs between two settings of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from patients.exports import words
from patients.models import Clinic
from patients.models.people import WEEKDAYS
from recovery.timeline.promise import OpeningHours, answer_due
from recovery.timeline.scale import Urgency

BEFORE_CLOSING, AFTER_CLOSING = timedelta(hours=2), timedelta(hours=1)
HOLIDAY_WITHIN = timedelta(days=366)


def examples(clinic: Clinic, hours: OpeningHours, now: datetime) -> list[str]:
    """A sentence each: before the days off at the end of a week, after closing, and before the next holiday."""
    begun = clinic.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    last = _last_working_day(begun + timedelta(days=1), hours)
    afternoon = max(_on(last, hours.closes) - BEFORE_CLOSING, _on(last, hours.opens))
    # Before midnight, or it would be said to come in a day early.
    evening = min(_on(last, hours.closes) + AFTER_CLOSING, _on(last, time(23, 59)))
    said = [_said(Urgency.WATCH, afternoon, hours), _said(Urgency.URGENT, afternoon, hours), _said(Urgency.URGENT, evening, hours)]
    holiday = min((day for day in hours.holidays if begun.date() < day <= (begun + HOLIDAY_WITHIN).date()), default=None)
    if holiday is not None:
        said.append(_said(Urgency.WATCH, _on(begun + (holiday - begun.date()) - timedelta(days=1), time(12)), hours))
    return list(dict.fromkeys(said))


def _last_working_day(day: datetime, hours: OpeningHours) -> datetime:
    """The first working day from here on that a day off follows; any working day where there is none within two weeks."""
    days = [day + timedelta(days=number) for number in range(15)]
    working = [one for one in days if hours.is_working_day(one)] or [day]
    return next((one for one in working if not hours.is_working_day(one + timedelta(days=1))), working[0])


def _on(day: datetime, clock: time) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute)


def _said(urgency: Urgency, raised: datetime, hours: OpeningHours) -> str:
    due = answer_due(urgency, raised, hours)
    # With dates: a holiday between the two would make “Tuesday” a riddle.
    what = "A watch" if urgency is Urgency.WATCH else "Something urgent"
    return f"{what} that comes in on {_moment(raised)} is promised by {_moment(due)}."


def _moment(moment: datetime) -> str:
    return f"{words.long_date(moment.date())}, {moment:%H:%M}"


def changes(clinic: Clinic, typed: Mapping[str, Any], holidays: Mapping[date, str]) -> list[str]:
    """What saving would change of the clinic as it is stored now. `typed`: as patients.actions.clock.set_clock takes it."""
    said = {
        "Opens": (clinic.opens_at, typed["opens_at"]),
        "Closes": (clinic.closes_at, typed["closes_at"]),
        "Working days": ("".join(sorted(clinic.weekdays)), typed["weekdays"]),
        "Working days until a watch is answered": (clinic.watch_days, typed["watch_days"]),
        "Working hours until what is urgent is answered": (clinic.urgent_hours, typed["urgent_hours"]),
    }
    lines = [f"{label}: {_value(label, now)} becomes {_value(label, then)}" for label, (now, then) in said.items() if now != then]
    stored = dict(clinic.holidays.values_list("day", "name"))
    for day in sorted({*stored, *holidays}):
        now_name, then_name = stored.get(day), holidays.get(day)
        if now_name != then_name:
            lines.append(f"{words.long_date(day)} {day.year}: {now_name or 'no holiday'} becomes {then_name or 'no holiday'}")
    return lines


def _value(label: str, value: Any) -> str:
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if label == "Working days":
        return ", ".join(WEEKDAYS[int(day) - 1] for day in value)
    return "the same working day" if value is None else str(value)
