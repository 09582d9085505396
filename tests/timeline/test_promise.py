"""By when the clinic answers, in its own working days and hours."""

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from recovery.timeline.promise import OpeningHours, answer_due
from recovery.timeline.scale import Urgency

LONDON = ZoneInfo("Europe/London")
OFFICE = OpeningHours(time(9), time(17, 30), frozenset({1, 2, 3, 4, 5}))
SATURDAYS_TOO = OpeningHours(time(9), time(12, 15), frozenset({2, 6}))
ALWAYS = OpeningHours(time(0), time(20), frozenset(range(1, 8)))


def due(urgency, raised, hours=OFFICE, fold=0):
    """The promise in ISO format, with the offset of London on that day."""
    return answer_due(urgency, datetime.fromisoformat(raised).replace(tzinfo=LONDON, fold=fold), hours).isoformat()


@pytest.mark.parametrize(
    "raised, expected",
    [
        ("2026-01-05T10:00", "2026-01-07T17:30:00+00:00"),  # Monday: Wednesday
        ("2026-01-05T07:00", "2026-01-07T17:30:00+00:00"),  # before opening
        ("2026-01-05T23:59", "2026-01-07T17:30:00+00:00"),  # after closing
        ("2026-01-07T10:00", "2026-01-09T17:30:00+00:00"),  # Wednesday: Friday
        ("2026-01-08T10:00", "2026-01-12T17:30:00+00:00"),  # Thursday: over the weekend
        ("2026-01-09T10:00", "2026-01-13T17:30:00+00:00"),  # Friday
        ("2026-01-10T10:00", "2026-01-13T17:30:00+00:00"),  # Saturday
        ("2026-01-11T23:00", "2026-01-13T17:30:00+00:00"),  # Sunday
        ("2025-12-31T10:00", "2026-01-02T17:30:00+00:00"),  # over New Year
    ],
)
def test_a_watch_is_answered_by_the_close_of_the_second_working_day(raised, expected):
    assert due(Urgency.WATCH, raised) == expected


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.EMERGENCY])
@pytest.mark.parametrize(
    "raised, expected",
    [
        ("2026-01-05T10:00", "2026-01-05T17:30:00+00:00"),
        ("2026-01-05T00:00", "2026-01-05T17:30:00+00:00"),  # before opening: the same day
        ("2026-01-05T17:29:59", "2026-01-05T17:30:00+00:00"),
        ("2026-01-05T17:30", "2026-01-06T17:30:00+00:00"),  # the clinic has closed
        ("2026-01-05T23:00", "2026-01-06T17:30:00+00:00"),
        ("2026-01-09T17:00", "2026-01-09T17:30:00+00:00"),  # Friday
        ("2026-01-09T18:00", "2026-01-12T17:30:00+00:00"),  # Friday night
        ("2026-01-10T10:00", "2026-01-12T17:30:00+00:00"),  # Saturday
        ("2026-01-11T10:00", "2026-01-12T17:30:00+00:00"),  # Sunday
    ],
)
def test_an_urgent_flag_is_answered_the_same_working_day_or_the_next(urgency, raised, expected):
    assert due(urgency, raised) == expected


@pytest.mark.parametrize(
    "urgency, raised, expected",
    [
        (Urgency.WATCH, "2026-01-06T10:00", "2026-01-13T12:15:00+00:00"),  # Tuesday: Saturday, then Tuesday
        (Urgency.WATCH, "2026-01-09T10:00", "2026-01-13T12:15:00+00:00"),
        (Urgency.URGENT, "2026-01-10T12:14", "2026-01-10T12:15:00+00:00"),
        (Urgency.URGENT, "2026-01-10T12:15", "2026-01-13T12:15:00+00:00"),
        (Urgency.URGENT, "2026-01-07T10:00", "2026-01-10T12:15:00+00:00"),
    ],
)
def test_a_clinic_has_working_days_of_its_own(urgency, raised, expected):
    assert due(urgency, raised, SATURDAYS_TOO) == expected


# Clocks in London go forward on 29 March 2026 at 1:00 and back on 25 October 2026 at 2:00.
@pytest.mark.parametrize(
    "urgency, raised, hours, fold, expected",
    [
        (Urgency.WATCH, "2026-03-27T10:00", OFFICE, 0, "2026-03-31T17:30:00+01:00"),
        (Urgency.URGENT, "2026-03-27T18:00", OFFICE, 0, "2026-03-30T17:30:00+01:00"),
        (Urgency.URGENT, "2026-03-29T00:30", ALWAYS, 0, "2026-03-29T20:00:00+01:00"),
        (Urgency.WATCH, "2026-10-23T10:00", OFFICE, 0, "2026-10-27T17:30:00+00:00"),
        (Urgency.URGENT, "2026-10-24T10:00", OFFICE, 0, "2026-10-26T17:30:00+00:00"),
        (Urgency.URGENT, "2026-10-25T01:30", ALWAYS, 0, "2026-10-25T20:00:00+00:00"),
        (Urgency.URGENT, "2026-10-25T01:30", ALWAYS, 1, "2026-10-25T20:00:00+00:00"),  # the second 1:30 of that night
        (Urgency.WATCH, "2026-10-24T23:59", ALWAYS, 0, "2026-10-26T20:00:00+00:00"),
    ],
)
def test_a_promise_is_kept_in_local_time_when_the_clocks_change(urgency, raised, hours, fold, expected):
    assert due(urgency, raised, hours, fold) == expected


@pytest.mark.parametrize("day, working", [(5, True), (9, True), (10, False), (11, False)])
def test_working_days_are_iso_weekdays(day, working):
    assert OFFICE.is_working_day(datetime(2026, 1, day, tzinfo=LONDON)) is working


def test_seconds_are_cut_off():
    assert due(Urgency.WATCH, "2026-01-05T10:11:12.345") == "2026-01-07T17:30:00+00:00"


@pytest.mark.parametrize("urgency", [Urgency.WATCH, Urgency.URGENT, Urgency.EMERGENCY])
def test_a_promise_always_lies_ahead(urgency):
    moments = [datetime(2026, 3, day, hour, tzinfo=LONDON) for day in range(23, 32) for hour in range(24)]
    assert [m for m in moments if answer_due(urgency, m, OFFICE) <= m] == []


HOLIDAYS = frozenset({date(2026, 4, 3), date(2026, 4, 6)})  # Good Friday and Easter Monday
EASTER = replace(OFFICE, holidays=HOLIDAYS)


@pytest.mark.parametrize(
    "urgency, raised, expected",
    [
        (Urgency.WATCH, "2026-04-01T10:00", "2026-04-07T17:30:00+01:00"),  # Wednesday: Thursday, then Tuesday
        (Urgency.WATCH, "2026-04-02T10:00", "2026-04-08T17:30:00+01:00"),
        (Urgency.WATCH, "2026-04-03T10:00", "2026-04-08T17:30:00+01:00"),  # raised on a holiday
        (Urgency.URGENT, "2026-04-02T17:29", "2026-04-02T17:30:00+01:00"),
        (Urgency.URGENT, "2026-04-02T17:30", "2026-04-07T17:30:00+01:00"),
        (Urgency.URGENT, "2026-04-03T10:00", "2026-04-07T17:30:00+01:00"),
        (Urgency.EMERGENCY, "2026-04-06T10:00", "2026-04-07T17:30:00+01:00"),
    ],
)
def test_holidays_are_no_working_days(urgency, raised, expected):
    assert due(urgency, raised, EASTER) == expected


@pytest.mark.parametrize(
    "days, expected",
    [
        (1, "2026-01-06T17:30:00+00:00"),
        (3, "2026-01-08T17:30:00+00:00"),
        (4, "2026-01-09T17:30:00+00:00"),
        (5, "2026-01-12T17:30:00+00:00"),
    ],
)
def test_a_clinic_chooses_the_days_of_a_watch(days, expected):
    assert due(Urgency.WATCH, "2026-01-05T10:00", replace(OFFICE, watch_days=days)) == expected


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.EMERGENCY])
@pytest.mark.parametrize(
    "raised, hours, expected",
    [
        ("2026-01-05T10:15", 4, "2026-01-05T14:15:00+00:00"),
        ("2026-01-05T06:00", 4, "2026-01-05T13:00:00+00:00"),  # counted from opening
        ("2026-01-05T13:30", 4, "2026-01-05T17:30:00+00:00"),  # just the close
        ("2026-01-05T16:30", 4, "2026-01-06T12:00:00+00:00"),  # an hour today, three tomorrow
        ("2026-01-05T17:30", 4, "2026-01-06T13:00:00+00:00"),
        ("2026-01-09T17:00", 1, "2026-01-12T09:30:00+00:00"),  # over the weekend
        ("2026-01-10T10:00", 2, "2026-01-12T11:00:00+00:00"),
        ("2026-01-05T10:00", 24, "2026-01-07T17:00:00+00:00"),  # 7½, 8½ and 8 hours
        ("2026-04-02T16:30", 2, "2026-04-07T10:00:00+01:00"),  # over Easter
        ("2026-01-05T10:15:59", 1, "2026-01-05T11:15:00+00:00"),
    ],
)
def test_a_clinic_may_promise_working_hours_for_what_is_urgent(urgency, raised, hours, expected):
    assert due(urgency, raised, replace(EASTER, urgent_hours=hours)) == expected


@pytest.mark.parametrize(
    "raised, expected",
    [
        ("2026-03-29T00:30", "2026-03-29T03:30:00+01:00"),  # 1:00 to 2:00 does not exist that night
        ("2026-10-25T00:30", "2026-10-25T01:30:00+00:00"),  # 1:00 to 2:00 comes twice
    ],
)
def test_an_hour_is_an_hour_when_the_clocks_change(raised, expected):
    assert due(Urgency.URGENT, raised, replace(ALWAYS, urgent_hours=2)) == expected


@pytest.mark.parametrize("hours", [1, 3, 8, 9, 24])
def test_promised_working_hours_lie_ahead_and_within_opening_hours(hours):
    clinic = replace(EASTER, urgent_hours=hours)
    moments = [datetime(2026, month, day, hour, tzinfo=LONDON) for month in (3, 4) for day in range(1, 15) for hour in range(24)]
    found = [(moment, answer_due(Urgency.URGENT, moment, clinic)) for moment in moments]
    assert [pair for pair in found if pair[1] <= pair[0]] == []
    assert [at for _, at in found if not (clinic.is_working_day(at) and clinic.opens < at.time() <= clinic.closes)] == []
