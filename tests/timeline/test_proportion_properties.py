"""What must hold of an interval for any counts."""

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; the tables in test_proportion.py run without it")

from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.timeline.proportion import percentile, wilson

quick = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@st.composite
def counts(draw):
    of = draw(st.integers(1, 10**9))
    return draw(st.integers(0, of)), of


@quick
@given(counts())
def test_it_lies_within_0_and_1_and_holds_the_share(found):
    low, high = wilson(*found)
    assert 0 <= low <= found[0] / found[1] <= high <= 1


@quick
@given(counts(), st.integers(2, 50))
def test_it_narrows_with_more_of_the_same(found, times):
    (low, high), (nearer_low, nearer_high) = wilson(*found), wilson(found[0] * times, found[1] * times)
    assert nearer_high - nearer_low < high - low


@quick
@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(values, hundredth):
    part = hundredth / 100
    found = percentile({value: values.count(value) for value in values}, part)
    assert sum(value <= found for value in values) >= part * len(values)
    assert sum(value < found for value in values) < part * len(values)
