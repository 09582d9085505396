"""What is usual on a day, in words."""

from dataclasses import replace

import pytest

from recovery.timeline.usual import Usual, usual_on, usual_words
from tests.timeline.samples import LAST_DAY, PEN, PROTOCOLS, STARTING, band

CORE = ("redness", "swelling", "flaking", "breakouts")


@pytest.mark.parametrize(
    "low, typical, high, words",
    [
        (0, 1, 2, "0 to 2, usually 1 trace"),
        (1, 3, 4, "1 to 4, usually 3 moderate"),
        (0, 0, 1, "0 to 1, usually 0 none"),
        (0, 0, 0, "0 none"),
        (2, 2, 2, "2 mild"),
        (4, 4, 4, "4 severe"),
    ],
)
def test_a_band_in_words(low, typical, high, words):
    assert usual_words(band(low=low, typical=typical, high=high, urgent_above=None)) == words


@pytest.mark.parametrize(
    "day, rows",
    [
        (0, ["1 to 4, usually 3 moderate", "0 to 3, usually 2 mild", "0 to 1, usually 0 none", "0 to 1, usually 0 none"]),
        (4, ["0 to 2, usually 1 trace", "0 to 1, usually 0 none", "0 to 3, usually 2 mild", "0 to 2, usually 0 none"]),
        (150, ["0 to 1, usually 0 none", "0 none", "0 to 1, usually 0 none", "0 to 1, usually 0 none"]),
    ],
)
def test_the_core_symptoms_of_a_day_in_the_order_of_the_form(day, rows):
    assert usual_on(PEN, day) == Usual(tuple(zip(("Redness", "Swelling", "Flaking", "Breakouts"), rows, strict=True)))


def calm(symptom):
    return band(symptom, 0, 9, 0, 0, 0, None)


@pytest.mark.parametrize(
    "bands, day, sentence",
    [
        ([calm(code) for code in CORE], 9, "Redness, swelling, flaking and breakouts: usually gone by day 9."),
        (
            [calm(code) for code in CORE],
            10,
            "The usual ranges end with day 9. For day 10 we have no usual values to compare your answers with. "
            "They are kept, and warning signs and questions still reach your clinic.",
        ),
        ([], 0, "This timeline has no usual ranges: your answers are compared with nothing."),
    ],
)
def test_where_there_is_no_range_a_sentence_says_so(bands, day, sentence):
    assert usual_on(replace(PEN, bands=tuple(bands)), day) == Usual((), sentence)


def test_one_symptom_that_is_still_usual_keeps_the_list():
    bands = (band("redness", 0, 9, 0, 0, 1, None), *(calm(code) for code in CORE[1:]))
    assert [words for _, words in usual_on(replace(PEN, bands=bands), 5).rows] == ["0 to 1, usually 0 none", *["0 none"] * 3]


def test_a_symptom_without_a_band_is_not_compared():
    bands = tuple(b for b in PEN.bands if b.symptom != "swelling")
    assert usual_on(replace(PEN, bands=bands), 4).rows[1] == ("Swelling", "not compared on this day")


def test_a_patients_own_range_is_said():
    assert dict(usual_on(PEN.adjusted(["acne_prone"], {}), 4).rows)["Breakouts"] == "0 to 3, usually 0 none"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_day_of_every_protocol_says_something(protocol):
    norms = STARTING.norms_for(protocol)
    said = [usual_on(norms, day) for day in range(LAST_DAY + 30)]
    assert all(bool(usual.rows) != bool(usual.sentence) for usual in said)
    assert [bool(usual.rows) for usual in said] == [True] * (LAST_DAY + 1) + [False] * 29
