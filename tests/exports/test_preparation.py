"""What is said before a treatment, from the norms' guidance of negative days."""

from datetime import date

import pytest

from patients.exports import words
from patients.exports.preparation import Preparation, preparation_for
from patients.models import Treatment
from recovery.timeline.course import Course, Guidance, Milestone, Phase


def g(first, last, kind="avoid", text=""):
    return Guidance(first, last, kind, text or f"{kind} {first} to {last}", (), "")


COURSE = Course(
    phases=[Phase("Healing", 0, 7, 1, "It heals.")],
    milestones=[Milestone(0, 0, "The day", "", ()), Milestone(7, 9, "Healed", "", ()), Milestone(8, 9, "Later", "", ())],
    guidance=[g(-7, -3), g(-14, -1), g(-7, -1, "do"), g(-2, 3), g(0, 0), g(-7, -1, text="also")],
)


def ahead(day, course=COURSE, session=1):
    return Preparation(Treatment(treated_on=date(2026, 12, 3), session_number=session), day, course)


@pytest.mark.parametrize("day, when", [(-1, "tomorrow, Thursday 3 December"), (-2, "in 2 days, on Thursday 3 December")])
def test_when_it_is(day, when):
    assert ahead(day).when == when


@pytest.mark.parametrize("days, said", [(0, "today"), (1, "tomorrow"), (2, "in 2 days"), (180, "in 180 days")])
def test_how_far_ahead(days, said):
    assert words.in_days(days) == said


@pytest.mark.parametrize("session, noun", [(1, "treatment"), (2, "next session")])
def test_what_it_is_called(session, noun):
    assert ahead(-9, session=session).noun == noun


@pytest.mark.parametrize(
    "day, do, avoid",
    [
        (-15, [], []),
        (-14, [], ["avoid -14 to -1"]),
        (-7, ["do -7 to -1"], ["avoid -7 to -3", "avoid -14 to -1", "also"]),
        (-1, ["do -7 to -1"], ["avoid -14 to -1", "avoid -2 to 3", "also"]),
    ],
)
def test_what_to_do_and_avoid_on_a_day(day, do, avoid):
    assert ([x.text for x in ahead(day).do], [x.text for x in ahead(day).avoid]) == (do, avoid)


WEEK_BEFORE = [("From Thu 26 Nov", "do", ["do -7 to -1"]), ("From Thu 26 Nov", "avoid", ["avoid -7 to -3", "also"])]
LAST_DAYS = [("From Tue 1 Dec", "avoid", ["avoid -2 to 3"])]


@pytest.mark.parametrize(
    "day, starts",
    [
        (-15, [("From Thu 19 Nov", "avoid", ["avoid -14 to -1"]), *WEEK_BEFORE, *LAST_DAYS]),
        (-14, [*WEEK_BEFORE, *LAST_DAYS]),
        (-8, [*WEEK_BEFORE, *LAST_DAYS]),
        (-7, LAST_DAYS),
        (-2, []),
        (-1, []),
    ],
)
def test_what_begins_later(day, starts):
    assert [(s.said, s.kind, [x.text for x in s.items]) for s in ahead(day).starts] == starts


@pytest.mark.parametrize("day, begins", [(-180, "Thursday 19 November"), (-15, "Thursday 19 November"), (-14, ""), (-1, "")])
def test_when_preparation_begins(day, begins):
    assert ahead(day).begins == begins


def test_norms_without_preparation_begin_nothing():
    nothing = ahead(-9, Course(guidance=[g(0, 3)]))
    assert (nothing.begins, nothing.do, nothing.avoid, nothing.starts, nothing.first_phase) == ("", [], [], [], None)


def test_what_to_expect_is_of_the_first_week():
    assert ([m.title for m in ahead(-9).milestones], ahead(-9).first_phase.name) == (["The day", "Healed"], "Healing")


@pytest.mark.parametrize(
    "last, said",
    [
        (7, "Until day 7."),
        (0, "Until day 0."),
        (-1, ""),
        (-2, "Until 2 days before your treatment."),
        (-7, "Until 7 days before your treatment."),
    ],
)
def test_until_when_something_holds(last, said):
    assert g(-14, last).until == said


def test_the_starting_norms_prepare_from_14_days_before(treatment):
    found = preparation_for(treatment, treatment.date_of(-15))
    assert (found.begins, [(s.said, s.kind, len(s.items)) for s in found.starts]) == (
        words.long_date(treatment.date_of(-14)),
        [("From Sat 28 Feb", "do", 1), ("From Sat 28 Feb", "avoid", 1), ("From Sat 7 Mar", "avoid", 2)],
    )
