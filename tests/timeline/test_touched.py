"""Which ratings and logs an edit can judge differently: no more than needed, and never one too few."""

from dataclasses import replace

import pytest

from recovery.timeline.impact import Reach, Touched, reach, touched
from recovery.timeline.scale import Urgency
from tests.timeline.samples import PEN, band, norms_of

ALL = frozenset(range(5))
BASE = band("redness", 3, 4, low=0, typical=1, high=2, urgent_above=3)
OTHERS = (band("redness", 0, 2, high=3), band("redness", 5, 9, high=1, urgent_above=2), band("flaking", 0, 9, high=1))


def said(found):
    """As (symptom, first day, last day, severities)."""
    return {(t.symptom, t.first_day, t.last_day, t.severities) for t in found}


def of(*bands, **settings):
    return norms_of(*OTHERS, *bands, **settings)


@pytest.mark.parametrize(
    "values, severities",
    [
        ({"high": 3}, {3}),
        ({"high": 1}, {2}),
        ({"high": 4, "urgent_above": None}, {3, 4}),
        ({"low": 1}, {0}),
        ({"low": 1, "high": 3}, {0, 3}),
        ({"urgent_above": None}, {4}),
        ({"urgent_above": 2}, {3}),
        ({"urgent_above": 4}, {4}),
        ({"high": 0, "typical": 0, "urgent_above": 0}, {1, 2, 3}),
        ({"typical": 2}, {2}),  # redness is watched for worsening, which looks at what is typical
        ({"typical": 0}, {1}),
        ({"rationale": "Said in another way."}, None),
        ({}, None),
    ],
)
def test_only_the_grades_that_another_band_judges_differently(values, severities):
    found = said(touched(of(BASE), of(replace(BASE, **values))))
    assert found == (set() if severities is None else {("redness", 3, 4, frozenset(severities))})


@pytest.mark.parametrize("values", [{"typical": 2}, {"typical": 0}])
def test_what_is_typical_matters_only_where_worsening_is_watched(values):
    before, after = (of(one, worsening_symptoms=("swelling",)) for one in (BASE, replace(BASE, **values)))
    assert touched(before, after) == frozenset()


@pytest.mark.parametrize(
    "bands, runs",
    [
        ((replace(BASE, last_day=3), replace(BASE, first_day=4)), set()),  # cut, and the same on both sides
        ((replace(BASE, last_day=3), replace(BASE, first_day=4, high=3)), {(4, 4)}),
        ((replace(BASE, last_day=3, high=3), replace(BASE, first_day=4)), {(3, 3)}),
        ((replace(BASE, last_day=3),), {(4, 4)}),  # a gap
        ((), {(3, 4)}),
    ],
)
def test_only_the_days_on_which_bands_differ(bands, runs):
    assert {(t.first_day, t.last_day) for t in touched(of(BASE), of(*bands))} == runs


def test_a_longer_table_touches_what_is_compared_now():
    longer = of(BASE, band("redness", 10, 20, high=0))
    assert said(touched(of(BASE), longer)) == {("redness", 10, 20, ALL)} == said(touched(longer, of(BASE)))


def test_each_symptom_for_itself():
    more = (replace(OTHERS[2], high=2), replace(BASE, high=3))
    found = said(touched(of(BASE), norms_of(*OTHERS[:2], *more)))
    assert found == {("flaking", 0, 9, frozenset({2})), ("redness", 3, 4, frozenset({3}))}


def test_nothing_differs_from_itself():
    assert (touched(PEN, PEN), reach(PEN, PEN)) == (frozenset(), Reach())


@pytest.mark.parametrize(
    "settings, runs",
    [
        ({"worsening_from_day": 2}, {("redness", 2, 9, frozenset({1, 2, 3, 4}))}),
        ({"worsening_from_day": 7}, {("redness", 3, 9, frozenset({1, 2, 3, 4}))}),
        ({"worsening_urgent_step": 3}, {("redness", 3, 9, frozenset({1, 2, 3, 4}))}),
        ({"worsening_urgent_step": 0}, {("redness", 3, 9, ALL)}),
        ({"worsening_watch_step": 2}, {("redness", 3, 9, frozenset({1, 2, 3, 4}))}),
        ({"worsening_symptoms": ()}, {("redness", 3, 9, frozenset({1, 2, 3, 4}))}),
        ({"worsening_symptoms": ("redness", "flaking")}, {(s, 3, 9, frozenset({1, 2, 3, 4})) for s in ("redness", "flaking")}),
        ({"cluster_size": 3, "last_session_step": 4, "baseline_from_day": 0, "results_worse_from_day": 1}, set()),
    ],
)
def test_another_number_of_worsening_touches_every_rise(settings, runs):
    assert said(touched(of(BASE), of(BASE, **settings))) == runs


@pytest.mark.parametrize(
    "settings, reached",
    [
        ({}, Reach()),
        ({"cluster_size": 3}, Reach(clusters_of=2)),
        ({"cluster_size": 1}, Reach(clusters_of=1)),
        ({"cluster_size": 0}, Reach(clusters_of=1)),  # one symptom above range is enough, none is not
        ({"last_session_step": 1}, Reach(with_session_before=True)),
        ({"results_worse_from_day": 31}, Reach(with_improvement=True)),
        ({"results_unchanged_from_day": 90}, Reach(with_improvement=True)),
        ({"worsening_from_day": 0, "baseline_from_day": 0}, Reach()),  # these are about ratings and bands
        ({"cluster_size": 4, "last_session_step": 0}, Reach(clusters_of=2, with_session_before=True)),
    ],
)
def test_what_other_numbers_reach(settings, reached):
    assert reach(of(BASE), of(BASE, **settings)) == reached
    found = reach(of(BASE, **settings), of(BASE))
    assert found == reached


@pytest.mark.parametrize(
    "edit, reaches",
    [
        (lambda signs: {**signs, "fever": replace(signs["fever"], urgency=Urgency.WATCH)}, True),
        (lambda signs: {code: sign for code, sign in signs.items() if code != "itchy_rash"}, True),
        (lambda signs: {**signs, "new": replace(signs["fever"], code="new")}, True),
        (lambda signs: {**signs, "fever": replace(signs["fever"], label="Hot", advice="Rest.", last_usual_day=30)}, False),
    ],
)
def test_another_urgency_of_a_sign_reaches_logs_with_signs(edit, reaches):
    before = of(BASE)
    after = replace(before, signs=edit(before.signs))
    assert reach(before, after) == reach(after, before) == Reach(with_signs=reaches)


@pytest.mark.parametrize("size", [0, 1])
def test_sizes_of_a_cluster_that_mean_the_same(size):
    """Raised alike, so it may be reached but need not be."""
    assert reach(of(BASE, cluster_size=size), of(BASE, cluster_size=1)).clusters_of in (0, 1)


def test_overlapping_bands_are_read_as_the_rules_read_them():
    """Of two bands that hold a day the one that starts last counts, even where it ends before the other."""
    inside = band("redness", 3, 3, high=0, urgent_above=None)
    before, after = norms_of(band("redness", 0, 9)), norms_of(band("redness", 0, 9), inside)
    differing = {day for day in range(10) if before.band("redness", day) != after.band("redness", day)}
    assert {day for t in touched(before, after) for day in range(t.first_day, t.last_day + 1)} == differing == set(range(3, 10))


def test_a_touched_run_is_a_value():
    assert Touched("redness", 3, 4, frozenset({3})) in touched(of(BASE), of(replace(BASE, high=3)))
