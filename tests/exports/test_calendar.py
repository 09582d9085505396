"""The calendar file of the next session's window, read back by hand."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from patients.exports.calendar import LONGEST_LINE, escaped, fold, next_session
from patients.models import Clinic, Treatment

HEALTH = ("skin", "needl", "treatment", "recover", "redness", "session", "healing", "wound")


def file_of(name="Linden Skin Clinic", phone="020 7946 0145", treated_on=date(2026, 3, 14), window=(28, 42)):
    treatment = Treatment(
        uuid=UUID("3f0e6a52-8f5c-4a3e-9a53-0d4c2a1b7e11"),
        clinic=Clinic(name=name, phone=phone),
        treated_on=treated_on,
        recorded_at=datetime(2026, 3, 14, 9, 30, 15, tzinfo=UTC),
    )
    return next_session(treatment, window)


def unfolded(text):
    """The lines as the sender meant them: a break before a space is none."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def read(text):
    """Properties by name with their parameters, each once; backslashes taken away."""
    found = {}
    for line in unfolded(text):
        name, _, value = line.partition(":")
        assert name in ("BEGIN", "END") or name not in found
        found[name] = meant(value)
    return found


def meant(value):
    said, characters = "", iter(value)
    for character in characters:
        assert character not in ";,"  # bare, they would part the value
        if character == "\\":
            after = next(characters)
            assert after in "\\;,nN"
            character = "\n" if after in "nN" else after
        said += character
    return said


def test_an_all_day_event_over_the_whole_window():
    found = read(file_of())
    # From day 28 to day 42; the end is the first day after it.
    assert (found["DTSTART;VALUE=DATE"], found["DTEND;VALUE=DATE"]) == ("20260411", "20260426")
    assert found["SUMMARY"] == "Next appointment window: Linden Skin Clinic"
    assert found["DESCRIPTION"] == "To book, call Linden Skin Clinic: 020 7946 0145"
    assert (found["DTSTAMP"], found["TRANSP"], found["CLASS"]) == ("20260314T093015Z", "TRANSPARENT", "PRIVATE")


def test_it_begins_and_ends_as_a_calendar():
    lines = unfolded(file_of())
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert [line for line in lines if line.startswith(("BEGIN", "END"))] == [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_the_same_file_each_time_and_without_the_recoverys_id():
    assert file_of() == file_of()
    assert "3f0e6a52" not in file_of()
    assert UUID(read(file_of())["UID"]).version == 5


@pytest.mark.parametrize(
    "treated_on, window, first, end",
    [
        (date(2026, 12, 10), (28, 42), "20270107", "20270122"),
        (date(2028, 2, 1), (28, 28), "20280229", "20280301"),  # a leap day
        (date(2026, 3, 1), (28, 42), "20260329", "20260413"),  # the clocks change on the first day
    ],
)
def test_its_dates(treated_on, window, first, end):
    found = read(file_of(treated_on=treated_on, window=window))
    assert (found["DTSTART;VALUE=DATE"], found["DTEND;VALUE=DATE"]) == (first, end)


NAMES = [
    "Linden, Oak; and Elm \\ Skin",
    "Line\nbreak",
    "Klinik für Haut, Ärztehaus",
    "皮膚科クリニック" * 25,
    "😀" * 200,
    "a" * 200,
    ",;" * 100,
    "x" * 49 + "😀😀",  # the break would fall inside a character
    "END:VEVENT\r\nBEGIN:VALARM",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_clinics_name_comes_back_as_it_is(name):
    text = file_of(name)
    assert read(text)["SUMMARY"] == f"Next appointment window: {name}".replace("\r\n", "\n")
    assert [line for line in unfolded(text) if line.startswith("BEGIN")] == ["BEGIN:VCALENDAR", "BEGIN:VEVENT"]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(name):
    lines = file_of(name).encode().split(b"\r\n")
    assert max(map(len, lines)) <= LONGEST_LINE
    assert [line.decode() for line in lines]  # each alone is UTF-8


@pytest.mark.parametrize(
    "length, pieces", [(0, [0]), (74, [74]), (75, [75]), (76, [75, 2]), (149, [75, 75]), (150, [75, 75, 2]), (223, [75, 75, 75])]
)
def test_a_line_is_folded_just_where_it_must_be(length, pieces):
    assert [len(piece) for piece in fold("a" * length)] == pieces


@pytest.mark.parametrize(
    "text, said",
    [
        ("a,b;c\\d", "a\\,b\\;c\\\\d"),
        ("a\nb", "a\\nb"),
        ("a\r\nb\rc\u2028d", "a\\nb\\nc\\nd"),
        ("a\x00b\tc\x7f", "a b c "),
        ("a:b\"c", "a:b\"c"),
    ],
)  # fmt: skip
def test_escaped(text, said):
    assert escaped(text) == said


def test_it_has_no_word_about_health():
    text = file_of(name="Linden").lower()
    assert [word for word in HEALTH if word in text.replace("recovery timeline", "")] == []
