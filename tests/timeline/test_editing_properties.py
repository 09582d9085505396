"""What must hold of every edit of a symptom's bands, tried on random ones."""

from itertools import pairwise

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; the tables in test_editing.py run without it")

from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.timeline.editing import CannotEdit, bands_from, columns_of, edges_of, merge_with_next, split, stretch, values_of
from recovery.timeline.norms import Band
from tests.timeline.samples import norms_of

LAST = 40
DAY = st.integers(0, LAST)
GRADE = st.integers(0, 4)
quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@st.composite
def some_bands(draw):
    """Days 0 to LAST cut anywhere."""
    starts = sorted({0, *draw(st.lists(st.integers(1, LAST), max_size=6))})
    made = []
    for first, then in pairwise([*starts, LAST + 1]):
        low, typical, high = sorted(draw(st.tuples(GRADE, GRADE, GRADE)))
        made.append(Band("redness", first, then - 1, low, typical, high, draw(st.none() | st.integers(high, 4)), f"from {first}"))
    return tuple(made)


def by_day(bands):
    """What each day says; a day with two bands fails."""
    found = [(day, (*values_of(b), b.rationale)) for b in bands for day in range(b.first_day, b.last_day + 1)]
    assert len(dict(found)) == len(found)
    return dict(found)


def band_on(bands, day):
    return next(b for b in bands if b.first_day <= day <= b.last_day)


def edited(edit, *args):
    """The result of an edit, or nothing where it is refused."""
    try:
        return edit(*args)
    except CannotEdit:
        return None


@quick
@given(bands=some_bands(), day=DAY)
def test_a_split_changes_no_day_and_adds_one_beginning(bands, day):
    result = edited(split, bands, day)
    if result is None:
        assert day in {b.first_day for b in bands}
        return
    assert by_day(result) == by_day(bands)
    assert {b.first_day for b in result} - {b.first_day for b in bands} == {day}


@quick
@given(bands=some_bands(), day=DAY)
def test_a_merge_changes_only_the_days_of_the_next_band(bands, day):
    result = edited(merge_with_next, bands, day)
    if result is None:
        assert bands[-1].first_day <= day
        return
    before, after, band = by_day(bands), by_day(result), band_on(bands, day)
    changed = {d for d in before if before[d] != after[d]}
    assert changed <= set(range(band.last_day + 1, band_on(bands, band.last_day + 1).last_day + 1))
    assert len(result) == len(bands) - 1


@quick
@given(bands=some_bands(), day=DAY, to=st.integers(0, LAST + 10))
def test_a_stretch_keeps_the_days_contiguous_and_what_is_outside_as_it_was(bands, day, to):
    result, band = edited(stretch, bands, day, to), band_on(bands, day)
    if result is None:
        assert to < band.first_day
        return
    before, after = by_day(bands), by_day(result)
    last = to if band is bands[-1] or to > LAST else LAST
    assert sorted(after) == list(range(last + 1))
    assert {after[d] for d in range(band.first_day, to + 1)} == {before[band.first_day]}
    outside = [d for d in after if d < band.first_day or d > max(to, band_on(bands, min(band.last_day + 1, LAST)).last_day)]
    assert [d for d in outside if after[d] != before[d]] == []


@quick
@given(bands=some_bands(), cuts=st.lists(DAY, max_size=5))
def test_columns_and_back_is_the_same_however_they_are_cut(bands, cuts):
    norms = norms_of(*bands)
    columns = columns_of([*edges_of(norms), *cuts])
    cells = [(c, values_of(norms.band("redness", c.first))) for c in columns]
    assert bands_from("redness", cells, {b.first_day for b in bands}, {b.first_day: b.rationale for b in bands}) == bands


@quick
@given(bands=some_bands(), at=st.integers(0, LAST), grade=GRADE)
def test_typing_into_one_column_changes_only_its_days(bands, at, grade):
    norms = norms_of(*bands)
    columns = columns_of(edges_of(norms))
    column = next(c for c in columns if c.first <= at <= c.last)
    cells = [(c, values_of(norms.band("redness", c.first))) for c in columns]
    typed = [(c, v._replace(high=grade) if c == column else v) for c, v in cells]
    result = bands_from("redness", typed, {b.first_day for b in bands}, {b.first_day: b.rationale for b in bands})

    before, after = by_day(bands), by_day(result)
    assert [d for d in before if before[d] != after[d] and d not in range(column.first, column.last + 1)] == []
    assert after[at][2] == grade
    assert after[at][4] == before[at][4]
