"""Names and dates as they stand inside sentences."""

import pytest

from patients.exports.words import mid_sentence


@pytest.mark.parametrize(
    "name, inside",
    [("Pen up to 0.5 mm", "pen up to 0.5 mm"), ("Radiofrequency", "radiofrequency"), ("RF needling", "RF needling"), ("A", "a"), ("", "")],
)
def test_only_a_word_loses_its_capital(name, inside):
    assert mid_sentence(name) == inside
