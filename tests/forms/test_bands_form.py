"""What the grid of bands takes, what it refuses with which sentence, and what its buttons do."""

from dataclasses import replace

import pytest
from django.conf import settings

from patients.forms.bands import BandsForm, block_of
from recovery.timeline.difference import differences
from recovery.timeline.editing import LINES, columns_of, edges_of, with_bands
from recovery.timeline.norms import Band
from recovery.timeline.proof import problems
from recovery.timeline.scale import MOST_DAY
from tests.timeline.samples import PEN, band, norms_of

LINE = {"urgent_above": "Type 0 to 4, or leave it blank.", "high": "Type 0 to 4.", "typical": "Type 0 to 4.", "low": "Type 0 to 4."}
BLANK = "Redness, day 6, {}: nothing is typed. Type 0 to 4, or clear all four cells where there is to be no band."
LAYOUT = "What was sent does not fit the table: {}. Nothing is saved. Look at the table as it is now, then save again."
NOT_GRADES = ["5", "−1", "-1", "x", "NaN", "nan", "1.5", "1,5", "３", "1_0", "10", "+1", "01", "²", "0x1", "1 2", "None", "<b>", "1\n2"]


def page_of(norms=PEN, symptom="redness"):
    """What the browser sends when nothing was touched."""
    edges, bands = edges_of(norms), norms.bands_of(symptom)
    data = {"symptom": symptom, "draft": "d", "seen": "3", "columns": ",".join(map(str, edges)), "do": "save"}
    for column in columns_of(edges):
        found = norms.band(symptom, column.first)
        for line in LINES:
            value = getattr(found, line, None)
            data[f"{line}-{column.first}"] = "" if value is None else str(value)
    data |= {f"starts-{b.first_day}": "1" for b in bands}
    return data | {f"rationale-{b.first_day}": b.rationale for b in bands}


def form_of(changes=None, *, norms=PEN, was=PEN, without=(), **fields):
    data = page_of(norms) | (changes or {}) | fields
    return BandsForm({k: v for k, v in data.items() if k not in without}, norms=norms, was=was, draft="d", edits=3)


def refusals(form):
    """By field."""
    assert not form.is_valid()
    return {fault.field: fault.says for fault in form.faults}


def changes(form):
    """What the form would make of the draft, in words."""
    assert form.is_valid(), form.faults
    return [str(c) for c in differences(form.norms, form.edited) if c.field != "rationale"]


def days(form):
    return [(b.first_day, b.last_day) for b in form.bands]


class TestCells:
    @pytest.mark.parametrize("symptom", list(PEN.symptoms))
    def test_an_untouched_page_changes_nothing(self, symptom):
        form = BandsForm(page_of(PEN, symptom), norms=PEN, was=PEN, draft="d", edits=3)
        assert changes(form) == []
        assert form.edited.bands == PEN.bands

    def test_a_value_is_taken_and_splits_the_band(self):
        form = form_of({"high-6": "2", "high-7": "2"})
        assert changes(form) == ["Redness, days 6–7: high 1 → 2"]
        assert days(form)[-2:] == [(6, 7), (8, 365)]
        assert form.bands[-2].rationale == form.bands[-1].rationale == PEN.band("redness", 6).rationale

    @pytest.mark.parametrize("text", ["2", " 2 ", "2\t"])
    def test_spaces_around_a_grade_do_not_matter(self, text):
        assert changes(form_of({"high-6": text})) == ["Redness, day 6: high 1 → 2"]

    def test_urgent_above_may_be_blank(self):
        assert changes(form_of({"urgent_above-6": ""})) == ["Redness, day 6: urgent above 2 → never"]

    @pytest.mark.parametrize("line", list(LINES))
    @pytest.mark.parametrize("text", NOT_GRADES)
    def test_what_only_looks_like_a_grade_is_refused_naming_the_cell(self, line, text):
        assert refusals(form_of({f"{line}-6": text})) == {
            f"{line}-6": f"Redness, day 6, {LINES[line]}: “{text}” is not a grade. {LINE[line]}"
        }

    def test_a_long_text_is_quoted_in_part(self):
        assert "“" + "x" * 40 + "…” is not a grade" in refusals(form_of({"high-6": "x" * 5000}))["high-6"]

    def test_later_days_are_named_by_their_run(self):
        assert refusals(form_of({"high-15": "9"})) == {"high-15": "Redness, days 15 to 28, high: “9” is not a grade. Type 0 to 4."}

    @pytest.mark.parametrize("line", ["high", "typical", "low"])
    def test_a_single_blank_is_refused(self, line):
        assert refusals(form_of({f"{line}-6": " "})) == {f"{line}-6": BLANK.format(line)}

    def test_urgent_above_alone_is_no_band(self):
        blank = {"high-6": "", "typical-6": "", "low-6": ""}
        assert refusals(form_of(blank)) == {f"{line}-6": BLANK.format(line) for line in ("high", "typical", "low")}

    @pytest.mark.parametrize(
        "cells, field, says",
        [
            ({"low-6": "1"}, "low-6", "low: 1 is above typical, 0. It must be 0 or less."),
            ({"typical-6": "2"}, "typical-6", "typical: 2 is above high, 1. It must be 1 or less."),
            ({"urgent_above-6": "0"}, "urgent_above-6", "urgent above: 0 is below high, 1. It must be 1 or more, or blank."),
        ],
    )
    def test_disorder_is_refused(self, cells, field, says):
        assert refusals(form_of(cells)) == {field: f"Redness, day 6, {says}"}

    def test_every_bad_cell_is_named(self):
        bad = {f"{line}-{day}": "5" for line in LINES for day in (0, 7, 181)}
        assert set(refusals(form_of(bad))) == set(bad)

    def test_four_blanks_are_no_band_and_the_proof_names_the_gap(self):
        form = form_of({f"{line}-6": "" for line in LINES})
        assert form.is_valid()
        assert days(form)[-2:] == [(5, 5), (7, 365)]
        assert [str(p) for p in problems(form.edited.bands, PEN.symptoms)] == ["redness, day 6: gap: no band for day 6"]

    def test_where_a_cell_cannot_be_read_the_stored_band_stands_in(self):
        form = form_of({"high-5": "4", "urgent_above-5": "4", "high-6": "x"})
        assert not form.is_valid()
        assert (form.edited.band("redness", 5).high, form.edited.band("redness", 6).high) == (4, 1)


class TestRationales:
    def test_it_is_kept_with_its_band(self):
        form = form_of({"rationale-6": " Our own figures.\r\nTwo lines. "})
        assert form.is_valid()
        assert form.bands[-1] == replace(PEN.band("redness", 6), rationale="Our own figures.\nTwo lines.")
        assert form.bands[:-1] == tuple(PEN.bands_of("redness"))[:-1]

    def test_a_new_piece_may_have_its_own(self):
        form = form_of({"high-6": "2", "rationale-6": "New.", "rationale-7": PEN.band("redness", 6).rationale})
        assert form.is_valid()
        assert [(b.first_day, b.rationale) for b in form.bands[-2:]] == [(6, "New."), (7, PEN.band("redness", 6).rationale)]

    def test_one_that_is_too_long_is_refused(self):
        assert refusals(form_of({"rationale-6": "x" * 100_001})) == {
            "rationale-6": "Redness: The rationale from day 6 has 100001 characters; 100000 fit. Shorten it."
        }

    def test_what_a_database_cannot_store_is_left_out(self):
        form = form_of({"rationale-6": "a\x00b"})
        assert form.is_valid()
        assert form.bands[-1].rationale == "ab"


class TestLayout:
    @pytest.mark.parametrize("line, day, words", [("high", 6, "day 6, high"), ("urgent_above", 181, "days 181 to 365, urgent above")])
    def test_a_cell_that_was_not_sent_is_never_guessed(self, line, day, words):
        form = form_of(without={f"{line}-{day}"})
        assert refusals(form) == {"": LAYOUT.format(f"Redness, {words} is missing")}
        assert form.edited.bands == PEN.bands

    @pytest.mark.parametrize(
        "columns",
        [
            "",
            "0",
            "0,1",
            "0,1,2,2,3",
            "1,0",
            "x",
            "0,1,-3",
            "0,5000",
            "0,9999",
            "0,1,3652",
            ",".join(map(str, range(300))),
            "0," * 9000,
            "０,1",
        ],
    )
    def test_other_columns_than_the_drafts_are_refused(self, columns):
        form = form_of(columns=columns)
        assert refusals(form) == {"": LAYOUT.format("its columns are not those of the draft")}

    def test_more_columns_than_the_drafts_are_exact_too(self):
        edges = [*edges_of(PEN), 60]
        cells = {f"{line}-60": page_of()[f"{line}-29"] for line in LINES}
        form = form_of(cells | {"high-60": "2"}, columns=",".join(map(str, sorted(edges))))
        assert changes(form) == ["Redness, days 60–180: high 1 → 2"]

    @pytest.mark.parametrize("symptom", ["", "nonsense", "Redness"])
    def test_an_unknown_symptom_is_refused(self, symptom):
        assert refusals(form_of(symptom=symptom))[""] == LAYOUT.format("it names no symptom of this table")

    def test_another_draft_is_not_written_over(self):
        form = form_of(draft="e")
        assert "The draft you edited was published or discarded" in refusals(form)[""]

    @pytest.mark.parametrize("seen, read", [("3", 3), ("", -1), ("x", -1), ("-1", -1), ("３", -1), ("9" * 30, -1)])
    def test_the_edit_that_was_seen(self, seen, read):
        assert form_of(seen=seen).seen == read


class TestTools:
    @pytest.mark.parametrize("day", [8, 60])
    def test_split(self, day):
        form = form_of(do="split", n=str(day))
        assert changes(form) == []
        assert days(form)[-2:] == [(6, day - 1), (day, 365)]
        assert form.notice == f"a band now begins on day {day}"

    def test_merge(self):
        form = form_of(do="merge", n="5")
        assert changes(form) == ["Redness, days 6–365: high 1 → 2"]

    def test_stretch(self):
        form = form_of(do="stretch", n="5", m="9")
        assert changes(form) == ["Redness, days 6–9: high 1 → 2"]

    def test_they_work_on_what_is_typed(self):
        form = form_of({"high-5": "3", "urgent_above-5": "3"}, do="merge", n="5")
        assert form.is_valid()
        assert form.bands[-1] == Band("redness", 5, 365, 0, 0, 3, 3, PEN.band("redness", 5).rationale)

    def test_as_published_replaces_whatever_is_typed(self):
        own = norms_of(band(last_day=365, high=4, urgent_above=None))
        draft = with_bands(PEN, "redness", own.bands)
        form = form_of({"high-6": "nonsense"}, norms=draft, do="published")
        assert form.is_valid()
        assert form.edited.bands == PEN.bands

    def test_as_published_needs_a_version(self):
        assert refusals(form_of(was=None, do="published")) == {"": "No version of these norms is published yet."}

    @pytest.mark.parametrize("do, field", [("split", "n"), ("merge", "n"), ("stretch", "m")])
    @pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "３", "1_0", "NaN"])
    def test_what_is_no_day_is_refused(self, do, field, text):
        form = form_of({"n": "5", "m": "9"} | {field: text}, do=do)
        assert refusals(form) == {"n": f"“{text}” is not a day. Type a whole number from 0 to 3650."}

    @pytest.mark.parametrize("do, field", [("split", "n"), ("merge", "n"), ("stretch", "m")])
    def test_a_day_past_the_last_is_refused(self, do, field):
        form = form_of({"n": "5", "m": "9"} | {field: "3651"}, do=do)
        assert refusals(form) == {"n": "Day 3651 is past day 3650, the last that a table can have."}

    def test_a_cell_that_cannot_be_read_comes_first(self):
        assert set(refusals(form_of({"high-6": "5"}, do="split", n="6"))) == {"high-6"}


class TestPaste:
    def pasted(self, block, day="6", **fields):
        return form_of(do="paste", block=block, block_day=day, **fields)

    def test_a_block_is_filled_in_and_not_yet_taken(self):
        form = self.pasted("3\t3\n2\t2\n1\t1\n0\t0\n")
        assert not form.is_valid()
        assert form.faults == []
        assert [form.data[f"{line}-{day}"] for line in LINES for day in (6, 7)] == ["3", "3", "2", "2", "1", "1", "0", "0"]
        assert (form.notice, form.data["block"]) == ("The block is filled in on days 6 to 7. Look at it, then save.", "")

    def test_blank_cells_stay_blank(self):
        form = self.pasted("\t\r\n2\t\r\n1\t\r\n0\t\r\n")
        assert not form.is_valid()
        assert (form.data["urgent_above-6"], form.data["high-7"], form.faults) == ("", "", [])

    @pytest.mark.parametrize(
        "block, day, says",
        [
            ("1\n1\n1\n1\n1", "6", "The block has 5 rows; it needs 4: urgent above, high, typical, low. Nothing was pasted."),
            ("", "6", "The block has 1 row; it needs 4: urgent above, high, typical, low. Nothing was pasted."),
            ("1\t1\n1\n1\t1\n1", "6", "The rows of the block differ in length: 2, 1, 2, 1. Nothing was pasted."),
            ("\n".join(["1" + "\t1" * 4] * 4), "14", "The block has 5 columns; from day 14 on 4 fit. Nothing was pasted."),
            ("1\n1\n1\n1", "366", "The block has 1 column; from day 366 on 0 fit. Nothing was pasted."),
            ("1\n1\n1\n1", "x", "“x” is not a day. Type a whole number from 0 to 3650."),
        ],
    )
    def test_a_block_of_another_shape_is_refused_and_nothing_filled_in(self, block, day, says):
        form = self.pasted(block, day)
        assert refusals(form) == {"block": says}
        sent = page_of()
        assert [name for name in sent if name.partition("-")[0] in LINES and form.data[name] != sent[name]] == []
        assert form.data["block"] == block

    def test_a_bad_cell_of_the_block_is_named(self):
        assert set(refusals(self.pasted("3\n5\n1\n0"))) == {"high-6"}


class TestBlockOf:
    def test_what_was_typed_comes_back_as_lines(self):
        lines = block_of(page_of() | {"high-0": "x"}).split("\n")
        assert [line.split("\t")[0] for line in lines] == ["", "x", "3", "1"]
        assert {len(line.split("\t")) for line in lines} == {18}

    @pytest.mark.parametrize("data", [{}, {"columns": "x"}])
    def test_without_a_table_there_is_none(self, data):
        assert block_of(data) == ""


def test_a_table_with_a_band_for_each_day_can_be_sent():
    norms = replace(PEN, bands=tuple(band("redness", day, day, 0, 1, 2) for day in range(MOST_DAY + 1)))
    around = {"csrfmiddlewaretoken", "day", "n", "m", "block", "block_day"}
    assert len(page_of(norms)) + len(around) <= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
