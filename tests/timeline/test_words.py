"""Names of symptoms inside sentences."""

import pytest

from recovery.timeline.words import is_one, listed


@pytest.mark.parametrize(
    "names, said, one",
    [
        (["Redness"], "Redness", True),
        (["Breakouts"], "Breakouts", False),
        (["Dryness and tightness"], "Dryness and tightness", False),
        (["Redness", "Swelling"], "Redness and swelling", False),
        (["Redness", "Swelling", "Itching"], "Redness, swelling and itching", False),
    ],
)
def test_names_in_a_sentence(names, said, one):
    assert (listed(names), is_one(names)) == (said, one)
