"""Names and dates as they stand inside sentences."""

import pytest

from patients.exports.words import mid_sentence, shortened


@pytest.mark.parametrize(
    "name, inside",
    [("Pen up to 0.5 mm", "pen up to 0.5 mm"), ("Radiofrequency", "radiofrequency"), ("RF needling", "RF needling"), ("A", "a"), ("", "")],
)
def test_only_a_word_loses_its_capital(name, inside):
    assert mid_sentence(name) == inside


@pytest.mark.parametrize(
    "text, said",
    [
        ("Fever or chills", "Fever or chills"),
        ("Exactly twenty chars", "Exactly twenty chars"),
        ("Eye pain, blurred vision, light hurts", "Eye pain, blurred…"),
        ("Pus, weeping fluid, yellow", "Pus, weeping fluid…"),
        ("Swollenglandsintheneckandthroat", "Swollenglandsinthene…"),
    ],
)
def test_a_long_name_is_cut_between_words(text, said):
    assert shortened(text, 20) == said
