"""What may stand in a field, in words where something else does."""

import pytest

from recovery.timeline.cells import FIELDS, LONGEST_TEXT, MOST_DAY, Text, Whole, Word, Words
from recovery.timeline.difference import ROWS
from tests.timeline.samples import SYMPTOMS
from tests.timeline.test_document import PEN

COURSE = "a list of keys of sources, each once"


@pytest.mark.parametrize("part", ROWS)
def test_each_part_has_the_fields_of_its_values(part):
    assert set(FIELDS[part]) == set(ROWS[part](PEN)[0])


@pytest.mark.parametrize("part", ROWS)
def test_what_is_published_first_may_stand_there(part):
    rows = [{k: list(v) if isinstance(v, tuple) else v for k, v in row.items()} for row in ROWS[part](PEN)]
    assert [FIELDS[part][field].expected(value, SYMPTOMS) for row in rows for field, value in row.items() if value != ""].count("") == sum(
        value != "" for row in rows for value in row.values()
    )


@pytest.mark.parametrize(
    "cell, value, expected",
    [
        *[(Whole(0, 4), value, "") for value in (0, 4)],
        *[(Whole(0, 4), value, "0 to 4") for value in (-1, 5, 10**30)],
        *[(Whole(0, 4), value, "a whole number, 0 to 4") for value in (None, "", "2", 2.0, True, float("nan"), [2])],
        (Whole(0, 4, or_nothing=True), None, ""),
        (Whole(0, 4, or_nothing=True), 5, "0 to 4 or nothing"),
        (Whole(0, MOST_DAY), 3651, "0 to 3650"),
        (Text(), "", "text"),
        (Text(), " \n", "text"),
        (Text(), None, "text"),
        (Text(may_be_blank=True), "", ""),
        (Text(3), "abc", ""),
        (Text(3), "abcd", "at most 3 characters"),
        (Text(), "a" * (LONGEST_TEXT + 1), "at most 100000 characters"),
        *[(Text(), f"a{letter}", "text without characters that cannot be stored") for letter in "\0\ud800\udfff"],
        (Word(("do", "avoid")), "do", ""),
        (Word(("do", "avoid")), "Do", "one of do, avoid"),
        (Word(("do", "avoid")), ["do"], "one of do, avoid"),
        (Word(of_symptoms=True), "redness", ""),
        (Word(of_symptoms=True), "rednes", f"one of {', '.join(SYMPTOMS)}"),
        (Word(), "eye-pain_2", ""),
        *[(Word(), value, "1 to 30 of the letters a to z, digits, - and _") for value in ("", "eye pain", "é", "a" * 31, "a\n", None)],
        (Words(), [], ""),
        (Words(), ["faq", "blog 2"], ""),
        *[(Words(), value, COURSE) for value in (None, "faq", ["faq", "faq"], ["a;b"], [" a"], [""], ["a" * 41], ["a", 1])],
        (Words(of_symptoms=True), ["redness", "pain"], ""),
        (Words(of_symptoms=True), ["rash"], f"a list of symptoms out of {', '.join(SYMPTOMS)}, each once"),
    ],
)
def test_what_should_stand_there(cell, value, expected):
    assert cell.expected(value, SYMPTOMS) == expected
