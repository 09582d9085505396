"""A clinic's texts filled in for a patient: odd names, and what stands beside them."""

import pytest

from patients.exports.replies import ReadyText, filled, with_text
from patients.models import Clinic, User

TEXT = "Hello {name}, call {clinic} on {phone}."
READY = [ReadyText("a", "Moist", "Keep it\nmoist.")]


@pytest.mark.parametrize(
    "name, clinic, said",
    [
        ("Ana Ferreira", "Linden", "Hello Ana, call Linden on 1 23."),
        ("{phone} Smith", "Linden", "Hello {phone}, call Linden on 1 23."),
        ("{name}", "{name} & {clinic}", "Hello {name}, call {name} & {clinic} on 1 23."),
        ("{0.__class__} X", "{", "Hello {0.__class__}, call { on 1 23."),
        (r"\1\g<0> %s", "50 %", r"Hello \1\g<0>, call 50 % on 1 23."),
        ("", "Linden", "Hello , call Linden on 1 23."),
    ],
)
def test_each_placeholder_is_filled_once(name, clinic, said):
    clinic = Clinic(name=clinic, phone="1 23")
    assert filled(TEXT, clinic, User(name=name).first_name) == said


@pytest.mark.parametrize(
    "typed, chosen, found",
    [
        ("", "a", ("Keep it\nmoist.", "")),
        ("Hello. \n", "a", ("Hello.\n\nKeep it\nmoist.", "")),
        ("Hello.\r\n\r\nKeep it\r\nmoist.", "a", ("Hello.\r\n\r\nKeep it\r\nmoist.", "")),  # as browsers send it back
        ("Hello.", "", ("Hello.", "Choose a text from the list first.")),
        ("Hello.", "b", ("Hello.", "This text is not in the list any more. Choose another.")),
    ],
)
def test_a_text_comes_behind_what_was_typed_once(typed, chosen, found):
    assert with_text(typed, chosen, READY) == found
