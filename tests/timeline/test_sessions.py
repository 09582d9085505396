"""One day beside the same day of the session before."""

from dataclasses import replace

import pytest

from recovery.timeline.compare import Entry, compare
from recovery.timeline.scale import Urgency
from recovery.timeline.sessions import beside
from recovery.timeline.verdict import verdict
from tests.timeline.samples import LAST_DAY, PEN

CALM = {"redness": 1, "swelling": 0, "flaking": 2, "breakouts": 0}
ON_DAY_3 = "On day 3 after session 1 your"
COMFORT = " Nothing is stronger than it was then."

# Now, then, urgency of the day, what is said.
SAID = [
    # lower: reassurance
    ({"redness": 2}, {"redness": 3}, Urgency.EXPECTED, f"{ON_DAY_3} redness was 3, now it is 2.{COMFORT}"),
    ({"redness": 0}, {"redness": 4}, Urgency.NOTE, f"{ON_DAY_3} redness was 4, now it is 0.{COMFORT}"),
    ({"breakouts": 0}, {"breakouts": 1}, Urgency.EXPECTED, f"{ON_DAY_3} breakouts were 1, now they are 0.{COMFORT}"),
    # the largest fall leads; of equal ones the first of the form
    ({"redness": 2, "flaking": 0}, {"redness": 3, "flaking": 2}, Urgency.EXPECTED, f"{ON_DAY_3} flaking was 2, now it is 0.{COMFORT}"),
    ({"flaking": 1, "redness": 2}, {"flaking": 2, "redness": 3}, Urgency.EXPECTED, f"{ON_DAY_3} redness was 3, now it is 2.{COMFORT}"),
    # the same
    (CALM, CALM, Urgency.EXPECTED, "On day 3 after session 1 your answers were the same."),
    (CALM, CALM, Urgency.WATCH, "On day 3 after session 1 your answers were the same."),
    # one higher: neither comfort nor alarm, and no other rise is kept back
    ({"redness": 2}, {"redness": 1}, Urgency.EXPECTED, f"{ON_DAY_3} redness was 1, now it is 2."),
    (
        {"redness": 0, "swelling": 1, "flaking": 3, "breakouts": 1},
        {"redness": 4, "swelling": 0, "flaking": 2, "breakouts": 0},
        Urgency.EXPECTED,
        f"{ON_DAY_3} swelling was 0, now it is 1. Flaking and breakouts are higher too.",
    ),
    (
        {"swelling": 1, "flaking": 3},
        {"swelling": 0, "flaking": 2},
        Urgency.EXPECTED,
        f"{ON_DAY_3} swelling was 0, now it is 1. Flaking is higher too.",
    ),
    # lower on a day that the clinic looks at: the numbers without the comfort
    ({"redness": 3}, {"redness": 4}, Urgency.WATCH, f"{ON_DAY_3} redness was 4, now it is 3."),
    # nothing beside “call today” or an emergency
    ({"redness": 2}, {"redness": 3}, Urgency.URGENT, ""),
    (CALM, CALM, Urgency.EMERGENCY, ""),
    # from two higher on it is a flag, whose words stand in the verdict
    ({"redness": 3}, {"redness": 1}, Urgency.WATCH, ""),
    ({"redness": 3, "flaking": 0}, {"redness": 1, "flaking": 4}, Urgency.WATCH, ""),
    # nothing to compare
    ({"redness": 2}, {}, Urgency.EXPECTED, ""),
    ({"redness": 2}, {"itching": 1}, Urgency.EXPECTED, ""),
    ({"redness": 2, "itching": 4}, {"redness": 3, "pain": 4}, Urgency.EXPECTED, f"{ON_DAY_3} redness was 3, now it is 2.{COMFORT}"),
]


@pytest.mark.parametrize("now, then, urgency, said", SAID)
def test_what_is_said(now, then, urgency, said):
    assert beside(3, now, then, 1, PEN, urgency) == said


def test_past_the_bands_nothing_is_said():
    assert beside(LAST_DAY, {"redness": 0}, {"redness": 1}, 2, PEN, Urgency.EXPECTED) != ""
    assert beside(LAST_DAY + 1, {"redness": 0}, {"redness": 1}, 2, PEN, Urgency.EXPECTED) == ""


@pytest.mark.parametrize("step, rise, is_said", [(1, 1, False), (2, 1, True), (2, 2, False), (3, 2, True), (3, 3, False)])
def test_the_step_is_that_of_the_norms(step, rise, is_said):
    norms = replace(PEN, settings=replace(PEN.settings, last_session_step=step))
    assert bool(beside(3, {"redness": 1 + rise}, {"redness": 1}, 1, norms, Urgency.EXPECTED)) is is_said


@pytest.mark.parametrize("then", range(5))
@pytest.mark.parametrize("now", range(5))
@pytest.mark.parametrize("code", ["redness", "swelling", "flaking"])
def test_a_day_is_always_set_beside_the_last_session_in_one_way_or_the_other(code, now, then):
    """Rule 7 flags with numbers in the verdict, or the sentence is there; silent only beside “call today”."""
    found = compare(Entry(3, {code: now}), [], PEN, {code: then})
    said = verdict(3, found, PEN, [code])
    flagged = any("on this day of your last session" in detail for detail in said.details)
    sentence = beside(3, {code: now}, {code: then}, 1, PEN, said.urgency)
    assert not (flagged and sentence)
    assert flagged or sentence or said.urgency >= Urgency.URGENT
    assert flagged == (now - then >= 2)
