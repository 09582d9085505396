"""The proof of a version, case by case; tests/timeline/test_proof_mutations.py breaks every cell of every table."""

from dataclasses import replace

import pytest

from recovery.timeline.course import Course, Guidance, Milestone, Phase
from recovery.timeline.norms import Adjustment, RuleSettings, Shift
from recovery.timeline.proof import Problem, problems, proof
from tests.timeline.breaking import swapped, whole
from tests.timeline.samples import STARTING, SYMPTOMS, band, norms_of


def test_one_source_that_speaks_of_a_day_is_enough():
    norms = whole("pen")
    at = next(n for n, b in enumerate(norms.bands) if b.symptom == "redness")
    b = norms.bands[at]
    claim = replace(norms.claims[0], topic="redness", first_day=b.last_day, last_day=b.last_day)
    bare = swapped(norms, at, rationale="")
    assert proof(replace(bare, claims=(claim,))) == []
    beside = [replace(claim, first_day=b.last_day + 1, last_day=99), replace(claim, topic="pain")]
    assert [p.day for p in proof(replace(bare, claims=tuple(beside)))] == [b.first_day]


def test_blanks_are_no_reason_for_a_step_over_2():
    bands = (band(last_day=4, high=0, urgent_above=None, rationale="Why."), band(first_day=5, high=3, rationale=" "))
    norms = replace(norms_of(*bands), symptoms={"redness": STARTING.symptoms["redness"]})
    steps = [(p.day, p.says) for p in problems(norms.bands, norms.symptoms)]
    assert steps == [(5, "high steps from 0 to 3; a step over 2 needs a rationale")]


# --- the parts around the bands


BAND = band(last_day=9, rationale="Why.")
SMALL = replace(norms_of(BAND), symptoms={"redness": STARTING.symptoms["redness"]}, course=Course((Phase("One", 0, 9, 1, ""),)))


def said(norms, **more):
    return [(p.part, p.symptom, p.day, p.says) for p in proof(norms, **more)]


def phased(*runs, every=1):
    return replace(SMALL, course=Course(tuple(Phase(f"P{n}", first, last, every, "") for n, (first, last) in enumerate(runs))))


@pytest.mark.parametrize(
    "runs, expected",
    [
        ([(0, 9)], []),
        ([(0, 20)], []),  # phases may go on where nothing is compared any more
        ([(4, 9), (0, 3)], []),
        ([], [("Day 0", 0, "gap: no phase for days 0 to 9")]),
        ([(0, 3), (5, 9)], [("Day 4", 4, "gap: no phase for day 4")]),
        ([(1, 9)], [("Day 0", 0, "gap: no phase for day 0")]),
        ([(0, 7)], [("Day 8", 8, "gap: no phase for days 8 to 9")]),
        ([(0, 5), (5, 9)], [("Day 5", 5, "overlap: two phases from day 5")]),
        ([(0, 9), (0, 9)], [("Day 0", 0, "overlap: two phases from day 0")]),
    ],
)
def test_each_day_has_one_phase(runs, expected):
    assert said(phased(*runs)) == [("phases", *found) for found in expected]


@pytest.mark.parametrize("every", [0, -1])
def test_a_phase_asks_for_a_log_some_day(every):
    assert said(phased((0, 9), every=every)) == [("phases", "P0", 0, "ask for a log every 1 day or more")]


def test_a_sign_that_was_published_stays():
    fever = SMALL.signs["fever"]
    without = replace(SMALL, signs={code: s for code, s in SMALL.signs.items() if code != "fever"})
    says = "was removed; logs may hold it, so reword it instead"
    assert said(without, before=SMALL) == [("signs", fever.label, fever.first_usual_day, says)]
    assert said(without) == []  # the first version removes nothing
    assert said(replace(SMALL, signs={**SMALL.signs, "fever": replace(fever, label="Hot")}), before=SMALL) == []
    assert said(SMALL, before=without) == []


STEP, DAY = "must be 1 to 4 grades", "must be a day from 0 to 365"


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, []),
        ({"worsening_watch_step": 0}, [("Worsening watch step", STEP)]),
        ({"worsening_urgent_step": 5}, [("Worsening urgent step", STEP)]),
        ({"last_session_step": 0}, [("Last session step", STEP)]),
        ({"last_session_step": -1}, [("Last session step", STEP)]),
        ({"worsening_from_day": -1}, [("Worsening from day", DAY)]),
        ({"baseline_from_day": 366}, [("Baseline from day", DAY)]),
        ({"results_worse_from_day": 366}, [("Results worse from day", DAY)]),
        ({"results_unchanged_from_day": -1}, [("Results unchanged from day", DAY)]),
        ({"worsening_from_day": 0, "baseline_from_day": 365}, []),
        ({"worsening_watch_step": 3}, [("Worsening", "the step to watch must not be above the step to urgent")]),
        ({"worsening_watch_step": 2}, []),
        ({"cluster_size": 1}, [("Cluster size", "must be 2 to 2 symptoms")]),
        ({"cluster_size": 3}, [("Cluster size", "must be 2 to 2 symptoms")]),
        ({"worsening_symptoms": ("rednes",)}, [("Symptom “rednes”", "is not known")]),
    ],
)
def test_the_numbers_of_the_rules_stay_within_what_they_mean(changes, expected):
    settings = replace(RuleSettings(worsening_symptoms=("redness",)), **changes)
    assert said(replace(SMALL, settings=settings)) == [("rules", name, 0, says) for name, says in expected]


def test_a_cluster_may_be_of_all_symptoms_but_no_more():
    most = len(SYMPTOMS)
    norms = whole("pen")
    sized = {size: said(replace(norms, settings=replace(norms.settings, cluster_size=size))) for size in (2, most, most + 1)}
    assert sized == {2: [], most: [], most + 1: [("rules", "Cluster size", 0, f"must be 2 to {most} symptoms")]}


def test_an_adjustment_is_of_a_symptom_that_there_is():
    both = tuple(Adjustment("tall", "Tall", Shift(code, 3, 9, 1)) for code in ("redness", "height"))
    assert said(replace(SMALL, adjustments=both)) == [("adjustments", "Tall", 3, "there is no symptom “height”")]


def test_a_source_that_is_named_is_there():
    course = replace(
        SMALL.course,
        milestones=(Milestone(2, 3, "Calm", "", ("known", "lost")),),
        guidance=(Guidance(-1, 4, "do", "Rest", ("gone",), ""),),
    )
    norms = replace(SMALL, course=course)
    assert said(norms, sources={"known"}) == [
        ("milestones", "Calm", 2, "there is no source “lost”"),
        ("guidance", "Rest", -1, "there is no source “gone”"),
    ]
    assert said(norms, sources={"known", "lost", "gone"}) == said(norms) == []


def test_everything_is_named_at_once_and_bands_by_their_cell():
    norms = replace(phased((0, 5)), bands=(replace(BAND, high=5),))
    assert [str(p) for p in proof(norms)] == [
        "redness, day 0: low 0, typical 0, high 5 must rise within 0 to 4",
        "redness, day 0: urgent above is 3; it must be 5 to 4, or empty",
        "Day 6: gap: no phase for days 6 to 9",
    ]
    assert str(Problem("Fever", 2, "is gone", "signs")) == "Fever: is gone"
