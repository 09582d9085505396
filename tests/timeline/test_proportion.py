"""Shares, how sure they are, and percentiles."""

import pytest

from recovery.timeline.proportion import Z95, Share, percentile, wilson

KNOWN = {
    (0, 1): (0.0, 0.7935),
    (1, 1): (0.2065, 1.0),
    (0, 20): (0.0, 0.1611),
    (20, 20): (0.8389, 1.0),
    (7, 20): (0.1812, 0.5671),
    (10, 20): (0.2993, 0.7007),
    (50, 100): (0.4038, 0.5962),
    (1, 100): (0.0018, 0.0545),
    (500, 1000): (0.4691, 0.5309),
}


@pytest.mark.parametrize("counts", KNOWN)
def test_known_intervals(counts):
    assert tuple(round(edge, 4) for edge in wilson(*counts)) == KNOWN[counts]


@pytest.mark.parametrize("z", [1.0, Z95, 2.5758293035489])
@pytest.mark.parametrize("hits, of", [(1, 2), (7, 20), (50, 100), (3, 1000)])
def test_at_its_edges_the_share_is_just_z_standard_errors_away(hits, of, z):
    """What Wilson asks of an edge p: (share - p)² = z² p (1 - p) / n."""
    for edge in wilson(hits, of, z):
        assert abs(hits / of - edge) == pytest.approx(z * (edge * (1 - edge) / of) ** 0.5)


@pytest.mark.parametrize("counts", [(0, 0), (1, 0), (-1, 5), (6, 5), (0, -1)])
def test_what_is_no_share_is_refused(counts):
    with pytest.raises(ValueError, match=f"{counts[0]} of {counts[1]}"):
        wilson(*counts)


@pytest.mark.parametrize("of", [1, 2, 3, 19, 20, 21, 100, 1000])
def test_it_holds_the_share_and_stays_within_bounds_and_mirrors(of):
    for hits in range(of + 1):
        low, high = wilson(hits, of)
        assert 0 <= low <= hits / of <= high <= 1
        assert wilson(of - hits, of) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("hits, of", [(0, 1), (1, 1), (7, 20), (10, 20), (1, 3)])
def test_it_narrows_with_more(hits, of):
    widths = [high - low for low, high in (wilson(hits * n, of * n) for n in (1, 2, 4, 10, 100))]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == len(widths)


@pytest.mark.parametrize(
    "hits, of, enough, percent, bounds, in_ten",
    [
        (0, 20, True, 0, "0–17 %", "none"),
        (20, 20, True, 100, "83–100 %", "all"),
        (7, 20, True, 35, "18–57 %", "4 in\u00a010"),
        (50, 100, True, 50, "40–60 %", "5 in\u00a010"),
        (1, 1000, True, 1, "0–1 %", "fewer than 1 in 10"),
        (999, 1000, True, 99, "99–100 %", "more than 9 in 10"),
        (3, 5, False, 60, "23–89 %", "6 in\u00a010"),
        (19, 19, False, 100, "83–100 %", "all"),
    ],
)
def test_how_a_share_is_said(hits, of, enough, percent, bounds, in_ten):
    share = Share(hits, of)
    assert (share.is_enough, share.percent, share.bounds, share.in_ten) == (enough, percent, bounds, in_ten)


@pytest.mark.parametrize(
    "values, part, expected",
    [
        ([5], 0.5, 5),
        ([1, 2], 0.5, 1),
        ([1, 2, 3], 0.5, 2),
        ([1, 2, 3, 4], 0.5, 2),
        (list(range(1, 11)), 0.9, 9),
        (list(range(1, 12)), 0.9, 10),
        ([1] * 9 + [100], 0.9, 1),
        ([1] * 8 + [100] * 2, 0.9, 100),
        ([3, 1, 2], 1, 3),
    ],
)
def test_percentiles_are_values_that_came(values, part, expected):
    assert percentile({value: values.count(value) for value in values}, part) == expected


def test_nothing_has_no_percentile():
    with pytest.raises(ValueError, match="no values"):
        percentile({}, 0.5)
