"""The examples of the clock are what the engine promises, whatever the hours."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from patients.exports.clock import examples
from patients.models import Clinic
from recovery.timeline.promise import OpeningHours

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)  # a Wednesday
WEEK = frozenset({1, 2, 3, 4, 5})


def said(opens=time(9), closes=time(18), weekdays=WEEK, holidays=(), zone="Europe/London", now=NOW, **promises):
    hours = OpeningHours(opens, closes, frozenset(weekdays), frozenset(holidays), **promises)
    return examples(Clinic(time_zone=zone), hours, now)


def moments(line):
    return line.removesuffix(".").split(" that comes in on ")[1].split(" is promised by ")


def test_a_weekend_lies_between():
    watch, urgent, late = said()
    assert moments(watch) == ["Friday 20 March, 16:00", "Tuesday 24 March, 18:00"]
    assert moments(urgent) == ["Friday 20 March, 16:00", "Friday 20 March, 18:00"]
    assert moments(late) == ["Friday 20 March, 19:00", "Monday 23 March, 18:00"]


def test_promises_are_those_given():
    watch, urgent, late = said(watch_days=1, urgent_hours=3)
    assert moments(watch)[1] == "Monday 23 March, 18:00"
    assert (moments(urgent)[1], moments(late)[1]) == ("Monday 23 March, 10:00", "Monday 23 March, 12:00")


def test_the_eve_of_the_next_holiday_is_an_example_of_its_own():
    lines = said(holidays={date(2026, 4, 3), date(2026, 5, 4), date(2026, 1, 1)})
    assert len(lines) == 4
    assert moments(lines[3]) == ["Thursday 2 April, 12:00", "Tuesday 7 April, 18:00"]


@pytest.mark.parametrize(
    "hours",
    [
        {"weekdays": {1, 2, 3, 4, 5, 6, 7}},
        {"weekdays": {3}},
        {"weekdays": {7}, "closes": time(23, 59), "opens": time(23, 58)},
        {"opens": time(0), "closes": time(0, 30)},
        {"holidays": {date(2026, 3, day) for day in range(18, 32)} | {date(2026, 4, day) for day in range(1, 20)}},
        {"zone": "Pacific/Auckland"},
        {"urgent_hours": 24, "watch_days": 5},
    ],
)
def test_whatever_the_hours_each_promise_lies_after_what_came_in(hours):
    lines = said(**hours)
    assert lines
    for line in lines:
        came, due = (datetime.strptime(f"{moment} 2026", "%A %d %B, %H:%M %Y") for moment in moments(line))
        assert came < due


def test_a_day_is_one_of_the_clinics_own():
    # Wednesday noon in London is already Thursday in Auckland.
    (watch, *_) = said(weekdays={5}, zone="Pacific/Auckland", now=datetime(2026, 3, 19, 12, tzinfo=UTC))
    assert datetime(2026, 3, 19, 12, tzinfo=UTC).astimezone(ZoneInfo("Pacific/Auckland")).day == 20
    assert moments(watch)[0] == "Friday 27 March, 16:00"
