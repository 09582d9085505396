"""A clinician's decision as a form."""

from uuid import UUID

import pytest

from patients.actions.reviews import Decision
from patients.forms.reviews import ReviewForm
from recovery.timeline.scale import Disposition

ONE, OTHER = UUID("2a9b4c5d-8e3f-4f10-8a21-7b6c5d4e3f02"), UUID("6f1c1d3e-0b7a-4a63-9d1e-3c8f5a2b7e01")
OUT_OF_DATE = "This page is out of date. Load it again; your text is kept below."
RIGHT = {"flags": f"{ONE},{OTHER}", "disposition": "advice", "reply": "All well.", "note": "Calm."}


def test_a_decision_is_handed_over():
    form = ReviewForm(RIGHT)
    assert form.is_valid()
    assert (form.cleaned_data["flags"], form.decision()) == ([ONE, OTHER], Decision(Disposition.ADVICE, "Calm.", "All well."))


@pytest.mark.parametrize("disposition", list(Disposition))
def test_each_disposition_can_be_chosen(disposition):
    form = ReviewForm(RIGHT | {"disposition": disposition.value})
    assert form.is_valid()
    assert form.decision().disposition is disposition


def test_reply_and_note_may_be_left_out():
    form = ReviewForm({"flags": str(ONE), "disposition": "expected"})
    assert form.is_valid()
    assert form.decision() == Decision(Disposition.EXPECTED)


@pytest.mark.parametrize(
    "field, value, says",
    [
        ("disposition", "", "Choose a decision."),
        ("disposition", "ignored", "“ignored” is not a decision. Choose one of the list."),
        ("disposition", "Advice", "“Advice” is not a decision. Choose one of the list."),
        *[("flags", value, OUT_OF_DATE) for value in ("", ",", "1", f"{ONE};{OTHER}", f"{ONE},", "' OR 1=1")],
        ("reply", "x" * 4001, "Ensure this value has at most 4000 characters (it has 4001)."),
        ("note", "x" * 2001, "Ensure this value has at most 2000 characters (it has 2001)."),
    ],
)
def test_what_is_wrong_is_said(field, value, says):
    assert ReviewForm(RIGHT | {field: value}).errors == {field: [says]}


def test_flags_are_ids():
    form = ReviewForm(RIGHT)
    form.is_valid()
    assert {type(flag) for flag in form.cleaned_data["flags"]} == {UUID}
