"""Outside of what an edit touches or reaches every log is judged as before: for any two norms and any course."""

from dataclasses import replace

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; the tables of test_touched.py run without it")

from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.timeline.compare import Entry, compare_course
from recovery.timeline.impact import reach, touched
from recovery.timeline.norms import Band, Norms, RuleSettings
from recovery.timeline.scale import Rule, Urgency
from tests.timeline.samples import STARTING

CODES = ("redness", "swelling", "itching")
SIGNS = ("fever", "itchy_rash", "old_sign")  # the last is known to no norms
LAST_DAY = 9
GRADE, DAY, STEP = st.integers(0, 4), st.integers(0, LAST_DAY), st.integers(0, 4)
RULES = {
    "worsening_symptoms": st.sampled_from([CODES, CODES[:1], CODES[1:], ()]),
    "worsening_from_day": DAY,
    "worsening_watch_step": STEP,
    "worsening_urgent_step": STEP,
    "cluster_size": STEP,
    "last_session_step": STEP,
    "results_worse_from_day": DAY,
    "results_unchanged_from_day": DAY,
}
often = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@st.composite
def tables(draw, code):
    """What a draft may hold: any cuts, gaps and overlaps too; no two bands begin on one day."""
    made = []
    for first in sorted(draw(st.sets(DAY, max_size=3))):
        low, typical, high = sorted(draw(st.tuples(GRADE, GRADE, GRADE)))
        last = draw(st.integers(first, LAST_DAY))
        made.append(
            Band(code, first, last, low, typical, high, draw(st.none() | st.integers(high, 4)), draw(st.sampled_from(["", "Why."])))
        )
    return tuple(made)


@st.composite
def norms(draw):
    bands = tuple(band for code in CODES for band in draw(tables(code)))
    return Norms("drawn", bands, STARTING.symptoms, STARTING.signs, RuleSettings(**draw(st.fixed_dictionaries(RULES))))


@st.composite
def edits(draw):
    """Norms, and the same after a small edit: one symptom's row, one number, one sign, or several of them."""
    before = draw(norms())
    after = before
    kinds = draw(st.sets(st.sampled_from(["bands", "rule", "sign"]), min_size=1))
    if "bands" in kinds:
        code = draw(st.sampled_from(CODES))
        after = replace(after, bands=(*(b for b in before.bands if b.symptom != code), *draw(tables(code))))
    if "rule" in kinds:
        name = draw(st.sampled_from(sorted(RULES)))
        after = replace(after, settings=replace(after.settings, **{name: draw(RULES[name])}))
    if "sign" in kinds:
        fever = replace(before.signs["fever"], urgency=draw(st.sampled_from([Urgency.WATCH, Urgency.URGENT, Urgency.EMERGENCY])))
        after = replace(after, signs={**before.signs, "fever": fever})
    return before, after


@st.composite
def courses(draw):
    found = []
    for day in draw(st.sets(st.integers(0, LAST_DAY + 2), min_size=1, max_size=5)):
        ratings = draw(st.dictionaries(st.sampled_from(CODES), GRADE))
        signs = draw(st.frozensets(st.sampled_from(SIGNS), max_size=1))
        found.append(Entry(day, ratings, signs, draw(st.booleans()), draw(st.none() | st.integers(1, 5))))
    return found


last_sessions = st.dictionaries(st.integers(0, LAST_DAY + 2), st.dictionaries(st.sampled_from(CODES), GRADE), max_size=3)


def named(entry, findings, runs, reached, has_session_before):
    """Whether an edit is said to reach this log; `findings` are those before it."""
    above = sum(f.rule is Rule.ABOVE_RANGE and f.urgency.is_flag for f in findings)
    return (
        any(t.first_day <= entry.day <= t.last_day and entry.ratings.get(t.symptom) in t.severities for t in runs)
        or bool(reached.clusters_of and above >= reached.clusters_of)
        or (reached.with_signs and bool(entry.signs))
        or (reached.with_improvement and entry.improvement is not None)
        or (reached.with_session_before and has_session_before)
    )


def said(findings):
    return [(f.rule, f.subject, f.urgency, f.observed) for f in sorted(findings, key=lambda f: (f.rule, f.subject))]


@often
@given(edits(), courses(), last_sessions)
def test_what_is_not_named_is_judged_as_before(edit, course, last_session):
    before, after = edit
    runs, reached = touched(before, after), reach(before, after)
    old, new = (compare_course(course, judge, last_session) for judge in edit)
    for entry in course:
        if not named(entry, old[entry.day], runs, reached, bool(last_session)):
            assert said(old[entry.day]) == said(new[entry.day])


@often
@given(edits(), courses(), last_sessions)
def test_the_way_back_is_named_too(edit, course, last_session):
    after, before = edit
    runs, reached = touched(before, after), reach(before, after)
    old, new = compare_course(course, before, last_session), compare_course(course, after, last_session)
    changed = [e for e in course if said(old[e.day]) != said(new[e.day])]
    assert [e for e in changed if not named(e, old[e.day], runs, reached, bool(last_session))] == []


@often
@given(norms())
def test_nothing_is_named_where_nothing_differs(same):
    other = replace(same, label="another", bands=tuple(replace(b, rationale="Said in another way.") for b in same.bands))
    assert (touched(same, other), reach(same, other)) == (touched(same, same), reach(same, same))
    assert touched(same, same) == frozenset()
