"""Editing one symptom's bands: columns and back, split, merge, stretch, and what each refuses."""

from dataclasses import replace

import pytest

from recovery.timeline.editing import (
    CannotEdit,
    Column,
    Values,
    bands_from,
    changed_runs,
    columns_of,
    edges_of,
    merge_with_next,
    split,
    stretch,
    values_of,
    with_bands,
)
from recovery.timeline.proof import problems
from tests.timeline.samples import LAST_DAY, PEN, band, norms_of

THREE = (
    band(first_day=0, last_day=2, high=3, rationale="one"),
    band(first_day=3, last_day=5, high=2, rationale="two"),
    band(first_day=6, last_day=20, high=1, rationale="three"),
)
A, B = Values(0, 1, 2, None), Values(0, 0, 1, 3)


def runs(bands):
    """Bands as (first day, last day, rationale)."""
    return [(b.first_day, b.last_day, b.rationale) for b in bands]


def days(*columns):
    return [Column(*c) if isinstance(c, tuple) else Column(c, c) for c in columns]


class TestColumns:
    def test_each_day_to_14_has_one_and_later_days_share_them(self):
        columns = columns_of(edges_of(PEN))
        assert columns[:15] == tuple(Column(day, day) for day in range(15))
        assert [c.days for c in columns[15:]] == ["15–28", "29–180", "181–365"]

    def test_every_band_is_whole_columns(self):
        columns = columns_of(edges_of(PEN))
        firsts, lasts = {c.first for c in columns}, {c.last for c in columns}
        assert [b for b in PEN.bands if b.first_day not in firsts or b.last_day not in lasts] == []

    def test_a_gap_is_a_column_too(self):
        norms = norms_of(band(last_day=20), band(first_day=31, last_day=40))
        assert [c.days for c in columns_of(edges_of(norms))[15:]] == ["15–20", "21–30", "31–40"]

    def test_an_empty_table_has_the_first_days(self):
        assert len(columns_of(edges_of(norms_of()))) == 15

    @pytest.mark.parametrize("column, short, long", [(Column(6, 6), "6", "day 6"), (Column(15, 28), "15–28", "days 15 to 28")])
    def test_they_are_named_by_their_days(self, column, short, long):
        assert (column.days, column.words) == (short, long)


class TestBandsFromColumns:
    @pytest.mark.parametrize("code", list(PEN.symptoms))
    def test_what_is_cut_comes_back_the_same(self, code):
        bands = PEN.bands_of(code)
        cells = [(c, values_of(PEN.band(code, c.first))) for c in columns_of(edges_of(PEN))]
        starts, rationales = {b.first_day for b in bands}, {b.first_day: b.rationale for b in bands}
        assert bands_from(code, cells, starts, rationales) == tuple(bands)

    def test_another_value_inside_a_band_splits_it_and_the_pieces_keep_the_rationale(self):
        cells = list(zip(days(0, 1, 2, (3, 9)), [A, B, B, A], strict=True))
        assert runs(bands_from("redness", cells, {0}, {0: "why"})) == [(0, 0, "why"), (1, 2, "why"), (3, 9, "why")]

    def test_equal_values_stay_apart_where_a_band_begins(self):
        cells = list(zip(days(0, 1, 2), [A, A, A], strict=True))
        assert runs(bands_from("redness", cells, {0, 2}, {0: "one", 2: "two"})) == [(0, 1, "one"), (2, 2, "two")]

    def test_equal_values_stay_apart_where_another_rationale_is_typed(self):
        cells = list(zip(days(0, 1, 2), [A, A, A], strict=True))
        assert runs(bands_from("redness", cells, {0}, {0: "one", 2: "two"})) == [(0, 1, "one"), (2, 2, "two")]

    def test_the_same_rationale_does_not_split(self):
        cells = list(zip(days(0, 1, 2), [A, A, A], strict=True))
        assert runs(bands_from("redness", cells, {0}, {0: "one", 2: "one"})) == [(0, 2, "one")]

    def test_a_blank_column_has_no_band_and_the_next_one_begins_anew(self):
        cells = list(zip(days(0, 1, 2), [A, None, A], strict=True))
        assert runs(bands_from("redness", cells, {0}, {0: "why"})) == [(0, 0, "why"), (2, 2, "why")]

    def test_a_filled_gap_has_no_rationale_yet(self):
        cells = list(zip(days(0, 1, 2), [A, A, A], strict=True))
        assert runs(bands_from("redness", cells, {0, 1, 2}, {0: "one", 2: "two"})) == [(0, 0, "one"), (1, 1, ""), (2, 2, "two")]

    def test_the_values_arrive(self):
        assert bands_from("redness", [(Column(0, 9), B)], {0}, {}) == (band(high=1, urgent_above=3),)


class TestSplit:
    @pytest.mark.parametrize("day", [4, 5])
    def test_the_second_piece_begins_there(self, day):
        assert runs(split(THREE, day)) == [(0, 2, "one"), (3, day - 1, "two"), (day, 5, "two"), (6, 20, "three")]

    @pytest.mark.parametrize("day", [0, 3, 6])
    def test_not_where_a_band_begins_already(self, day):
        with pytest.raises(CannotEdit, match=f"^A band begins on day {day} already. Choose a later day of the band to split before.$"):
            split(THREE, day)

    @pytest.mark.parametrize("day", [-1, 21, 3650])
    def test_not_where_there_is_no_band(self, day):
        with pytest.raises(CannotEdit, match=f"^There is no band on day {day}.$"):
            split(THREE, day)


class TestMerge:
    @pytest.mark.parametrize("day", [3, 4, 5])
    def test_the_band_takes_over_the_days_of_the_next(self, day):
        merged = merge_with_next(THREE, day)
        assert runs(merged) == [(0, 2, "one"), (3, 20, "two")]
        assert merged[1].high == 2

    def test_a_gap_between_them_is_closed(self):
        assert runs(merge_with_next((THREE[0], THREE[2]), 0)) == [(0, 20, "one")]

    def test_not_the_last_one(self):
        with pytest.raises(CannotEdit, match="^The band of day 9 is the last one; there is no next band to merge with.$"):
            merge_with_next(THREE, 9)

    def test_not_where_there_is_no_band(self):
        with pytest.raises(CannotEdit, match="^There is no band on day 30.$"):
            merge_with_next(THREE, 30)


class TestStretch:
    @pytest.mark.parametrize(
        "day, to, result",
        [
            (0, 4, [(0, 4, "one"), (5, 5, "two"), (6, 20, "three")]),  # trims the next
            (1, 5, [(0, 5, "one"), (6, 20, "three")]),  # swallows it
            (2, 9, [(0, 9, "one"), (10, 20, "three")]),  # swallows one and trims another
            (0, 20, [(0, 20, "one")]),  # swallows all
            (0, 30, [(0, 30, "one")]),  # makes the table longer
            (4, 3, [(0, 2, "one"), (3, 3, "two"), (4, 20, "three")]),  # shorter: the next grows
            (4, 5, [(0, 2, "one"), (3, 5, "two"), (6, 20, "three")]),  # as it is
            (9, 12, [(0, 2, "one"), (3, 5, "two"), (6, 12, "three")]),  # the last one: nothing follows that could grow
            (9, 3650, [(0, 2, "one"), (3, 5, "two"), (6, 3650, "three")]),
        ],
    )
    def test_the_bands_after_it_give_way_or_grow(self, day, to, result):
        assert runs(stretch(THREE, day, to)) == result

    @pytest.mark.parametrize(
        "day, to, says",
        [
            (4, 2, "The band of day 4 begins on day 3; it cannot end on day 2."),
            (4, 3651, "Day 3651 is past day 3650, the last that a table can have."),
            (30, 31, "There is no band on day 30."),
        ],
    )
    def test_what_cannot_be(self, day, to, says):
        with pytest.raises(CannotEdit) as refusal:
            stretch(THREE, day, to)
        assert str(refusal.value) == says


class TestWithBands:
    def test_only_that_symptom_changes_and_the_order_stays(self):
        edited = with_bands(PEN, "swelling", split(tuple(PEN.bands_of("swelling")), 30))
        assert {code for code in PEN.symptoms if edited.bands_of(code) != PEN.bands_of(code)} == {"swelling"}
        assert list(dict.fromkeys(b.symptom for b in edited.bands)) == list(PEN.symptoms)
        assert problems(edited.bands, PEN.symptoms) == []

    def test_the_same_bands_are_the_same_norms(self):
        assert with_bands(PEN, "redness", tuple(PEN.bands_of("redness"))).bands == PEN.bands


class TestChangedRuns:
    def test_nothing_changed(self):
        assert changed_runs(PEN, PEN, "redness") == []

    def test_a_split_and_another_rationale_change_no_value(self):
        bands = tuple(replace(b, rationale="new") for b in split(tuple(PEN.bands_of("redness")), 30))
        assert changed_runs(with_bands(PEN, "redness", bands), PEN, "redness") == []

    def test_neighbouring_days_are_one_run(self):
        before = norms_of(band(last_day=5), band(first_day=6, last_day=9, high=1))
        after = norms_of(band(last_day=2), band(first_day=3, last_day=7, high=3), band(first_day=8, last_day=9, high=1))
        assert changed_runs(after, before, "redness") == [Column(3, 7)]

    def test_days_that_lost_their_band_are_changed(self):
        assert changed_runs(norms_of(band(last_day=5)), norms_of(band(last_day=9)), "redness") == [Column(6, 9)]

    def test_runs_apart_are_two(self):
        redness = list(PEN.bands_of("redness"))
        redness[0], redness[-1] = replace(redness[0], low=0), replace(redness[-1], urgent_above=None)
        after = with_bands(PEN, "redness", tuple(redness))
        assert changed_runs(after, PEN, "redness") == [Column(0, 0), Column(6, LAST_DAY)]
