"""What must hold of the comparison for any norms and any course, tried on random ones."""

from dataclasses import replace
from itertools import pairwise

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; the tables in test_compare.py run without it")

from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.timeline.compare import Entry, compare, compare_course
from recovery.timeline.norms import Adjustment, Band, Norms, RuleSettings, Shift
from recovery.timeline.proof import problems
from recovery.timeline.scale import Rule, Urgency
from tests.timeline.samples import STARTING

CODES = ("redness", "swelling", "itching")
LAST_DAY = 12
SEVERITY = st.integers(0, 4)
ratings = st.dictionaries(st.sampled_from(CODES), SEVERITY)
signs = st.frozensets(st.sampled_from(sorted(STARTING.signs)), max_size=2)
quick = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@st.composite
def bands_of(draw, code):
    """The bands of one symptom: days 0 to LAST_DAY cut anywhere, edges in order, every step with a reason."""
    starts = sorted({0, *draw(st.lists(st.integers(1, LAST_DAY), max_size=4))})
    ends = [later - 1 for _, later in pairwise([*starts, LAST_DAY + 1])]
    made = []
    for first, last in zip(starts, ends, strict=True):
        low, typical, high = sorted(draw(st.tuples(SEVERITY, SEVERITY, SEVERITY)))
        made.append(Band(code, first, last, low, typical, high, draw(st.none() | st.integers(high, 4)), "drawn"))
    return made


@st.composite
def rule_settings(draw):
    watch_step = draw(st.integers(1, 3))
    return RuleSettings(
        worsening_symptoms=draw(st.sampled_from([CODES, CODES[:1], ()])),
        worsening_from_day=draw(st.integers(0, 5)),
        worsening_watch_step=watch_step,
        worsening_urgent_step=draw(st.integers(watch_step, 4)),
        cluster_size=draw(st.integers(1, 3)),
        last_session_step=draw(st.integers(1, 3)),
    )


@st.composite
def some_norms(draw):
    bands = tuple(b for code in CODES for b in draw(bands_of(code)))
    return Norms("drawn", bands, STARTING.symptoms, STARTING.signs, draw(rule_settings()))


@st.composite
def courses(draw):
    """Logs of one recovery, one for a day, in any order, some past the last band."""
    days = draw(st.lists(st.integers(0, LAST_DAY + 2), unique=True, min_size=1, max_size=6))
    return [Entry(day, draw(ratings), draw(signs), draw(st.booleans()), draw(st.none() | st.integers(1, 5))) for day in days]


def last_log(course):
    return max(course, key=lambda entry: entry.day)


def with_rating(entry, code, severity):
    return replace(entry, ratings={**entry.ratings, code: severity})


def urgency_of(findings, code, *rules):
    return max((f.urgency for f in findings if f.subject == code and (not rules or f.rule in rules)), default=Urgency.EXPECTED)


@quick
@given(some_norms())
def test_the_drawn_norms_are_whole(norms):
    assert problems(norms.bands, CODES) == []


@quick
@given(some_norms(), st.lists(st.builds(Shift, st.sampled_from(CODES), *[st.integers(-2, 15)] * 2, st.integers(-4, 4), st.just("drawn"))))
def test_no_shift_breaks_a_table(norms, shifts):
    adjusted = replace(norms, adjustments=tuple(Adjustment("any", "Any", shift) for shift in shifts)).adjusted(["any"], {"redness": 2})
    assert problems(adjusted.bands, CODES) == []


@quick
@given(some_norms(), courses(), ratings, st.randoms(use_true_random=False))
def test_comparing_is_the_same_every_time_and_in_any_order(norms, course, last_session, chance):
    log = last_log(course)
    turned = replace(norms, bands=norms.bands[::-1])
    shuffled = chance.sample(course, len(course))
    mixed = replace(log, ratings=dict(reversed(log.ratings.items())))
    assert compare(log, course, norms, last_session) == compare(mixed, shuffled, turned, last_session)


@quick
@given(some_norms(), courses(), ratings)
def test_a_course_in_one_pass_is_each_log_by_itself(norms, course, last_session):
    sessions = {entry.day: last_session for entry in course}
    assert compare_course(course, norms, sessions) == {e.day: compare(e, course, norms, last_session) for e in course}


@quick
@given(some_norms(), courses(), ratings, st.sampled_from(CODES))
def test_a_higher_severity_is_never_less_urgent(norms, course, last_session, code):
    log = last_log(course)
    steps = [compare(with_rating(log, code, severity), course, norms, last_session) for severity in range(5)]
    above = [urgency_of(findings, code, Rule.ABOVE_RANGE) for findings in steps]
    flags = [max(Urgency.NOTE, urgency_of(findings, code)) for findings in steps]  # below range is a note too
    assert above == sorted(above)
    assert flags == sorted(flags)


@quick
@given(some_norms(), courses(), ratings)
def test_the_counterfactual_is_exactly_where_flagging_begins(norms, course, last_session):
    log = last_log(course)
    for finding in compare(log, course, norms, last_session):
        if finding.band is None:
            continue
        edge = finding.counterfactual
        below, above = (compare(with_rating(log, finding.subject, s), course, norms, last_session) for s in (edge, edge + 1))
        assert not urgency_of(below, finding.subject).is_flag
        if finding.urgency.is_flag:
            assert 0 <= edge < finding.observed
            assert urgency_of(above, finding.subject).is_flag


@quick
@given(some_norms(), courses(), ratings)
def test_a_cluster_only_ever_raises(norms, course, last_session):
    log = last_log(course)
    alone = replace(norms, settings=replace(norms.settings, cluster_size=99))
    without = {(f.rule, f.subject): f for f in compare(log, course, alone, last_session)}
    together = {(f.rule, f.subject): f for f in compare(log, course, norms, last_session)}
    changed = {key for key in together if together[key] != without.get(key)}
    assert together.keys() == without.keys()
    assert all(replace(together[key], urgency=Urgency.WATCH, raised_by=None) == without[key] for key in changed)
    assert all(together[key].urgency is Urgency.URGENT and key[0] is Rule.ABOVE_RANGE for key in changed)


@quick
@given(some_norms(), courses(), ratings)
def test_above_range_follows_the_band_word_for_word(norms, course, last_session):
    # The rule of the design written out once more, without limits, for a cluster that never happens.
    log = last_log(course)
    alone = replace(norms, settings=replace(norms.settings, cluster_size=99))
    findings = compare(log, course, alone, last_session)
    for code, severity in log.ratings.items():
        band = next((b for b in norms.bands if b.symptom == code and b.first_day <= log.day <= b.last_day), None)
        before = [e.ratings[code] for e in sorted(course, key=lambda e: e.day) if e.day < log.day and code in e.ratings]
        expected = Urgency.EXPECTED
        if band is not None and severity > band.high:
            expected = Urgency.WATCH
            if band.urgent_above is not None and severity > band.urgent_above:
                expected = Urgency.URGENT
            if severity == 1 and band.high == 0 and (not before or before[-1] == 0):
                expected = Urgency.NOTE
        assert urgency_of(findings, code, Rule.ABOVE_RANGE) is expected


@quick
@given(some_norms(), courses())
def test_worsening_follows_the_design_word_for_word(norms, course):
    # With the starting steps: 2 above the lowest is urgent; 1 above it, above typical and twice the same is a watch.
    given_settings = replace(norms.settings, worsening_watch_step=1, worsening_urgent_step=2)
    norms, log = replace(norms, settings=given_settings), last_log(course)
    findings = compare(log, course, norms)
    for code, severity in log.ratings.items():
        band = next((b for b in norms.bands if b.symptom == code and b.first_day <= log.day <= b.last_day), None)
        before = [e.ratings[code] for e in sorted(course, key=lambda e: e.day) if e.day < log.day and code in e.ratings]
        watched = code in given_settings.worsening_symptoms and log.day >= given_settings.worsening_from_day
        expected = Urgency.EXPECTED
        if band is not None and watched and before:
            up = severity - min(before)
            if up >= 2:
                expected = Urgency.URGENT
            elif up == 1 and severity > band.typical and before[-1] == severity:
                expected = Urgency.WATCH
        assert urgency_of(findings, code, Rule.WORSENING) is expected
