"""The tables of bands: looked up, adjusted, and refused when a single cell is wrong."""

from collections import Counter
from dataclasses import replace

import pytest

from recovery.timeline.norms import Adjustment, Norms, Shift, shifted
from recovery.timeline.proof import Problem, problems
from tests.timeline.samples import LAST_DAY, PEN, PROTOCOLS, STARTING, SYMPTOMS, band, norms_of

BASE = STARTING.bands


# --- one band


@pytest.mark.parametrize(
    "typical, high, urgent_above, by, expected",
    [
        (1, 2, 3, 0, (2, 3)),
        (1, 2, 3, 1, (3, 3)),
        (1, 2, 3, 2, (4, 4)),  # urgent-above moves with it
        (1, 2, 3, 9, (4, 4)),  # never over 4
        (1, 2, 3, -1, (1, 3)),  # urgent-above stays where it is
        (1, 2, 3, -2, (1, 3)),  # never below typical
        (0, 2, 2, -9, (0, 2)),
        (0, 0, 0, 1, (1, 1)),
        (0, 2, None, 1, (3, None)),  # never urgent stays never urgent
        (4, 4, 4, -1, (4, 4)),
    ],
)
def test_moving_the_upper_edge_of_a_band(typical, high, urgent_above, by, expected):
    moved = band(typical=typical, high=high, urgent_above=urgent_above).with_high_by(by)
    assert (moved.high, moved.urgent_above) == expected


def test_moving_the_upper_edge_leaves_the_rest_alone():
    before = band(low=1, typical=1, rationale="Why.")
    assert replace(before.with_high_by(1), high=before.high) == before


@pytest.mark.parametrize(
    "own, added, expected",
    [("Own.", "Added.", "Own. Added."), ("", "Added.", "Added."), ("Own.", "", "Own."), ("", "", "")],
)
def test_a_moved_band_says_both_reasons(own, added, expected):
    assert band(rationale=own).with_high_by(1, added).rationale == expected


# --- looking up


RUNS = norms_of(band(first_day=0, last_day=0, high=4), band(first_day=1, last_day=3, high=3), band(first_day=6, last_day=8, high=1))


@pytest.mark.parametrize("day, high", [(0, 4), (1, 3), (2, 3), (3, 3), (6, 1), (8, 1)])
def test_a_band_is_found_on_every_day_of_its_run(day, high):
    assert RUNS.band("redness", day).high == high


@pytest.mark.parametrize("code, day", [("redness", -1), ("redness", 4), ("redness", 5), ("redness", 9), ("swelling", 1), ("", 0)])
def test_where_no_band_is_there_is_nothing_to_compare_with(code, day):
    assert RUNS.band(code, day) is None


def test_the_order_in_which_bands_are_given_does_not_matter():
    turned = replace(RUNS, bands=RUNS.bands[::-1])
    assert [turned.band("redness", day) for day in range(10)] == [RUNS.band("redness", day) for day in range(10)]


def test_the_bands_of_a_symptom_come_by_day():
    assert [b.first_day for b in replace(RUNS, bands=RUNS.bands[::-1]).bands_of("redness")] == [0, 1, 6]
    assert RUNS.bands_of("swelling") == []


@pytest.mark.parametrize("day, covered", [(-1, False), (0, True), (8, True), (9, False)])
def test_norms_cover_the_days_up_to_their_last(day, covered):
    assert RUNS.covers(day) is covered


def test_norms_without_bands_cover_nothing():
    assert norms_of().last_day == -1
    assert not norms_of().covers(0)


@pytest.mark.parametrize("code, expected", [("itching", 3), ("roughness", 2), ("nonsense", 0)])
def test_claims_are_found_by_symptom(code, expected):
    found = PEN.claims_on(code)
    assert len(found) == expected
    assert {c.topic for c in found} <= {code}


# --- shifted


@pytest.mark.parametrize(
    "first, last, expected",
    [
        (0, 9, [(0, 9, 3)]),  # the whole run
        (0, 4, [(0, 4, 3), (5, 9, 2)]),
        (5, 9, [(0, 4, 2), (5, 9, 3)]),
        (3, 5, [(0, 2, 2), (3, 5, 3), (6, 9, 2)]),
        (4, 4, [(0, 3, 2), (4, 4, 3), (5, 9, 2)]),
        (-5, 0, [(0, 0, 3), (1, 9, 2)]),  # begins before the table
        (9, 99, [(0, 8, 2), (9, 9, 3)]),  # ends after it
        (10, 99, [(0, 9, 2)]),  # misses it
        (5, 4, [(0, 9, 2)]),  # no day at all
    ],
)
def test_a_shift_splits_a_band_where_it_begins_and_ends(first, last, expected):
    found = shifted([band()], [Shift("redness", first, last, 1)])
    assert [(b.first_day, b.last_day, b.high) for b in found] == expected


def test_a_shift_leaves_other_symptoms_alone():
    assert shifted([band("swelling")], [Shift("redness", 0, 9, 1)]) == (band("swelling"),)


def test_a_shift_reaches_over_several_bands():
    found = shifted([band(last_day=4, high=1), band(first_day=5, high=2)], [Shift("redness", 4, 5, 1)])
    assert [(b.first_day, b.last_day, b.high) for b in found] == [(0, 3, 1), (4, 4, 2), (5, 5, 3), (6, 9, 2)]


def test_two_shifts_add_up_where_they_meet():
    found = shifted([band(high=1)], [Shift("redness", 0, 5, 1), Shift("redness", 5, 9, 1)])
    assert [(b.first_day, b.last_day, b.high) for b in found] == [(0, 4, 2), (5, 5, 3), (6, 9, 2)]


def test_only_the_shifted_days_carry_the_shifts_reason():
    found = shifted([band(rationale="Own.")], [Shift("redness", 5, 9, 1, "More.")])
    assert [b.rationale for b in found] == ["Own.", "Own. More."]


# --- adjusted for one patient


def highs(norms, code, days):
    return [norms.band(code, day).high for day in days]


@pytest.mark.parametrize(
    "factors, code, days, expected",
    [
        ([], "breakouts", (1, 2, 7, 8, 14, 15), [1, 2, 2, 1, 1, 1]),
        (["acne_prone"], "breakouts", (1, 2, 7, 8, 14, 15), [1, 3, 3, 2, 2, 1]),
        (["acne_prone"], "redness", (1, 2, 7, 8, 14, 15), [3, 3, 1, 1, 1, 1]),
        (["blood_thinners"], "bruising", (0, 7, 8, 10, 11, 15), [3, 3, 2, 2, 1, 0]),
        (["blood_thinners"], "bleeding", (0, 1), [3, 1]),
        (["acne_prone", "blood_thinners"], "breakouts", (2,), [3]),
        (["acne_prone", "blood_thinners"], "bruising", (0,), [3]),
        (["acne_prone", "acne_prone"], "breakouts", (2,), [3]),  # said twice, counted once
        (["left_handed"], "breakouts", (2,), [2]),
    ],
)
def test_a_factor_shifts_its_symptom_on_its_days(factors, code, days, expected):
    assert highs(PEN.adjusted(factors, {}), code, days) == expected


@pytest.mark.parametrize(
    "grade, expected",
    [
        (0, [(1, 2), (1, 2), (1, 2)]),
        (1, [(1, 2), (2, 2), (2, 2)]),
        (2, [(1, 2), (3, 3), (3, 3)]),  # urgent-above never below high
        (3, [(1, 2), (4, 4), (4, 4)]),
        (4, [(1, 2), (4, 4), (4, 4)]),  # up to 4
    ],
)
def test_the_grade_before_the_treatment_adds_to_high_from_day_8(grade, expected):
    bands = [PEN.adjusted([], {"redness": grade}).band("redness", day) for day in (7, 8, LAST_DAY)]
    assert [(b.high, b.urgent_above) for b in bands] == expected


def test_the_day_from_which_a_baseline_counts_is_a_setting():
    norms = norms_of(band(high=1), baseline_from_day=5).adjusted([], {"redness": 1})
    assert highs(norms, "redness", range(10)) == [1] * 5 + [2] * 5


def test_a_baseline_of_one_symptom_leaves_the_others_alone():
    assert highs(PEN.adjusted([], {"redness": 2}), "swelling", (8, 300)) == [0, 0]


def test_factor_and_baseline_add_up():
    assert highs(PEN.adjusted(["acne_prone"], {"breakouts": 1}), "breakouts", (7, 8, 14, 15)) == [3, 3, 3, 2]


def test_a_baseline_says_why_in_the_band():
    assert PEN.adjusted([], {"redness": 2}).band("redness", 8).rationale.endswith("Baseline grade 2 before the treatment.")


def test_norms_that_need_no_adjusting_stay_the_same_object():
    assert PEN.adjusted([], {"redness": 0}) is PEN


def test_adjusting_leaves_the_published_norms_alone():
    before = PEN.bands
    PEN.adjusted(["acne_prone"], {"redness": 4})
    assert PEN.bands == before
    assert highs(PEN, "redness", (8,)) == [1]


def test_factors_may_come_from_a_generator():
    adjusted = PEN.adjusted((f for f in ("acne_prone", "blood_thinners")), {})
    assert highs(adjusted, "breakouts", (2,)) + highs(adjusted, "bruising", (0,)) == [3, 3]


def test_every_adjustment_of_a_factor_counts():
    both = tuple(Adjustment("tall", "Tall", Shift(code, 0, 9, 1)) for code in ("redness", "swelling"))
    norms = replace(norms_of(band(), band("swelling")), adjustments=both).adjusted(["tall"], {})
    assert [norms.band(code, 0).high for code in ("redness", "swelling")] == [3, 3]


# --- the starting tables are whole


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_starting_protocol_has_no_problems(protocol):
    assert problems(STARTING.bands_for(protocol), SYMPTOMS) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_symptom_has_exactly_one_band_on_each_day(protocol):
    # Counted day by day, without the code that problems() uses.
    covered = Counter((b.symptom, day) for b in STARTING.bands_for(protocol) for day in range(b.first_day, b.last_day + 1))
    assert covered == {(code, day): 1 for code in SYMPTOMS for day in range(LAST_DAY + 1)}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_day_of_a_protocol_has_its_edges_in_order(protocol):
    norms = STARTING.norms_for(protocol)
    found = [norms.band(code, day) for code in SYMPTOMS for day in range(LAST_DAY + 1)]
    wrong = [b for b in found if sorted((0, b.low, b.typical, b.high, 4)) != [0, b.low, b.typical, b.high, 4]]
    wrong += [b for b in found if b.urgent_above is not None and b.urgent_above not in range(b.high, 5)]
    assert wrong == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("factors", [("acne_prone",), ("blood_thinners",), ("acne_prone", "blood_thinners")])
@pytest.mark.parametrize("grade", range(5))
def test_adjusting_never_breaks_a_table(protocol, factors, grade):
    adjusted = STARTING.norms_for(protocol).adjusted(factors, dict.fromkeys(SYMPTOMS, grade))
    assert problems(adjusted.bands, SYMPTOMS) == []


# Section 5 of the design: protocol, symptoms, first and last day, grades.
DIFFERENCES = [
    ("pen-shallow", ("redness", "swelling"), 1, LAST_DAY, -1),
    ("pen-deep", ("redness", "swelling", "bruising"), 1, 4, 1),
    ("radiofrequency", ("redness", "swelling", "bruising", "roughness"), 1, 5, 1),
]


def test_the_pen_protocol_is_the_table_as_given():
    assert STARTING.bands_for("pen") == BASE


@pytest.mark.parametrize("protocol, codes, first, last, by", DIFFERENCES)
def test_a_protocol_differs_from_the_base_exactly_as_designed(protocol, codes, first, last, by):
    base, norms = Norms("base", BASE, {}, {}), STARTING.norms_for(protocol)
    wrong = []
    for code in SYMPTOMS:
        for day in range(LAST_DAY + 1):
            was, now = base.band(code, day), norms.band(code, day)
            high = max(was.typical, min(4, was.high + by)) if code in codes and first <= day <= last else was.high
            urgent_above = None if was.urgent_above is None else max(was.urgent_above, high)
            if (now.low, now.typical, now.high, now.urgent_above) != (was.low, was.typical, high, urgent_above):
                wrong.append((code, day))
    assert wrong == []


@pytest.mark.parametrize(
    "protocol, code, day, high, urgent_above",
    [
        ("pen", "redness", 1, 3, None),
        ("pen-shallow", "redness", 0, 4, None),
        ("pen-shallow", "redness", 1, 2, None),
        ("pen-shallow", "redness", 3, 1, 3),
        ("pen-shallow", "redness", 6, 0, 2),
        ("pen-shallow", "swelling", 365, 0, 1),
        ("pen-shallow", "bruising", 1, 2, 3),
        ("pen-deep", "redness", 0, 4, None),
        ("pen-deep", "redness", 4, 3, 3),
        ("pen-deep", "redness", 5, 2, 2),
        ("pen-deep", "bruising", 4, 3, 3),
        ("pen-deep", "roughness", 4, 3, None),
        ("radiofrequency", "redness", 5, 3, 3),
        ("radiofrequency", "redness", 6, 1, 2),
        ("radiofrequency", "swelling", 3, 3, 3),
        ("radiofrequency", "roughness", 1, 4, None),
        ("radiofrequency", "roughness", 5, 3, None),
    ],
)
def test_some_cells_of_the_protocols_by_name(protocol, code, day, high, urgent_above):
    found = STARTING.norms_for(protocol).band(code, day)
    assert (found.high, found.urgent_above) == (high, urgent_above)


# --- what is wrong with a table; tests/timeline/test_proof_mutations.py breaks every cell of every table


def test_a_problem_reads_as_a_line():
    assert str(Problem("redness", 3, "overlap: two bands from day 3")) == "redness, day 3: overlap: two bands from day 3"


@pytest.mark.parametrize("before, after, rationale", [(0, 2, ""), (4, 2, ""), (0, 3, "Why."), (4, 0, "Why.")])
def test_a_small_step_or_one_with_a_reason_is_no_problem(before, after, rationale):
    table = [band(last_day=4, high=before, urgent_above=None), band(first_day=5, high=after, urgent_above=None, rationale=rationale)]
    assert problems(table, ["redness"]) == []


@pytest.mark.parametrize("urgent", [None, 2, 3, 4])
def test_urgent_above_may_be_empty_or_from_high_to_4(urgent):
    assert problems([band(high=2, urgent_above=urgent)], ["redness"]) == []


def test_an_empty_table_has_a_gap_for_every_symptom():
    assert [p.symptom for p in problems([], ["redness", "swelling"])] == ["redness", "swelling"]


def test_a_band_inside_another_is_an_overlap():
    found = problems([band(last_day=9), band(first_day=3, last_day=5)], ["redness"])
    assert [(p.day, p.says) for p in found] == [(3, "overlap: two bands from day 3")]


def test_all_problems_are_named_at_once():
    found = problems([band(last_day=3, high=5, urgent_above=None), band(first_day=6), band("rednes")], ["redness"])
    assert {(p.symptom, p.day) for p in found} == {("redness", 0), ("redness", 4), ("redness", 6), ("rednes", 0)}


def test_the_proof_may_read_its_input_only_once():
    assert problems(iter(STARTING.bands), iter(SYMPTOMS)) == []
