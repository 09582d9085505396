"""Phases, milestones and check-ins with their dates."""

from datetime import date

import pytest

from patients.exports.stages import check_in_said, dated, milestone_rows, phase_rows, when_said
from patients.models import Treatment
from recovery.timeline.course import SESSION_WINDOW, Course, Milestone, Phase
from tests.timeline.test_checkin import PEN

TREATMENT = Treatment(treated_on=date(2026, 11, 16))  # a Monday
COURSE = PEN.course


@pytest.mark.parametrize(
    "today, states",
    [
        (-1, "ahead ahead ahead ahead ahead"),
        (0, "now ahead ahead ahead ahead"),
        (7, "now ahead ahead ahead ahead"),
        (8, "past now ahead ahead ahead"),
        (150, "past past past now ahead"),
        (365, "past past past past now"),
        (366, "past past past past past"),
    ],
)
def test_where_a_person_is_in_the_phases(today, states):
    assert " ".join(row.state for row in phase_rows(TREATMENT, COURSE, today)) == states


def test_a_phase_says_since_when_and_what_it_is_to_the_person():
    rows = phase_rows(TREATMENT, COURSE, 30)
    assert [(row.begins, row.state_said) for row in rows] == [
        ("16 Nov", "over"),
        ("24 Nov", "over"),
        ("15 Dec", "you are here"),
        ("15 Feb 2027", "to come"),
        ("14 Aug 2027", "to come"),
    ]


def milestone(first, last):
    return Milestone(first, last, "One", "", ())


@pytest.mark.parametrize(
    "first, last, today, said",
    [
        (7, 7, 0, "Mon 23 Nov"),
        (2, 3, 0, "Wed 18 Nov – Thu 19 Nov"),
        (28, 42, 0, "Mon 14 Dec – Mon 28 Dec"),
        (90, 150, 0, "from 14 Feb 2027"),
        (90, 150, 60, "from 14 Feb"),  # it is 2027 by then
        (90, 150, 90, "until 15 Apr"),
        (365, 730, 400, "until 15 Nov 2028"),
        (730, 1095, 400, "from 15 Nov 2028"),
    ],
)
def test_when_a_milestone_is(first, last, today, said):
    assert when_said(TREATMENT, milestone(first, last), today) == said


@pytest.mark.parametrize("today, is_now", [(89, False), (90, True), (150, True), (151, False)])
def test_a_milestone_is_now_within_its_days(today, is_now):
    (row,) = milestone_rows(TREATMENT, [milestone(90, 150)], today)
    assert (row.is_now, row.days) == (is_now, "Day 90–150")


def test_the_year_is_said_where_it_is_another():
    assert [dated(TREATMENT, day, 0) for day in (45, 46)] == ["31 Dec", "1 Jan 2027"]


@pytest.mark.parametrize(
    "today, logged, said",
    [
        (0, [], (0, "A check-in is due today.")),
        (0, [0], (1, "Your next check-in is due tomorrow, Tuesday 17 November; you can log any day.")),
        (7, [7], (14, "Your next check-in is due Monday 30 November; you can log any day.")),
        (28, [28], (58, "Your next check-in is due Wednesday 13 January 2027; you can log any day.")),
        (150, [88], (150, "A check-in is due today.")),
        (358, [358], (None, "No more check-ins are due; you can still log any day.")),
        (400, [], (None, "No more check-ins are due; you can still log any day.")),
    ],
)
def test_when_a_log_is_asked_for_next(today, logged, said):
    assert check_in_said(TREATMENT, PEN, today, logged) == said


@pytest.mark.parametrize(
    "milestones, window",
    [
        ([], SESSION_WINDOW),
        ([Milestone(90, 150, "Measured improvement", "", ())], (28, 42)),
        ([Milestone(1, 2, "First", "", ()), Milestone(35, 49, "Next session window", "", ())], (35, 49)),
        ([Milestone(21, 30, "NEXT SESSION", "", ())], (21, 30)),
    ],
)
def test_the_window_of_the_next_session_is_the_norms_own_if_they_name_one(milestones, window):
    assert Course([Phase("One", 0, 7, 1, "")], milestones).next_session_window() == window
