"""Whole numbers as typed, codes from labels, and forms that agree with what an import takes."""

import pytest
from django import forms

from patients.forms.codes import code_of
from patients.forms.numbers import WholeNumberField, count_of, day_field, order_fault
from patients.forms.part_rows import AdjustmentForm, GuidanceForm, MilestoneForm, PhaseForm, SignForm, TextField
from patients.forms.rules import RulesForm
from recovery.timeline.cells import FIELDS, Text, Whole

ROWS = [PhaseForm, MilestoneForm, GuidanceForm, SignForm, AdjustmentForm]


@pytest.mark.parametrize("typed, number", [("0", 0), (" 7 ", 7), ("-366", -366), ("+3650", 3650), ("007", 7), ("-0", 0)])
def test_whole_numbers_are_read(typed, number):
    assert day_field("Day", least=-366).clean(typed) == number


@pytest.mark.parametrize(
    "typed", ["1_0", "１０", "1.0", "1,0", "NaN", "inf", "1e3", "0x10", "--1", "- 1", "−1", "one", "٣", "1 0", "9" * 10]
)
def test_what_merely_looks_like_a_number_is_not(typed):
    with pytest.raises(forms.ValidationError, match=f"“{typed}” is not a whole number. Write 0 to 3650."):
        day_field("Day").clean(typed)


@pytest.mark.parametrize("typed", ["-1", "3651", "999999999"])
def test_what_is_out_of_range_is_said(typed):
    with pytest.raises(forms.ValidationError, match=f"{typed} does not fit. Write 0 to 3650."):
        day_field("Day").clean(typed)


def test_a_long_text_is_quoted_in_short():
    with pytest.raises(forms.ValidationError, match=f"“{'y' * 40}…” is not a whole number"):
        day_field("Day").clean("y" * 5000)


@pytest.mark.parametrize(
    "initial, typed, changed", [(1, "1", False), (1, " 1 ", False), (1, "2", True), (None, "", False), (None, "0", True)]
)
def test_it_knows_what_changed(initial, typed, changed):
    assert day_field("Day").has_changed(initial, typed) is changed


@pytest.mark.parametrize(
    "first, last, says",
    [
        (2, 1, "Day 1 is before the first day, 2."),
        (0, -1, "Day -1 is before the first day, 0."),
        (1, 1, ""),
        (0, 5, ""),
        (None, 1, ""),
        (1, None, ""),
    ],
)
def test_days_in_order(first, last, says):
    assert order_fault(first, last) == says


@pytest.mark.parametrize("sent, count", [("0", 0), ("12", 12), ("", -1), ("-1", -1), ("1_0", -1), ("１", -1), (" 1", -1), ("9" * 10, -1)])
def test_counts_that_a_page_sends_back(sent, count):
    assert count_of(sent) == count


@pytest.mark.parametrize(
    "label, taken, code",
    [
        ("Fever or chills", [], "fever_or_chills"),
        ("  É, à la  fois! ", [], "e_a_la_fois"),
        ("Fever", ["fever"], "fever_2"),
        ("Fever", ["fever", "fever_2"], "fever_3"),
        ("x" * 40, [], "x" * 30),
        ("x" * 40, ["x" * 30], "x" * 28 + "_2"),
        ("a" * 29 + " b", [], "a" * 29),
        ("発熱", [], "sign"),
        ("発熱", ["sign"], "sign_2"),
        ("!!!", [], "sign"),
    ],
)
def test_codes_are_made_of_labels(label, taken, code):
    assert code_of(label, taken, "sign") == code


def number_limits(form):
    return {name: (f.least, f.most) for name, f in form.base_fields.items() if isinstance(f, WholeNumberField)}


@pytest.mark.parametrize("form", ROWS)
def test_a_row_takes_what_an_import_takes(form):
    cells = FIELDS[form.key]
    assert set(form.base_fields) == set(cells)
    assert number_limits(form) == {name: (c.least, c.most) for name, c in cells.items() if isinstance(c, Whole)}
    texts = {name: (f.validators[-1].limit_value, not f.required) for name, f in form.base_fields.items() if isinstance(f, TextField)}
    assert texts == {name: (c.most, c.may_be_blank) for name, c in cells.items() if isinstance(c, Text)}


@pytest.mark.parametrize("form", ROWS)
def test_every_field_stands_in_one_cell(form):
    shown = [name for column in form.columns for line in column.lines for name in line]
    hidden = [name for name, f in form.base_fields.items() if f.widget.is_hidden]
    assert sorted(shown + hidden) == sorted(form.base_fields)


def test_the_rules_are_all_there():
    assert set(RulesForm.base_fields) == set(FIELDS["settings"])
