"""On which days a log is asked for, and from which moment of the patient's own day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recovery.timeline.checkin import day_asked_for, is_due, next_check_in
from recovery.timeline.course import Course, Phase
from recovery.timeline.tables import read_rows
from tests.timeline.samples import DATA, PEN

PHASES = [
    Phase(row.text("name"), row.whole("first_day"), row.whole("last_day"), row.whole("check_in_every_days"), "")
    for row in read_rows(DATA / "phases.csv")
]
PEN = replace(PEN, course=Course(PHASES))

# Phases of the starting norms: daily to day 7, weekly to 28, monthly to 90, every 60 days to 270, every 90 to 365.
DUE = [
    # day, days answered, due
    (-1, [], False),
    (0, [], True),
    (0, [0], False),
    (1, [0], True),
    (7, [0, 6], True),
    (7, [0, 7], False),
    (8, [7], False),
    (13, [7], False),
    (14, [7], True),
    (14, [7, 14], False),
    (14, [7, 10], False),  # an entry nobody asked for counts as well
    (17, [7, 10], True),
    (8, [0], True),  # the week's check-ins were missed
    (20, [], True),  # nothing yet, as where the clinic recorded the treatment late
    (28, [21], True),
    (29, [28], False),
    (57, [28], False),
    (58, [28], True),
    (91, [88], False),
    (148, [88], True),
    (358, [268], True),
    (365, [200], True),
    (366, [200], False),
    (3000, [], False),
    (4, [5], False),  # the day after was asked for before flying west
    (4, [4, 1], False),  # in any order
]


@pytest.mark.parametrize("day, answered, due", DUE)
def test_the_days_on_which_a_log_is_due(day, answered, due):
    assert is_due(PEN, day, answered) is due


def test_who_logs_each_time_is_asked_on_these_days():
    answered = []
    for day in range(-14, 500):
        if is_due(PEN, day, answered):
            answered.append(day)
    assert answered == [0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 58, 88, 148, 208, 268, 358]


# Day, days logged, the day on which a log is asked for next.
NEXT = [
    (0, [], 0),
    (-1, [], 0),
    (0, [0], 1),
    (4, [0, 1], 4),
    (4, [0, 1, 4], 5),
    (7, [7], 14),
    (8, [7], 14),
    (9, [7, 8], 15),
    (14, [7], 14),
    (20, [7], 20),
    (22, [21], 28),
    (28, [28], 58),
    (40, [28], 58),
    (88, [88], 148),
    (150, [88], 150),
    (268, [268], 358),
    (358, [358], None),
    (360, [270], 360),
    (365, [], 365),
    (366, [], None),
    (400, [28], None),
    (3, [4], 5),  # a day ahead, logged before flying west
]


@pytest.mark.parametrize("day, logged, asked", NEXT)
def test_the_day_on_which_a_log_is_asked_for_next(day, logged, asked):
    assert next_check_in(PEN, day, logged) == asked


def test_without_a_phase_nothing_is_asked():
    holed = replace(PEN, course=replace(PEN.course, phases=[p for p in PEN.course.phases if p.first_day != 8]))
    assert [is_due(holed, day, []) for day in (7, 8, 28, 29)] == [True, False, False, True]


def test_past_the_last_band_nothing_is_asked():
    short = replace(PEN, bands=tuple(b for b in PEN.bands if b.last_day <= 7))
    assert [is_due(short, day, []) for day in (short.last_day, short.last_day + 1)] == [True, False]


def test_the_next_check_in_skips_a_gap_between_the_phases():
    holed = replace(PEN, course=replace(PEN.course, phases=[p for p in PEN.course.phases if p.first_day != 8]))
    assert next_check_in(holed, 8, [7]) == 37


# Zone, hour, moment in UTC, the local date whose log is asked for.
STORIES = [
    # London, winter and summer
    ("Europe/London", 18, "2026-03-18 17:59:59", None),
    ("Europe/London", 18, "2026-03-18 18:00", "2026-03-18"),
    ("Europe/London", 18, "2026-03-18 21:59:59", "2026-03-18"),
    ("Europe/London", 18, "2026-03-18 22:00", None),
    ("Europe/London", 18, "2026-07-01 16:59", None),
    ("Europe/London", 18, "2026-07-01 17:00", "2026-07-01"),
    # never past midnight: the next day has its own
    ("Europe/London", 22, "2026-03-18 23:59", "2026-03-18"),
    ("Europe/London", 22, "2026-03-19 00:00", None),
    ("Europe/London", 23, "2026-07-01 22:59", "2026-07-01"),
    ("Europe/London", 23, "2026-07-01 23:00", None),
    # the hour 1:00–2:00 is left out on 29 March: it comes at 2:00, which is 1:00 UTC
    ("Europe/London", 1, "2026-03-29 00:59", None),
    ("Europe/London", 1, "2026-03-29 01:00", "2026-03-29"),
    ("Europe/London", 1, "2026-03-29 04:59", "2026-03-29"),
    ("Europe/London", 1, "2026-03-29 05:00", None),
    ("Europe/London", 0, "2026-03-29 00:00", "2026-03-29"),
    ("Europe/London", 18, "2026-03-29 17:00", "2026-03-29"),
    # 1:00 comes twice on 25 October: from the first on, four hours of real time
    ("Europe/London", 1, "2026-10-24 23:59", None),
    ("Europe/London", 1, "2026-10-25 00:00", "2026-10-25"),
    ("Europe/London", 1, "2026-10-25 01:00", "2026-10-25"),
    ("Europe/London", 1, "2026-10-25 03:59", "2026-10-25"),
    ("Europe/London", 1, "2026-10-25 04:00", None),
    ("America/New_York", 2, "2026-03-08 06:59", None),
    ("America/New_York", 2, "2026-03-08 07:00", "2026-03-08"),  # 3:00 by the clock, as 2:00 is left out
    ("America/New_York", 1, "2026-11-01 05:00", "2026-11-01"),
    ("America/New_York", 1, "2026-11-01 06:00", "2026-11-01"),
    # where midnight itself is left out
    ("Africa/Cairo", 0, "2026-04-23 21:59", None),
    ("Africa/Cairo", 0, "2026-04-23 22:00", "2026-04-24"),
    ("America/Santiago", 0, "2026-09-06 03:59", None),
    ("America/Santiago", 0, "2026-09-06 04:00", "2026-09-06"),
    # where midnight comes twice: the second belongs to the evening before
    ("America/Santiago", 23, "2026-04-05 02:00", "2026-04-04"),
    ("America/Santiago", 23, "2026-04-05 03:30", "2026-04-04"),
    ("America/Santiago", 0, "2026-04-05 03:30", None),
    ("America/Santiago", 0, "2026-04-05 04:00", "2026-04-05"),
    # far ahead and far behind
    ("Pacific/Auckland", 0, "2026-03-18 11:00", "2026-03-19"),
    ("Pacific/Auckland", 18, "2026-03-18 05:00", "2026-03-18"),
    ("Pacific/Auckland", 23, "2026-03-18 10:59", "2026-03-18"),
    ("Pacific/Auckland", 23, "2026-03-18 11:00", None),
    ("Pacific/Honolulu", 0, "2026-03-18 10:00", "2026-03-18"),
    ("Pacific/Honolulu", 18, "2026-03-19 04:00", "2026-03-18"),
    ("Pacific/Honolulu", 23, "2026-03-19 09:59", "2026-03-18"),
    ("Pacific/Honolulu", 23, "2026-03-19 10:00", None),
    ("Pacific/Kiritimati", 18, "2026-03-18 04:00", "2026-03-18"),
    ("Asia/Kathmandu", 18, "2026-03-18 12:14", None),
    ("Asia/Kathmandu", 18, "2026-03-18 12:15", "2026-03-18"),
    ("Australia/Lord_Howe", 2, "2026-10-03 15:29", None),  # clocks jump by half an hour, at 2:00
    ("Australia/Lord_Howe", 2, "2026-10-03 15:30", "2026-10-04"),
    # leap day, the turn of the year
    ("Europe/London", 18, "2028-02-29 18:00", "2028-02-29"),
    ("Asia/Tokyo", 0, "2026-12-31 15:00", "2027-01-01"),
    ("Asia/Tokyo", 23, "2026-12-31 14:59", "2026-12-31"),
]


@pytest.mark.parametrize("zone, hour, moment, day", STORIES)
def test_the_hour_of_the_patient(zone, hour, moment, day):
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert day_asked_for(now, ZoneInfo(zone), hour) == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Auckland", "Pacific/Honolulu", "Africa/Cairo", "America/Santiago"])
@pytest.mark.parametrize("hour", [0, 1, 2, 18, 23])
def test_each_date_has_its_moment_and_dates_never_go_back(zone, hour):
    """Over a year of runs each quarter of an hour, as cron makes them."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    runs = (day_asked_for(start + timedelta(minutes=15 * n), ZoneInfo(zone), hour) for n in range(365 * 96))
    found = [day for day in runs if day is not None]
    assert found == sorted(found)
    assert len(set(found)) in (364, 365, 366)
    assert (max(found) - min(found)).days + 1 == len(set(found))
