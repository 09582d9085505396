"""The parts of a norm version as CSV files: read back exactly, and refused by line and column."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings

from recovery.timeline.difference import differences
from recovery.timeline.norms import RuleSettings
from recovery.timeline.part_tables import HEADERS, PARTS, from_csv, part_of, to_csv
from recovery.timeline.tables import TableError
from tests.timeline.samples import DATA, PROTOCOLS, band, norms_of
from tests.timeline.test_document import PEN, any_norms, whole

EMPTY = replace(norms_of(), signs={}, settings=RuleSettings())


def file(part, norms=PEN):
    return to_csv(part, "pen", norms).encode()


def lines(part):
    return file(part).decode().split("\n")


def read(text):
    return from_csv(text if isinstance(text, bytes) else text.encode(), "pen", PEN)


def refusal(text):
    with pytest.raises(TableError) as refused:
        read(text)
    return str(refused.value)


# --- there and back


def test_the_parts():
    assert set(PARTS) == {"bands", "phases", "milestones", "guidance", "warning_signs", "adjustments", "settings"}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_written_again_it_is_the_same_file(protocol, part):
    text = to_csv(part, protocol, whole(protocol))
    assert to_csv(part, protocol, from_csv(text.encode(), protocol, EMPTY)) == text


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_parts_together_are_the_version(protocol):
    norms = EMPTY
    for part in PARTS:
        norms = from_csv(to_csv(part, protocol, whole(protocol)).encode(), protocol, norms)
    assert differences(whole(protocol), norms) == ()
    assert norms == replace(whole(protocol), label="small", claims=())


@given(any_norms)
@settings(max_examples=100, deadline=None)
def test_any_norms_come_back_exactly(norms):
    found = PEN
    for part in PARTS:
        found = from_csv(to_csv(part, "pen", norms).encode(), "pen", found)
    assert found == norms


@given(any_norms)
@settings(max_examples=50, deadline=None)
def test_other_readers_see_the_same_texts(norms):
    rows = list(csv.DictReader(io.StringIO(to_csv("phases", "pen", norms), newline=""), strict=True))
    assert [(row["name"], row["what_to_expect"]) for row in rows] == [(p.name, p.what_to_expect) for p in norms.course.phases]


@pytest.mark.parametrize("part", PARTS)
def test_only_the_part_of_the_file_is_replaced(part):
    found = from_csv(file(part), "pen", EMPTY)
    assert {c.part for c in differences(EMPTY, found)} == {part}


@pytest.mark.parametrize("part", PARTS)
def test_the_header_says_which_part(part):
    assert part_of(file(part)) == part


@pytest.mark.parametrize("part", [part for part in PARTS if part != "settings"])
def test_the_columns_are_those_of_the_starting_tables(part):
    with (DATA / f"{part}.csv").open(encoding="utf-8", newline="") as table:
        assert HEADERS[part] == ("protocol", *next(csv.reader(table)))


@pytest.mark.parametrize(
    "part, expected",
    [
        ("bands", "pen,redness,1,1,0,2,3,,"),
        ("phases", "pen,Initial healing,0,7,1,"),
        ("milestones", "pen,2,3,Most redness gone,"),
        ("guidance", "pen,-7,-1,avoid,No waxing of the area.,before-after-blog,"),
        ("warning_signs", "pen,fever,Fever or chills,urgent,1 to 10,"),  # a spreadsheet would make a date of 1-10
        ("adjustments", "pen,acne_prone,Acne-prone skin,breakouts,2,14,1,"),
        ("settings", "pen,worsening_symptoms,redness;swelling;pain"),
    ],
)
def test_a_line(part, expected):
    assert any(line.startswith(expected) for line in lines(part))


def test_sources_are_separated_by_semicolons():
    assert any(row["source"] == "recovery-faq;surgery-clinic-blog" for row in csv.DictReader(lines("milestones")))


def test_lines_end_in_one_character_and_so_does_the_file():
    text = to_csv("settings", "pen", PEN)
    assert "\r" not in text
    assert text.endswith("results_unchanged_from_day,180\n")


# --- as spreadsheets save it


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
@pytest.mark.parametrize("part", PARTS)
def test_a_mark_of_byte_order_and_other_ends_of_lines(part, end):
    saved = b"\xef\xbb\xbf" + file(part).replace(b"\n", end)
    assert read(saved) == PEN


def test_numbers_and_words_may_have_spaces_around_them():
    found = read("protocol,symptom,first_day,last_day,low,typical,high,urgent_above,rationale\npen, redness ,0, 9,0,1,2, , as is \n")
    assert found.bands == (band("redness", 0, 9, 0, 1, 2, None, " as is "),)


@pytest.mark.parametrize("days", ["1-10", "1 to 10", " 1-10 "])
def test_the_usual_days_of_a_sign(days):
    found = read(file("warning_signs").replace(b",1 to 10,", f",{days},".encode(), 1))
    assert found == PEN


def test_what_looks_like_a_formula_is_text():
    norms = norms_of(band(rationale='=HYPERLINK("http://example.org";"+1")'))
    assert from_csv(file("bands", norms), "pen", EMPTY).bands == norms.bands


def test_settings_may_stand_in_any_order():
    header, *rows, end = lines("settings")
    assert read("\n".join([header, *reversed(rows), end])) == PEN


def test_a_file_without_rows_empties_its_part():
    assert read(lines("adjustments")[0] + "\n") == replace(PEN, adjustments=())


# --- what is refused


def with_cell(part, line, column, value):
    """The part's file with one cell changed; the header is line 1."""
    rows = list(csv.reader(io.StringIO(file(part).decode(), newline="")))
    rows[line - 1][rows[0].index(column)] = value
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


@pytest.mark.parametrize(
    "value, found",
    [
        *[("5", "0 to 4, found 5"), ("-1", "0 to 4, found -1")],
        *[
            (value, f"a whole number, 0 to 4, found “{value}”")
            for value in ["−1", "1_0", "３", "2.0", "NaN", "two", "+1", "0x1", "1e0", "=1+1"]
        ],
        *[(value, "a whole number, 0 to 4, found nothing") for value in ["", " ", "\n"]],
    ],
)
@pytest.mark.parametrize("column", ["low", "typical", "high"])
def test_what_is_no_grade(column, value, found):
    assert refusal(with_cell("bands", 13, column, value)).startswith(
        f"bands, line {13 + (value == chr(10))}, column {column}: expected {found}"
    )


@pytest.mark.parametrize(
    "part, line, column, value, says",
    [
        ("bands", 2, "symptom", "rednes", "bands, line 2, column symptom: expected one of redness, swelling"),
        ("bands", 2, "last_day", "3651", "bands, line 2, column last_day: expected 0 to 3650, found 3651"),
        ("bands", 2, "first_day", "-1", "bands, line 2, column first_day: expected 0 to 3650, found -1"),
        ("bands", 2, "last_day", "9999999999", "bands, line 2, column last_day: expected a whole number, 0 to 3650, found “9999999999”"),
        (
            "bands",
            2,
            "urgent_above",
            "never",
            "bands, line 2, column urgent_above: expected a whole number, 0 to 4 or nothing, found “never”",
        ),
        ("bands", 4, "low", "2", "bands, line 4, column typical: expected 2 or more, as low is 2; found 1"),
        ("bands", 4, "last_day", "1", "bands, line 4, column last_day: expected 2 or more, as first_day is 2; found 1"),
        (
            "bands",
            4,
            "first_day",
            "1",
            "bands, line 4, column first_day: expected each symptom and first_day once, found redness and 1 again",
        ),
        ("phases", 3, "name", "", "phases, line 3, column name: expected text, found nothing"),
        ("phases", 3, "check_in_every_days", "0", "phases, line 3, column check_in_every_days: expected 1 to 3650, found 0"),
        ("milestones", 2, "title", "a" * 121, "milestones, line 2, column title: expected at most 120 characters, found “aaa"),
        (
            "milestones",
            2,
            "source",
            "a;b;a",
            "milestones, line 2, column source: expected a list of keys of sources, each once, found “a; b; a”",
        ),
        ("guidance", 2, "first_day", "-367", "guidance, line 2, column first_day: expected -366 to 3650, found -367"),
        ("guidance", 2, "kind", "", "guidance, line 2, column kind: expected one of do, avoid, found nothing"),
        (
            "warning_signs",
            4,
            "usual_days",
            "10-Jan",
            "warning_signs, line 4, column usual_days: expected two days such as 1 to 10, found “10-Jan”",
        ),
        (
            "warning_signs",
            4,
            "usual_days",
            "9 to 3",
            "warning_signs, line 4, column usual_days: expected 9 or more, as first_usual_day is 9; found 3",
        ),
        ("warning_signs", 4, "usual_days", "0-3651", "warning_signs, line 4, column usual_days: expected 0 to 3650, found 3651"),
        ("warning_signs", 4, "code", "eye", "warning_signs, line 4, column code: expected each code once, found eye again"),
        (
            "warning_signs",
            4,
            "urgency",
            "note",
            "warning_signs, line 4, column urgency: expected one of watch, urgent, emergency, found “note”",
        ),
        ("adjustments", 2, "high_by", "5", "adjustments, line 2, column high_by: expected -4 to 4, found 5"),
        ("settings", 6, "value", "many", "settings, line 6, column value: expected a whole number, 0 to 100, found “many”"),
        ("settings", 2, "value", "redness;rash", "settings, line 2, column value: expected a list of symptoms out of redness"),
        ("settings", 3, "setting", "colour", "settings, line 3, column setting: expected worsening_symptoms, "),
        ("bands", 5, "protocol", "pen-deep", "bands, line 5, column protocol: expected “pen”, found “pen-deep”"),
        ("settings", 5, "protocol", "", "settings, line 5, column protocol: expected “pen”, found nothing"),
    ],
)
def test_a_broken_cell_is_named(part, line, column, value, says):
    assert refusal(with_cell(part, line, column, value)).startswith(says)


@pytest.mark.parametrize("part", PARTS)
def test_a_file_of_another_protocol(part):
    with pytest.raises(TableError, match=f"^{part}, line [0-9]+, column protocol: expected “pen-deep”, found “pen”$"):
        from_csv(file(part), "pen-deep", PEN)


def test_all_that_is_wrong_is_told_at_once():
    rows = [*lines("bands")[:1], "pen,redness,0,0,5,5,5,,", "pen,redness,1,x,0,0,0,,"]
    assert [line.split(":")[0] for line in refusal("\n".join(rows)).split("\n")] == [
        "bands, line 2, column low",
        "bands, line 2, column typical",
        "bands, line 2, column high",
        "bands, line 3, column last_day",
    ]


def test_the_line_is_counted_in_the_file():
    two_lines = lines("phases")[0] + '\npen,Healing,0,7,1,"Redness\neases."\npen,Renewal,8,28,x,Later.\n'
    assert refusal(two_lines).startswith("phases, line 4, column check_in_every_days: ")


@pytest.mark.parametrize("setting", ["cluster_size", "worsening_symptoms", "results_unchanged_from_day"])
def test_every_setting_stands_once(setting):
    line = next(line for line in lines("settings") if f",{setting}," in line)
    assert refusal(file("settings").decode().replace(f"{line}\n", "")) == f"settings: expected a line for {setting}, found none"
    assert refusal(file("settings").decode() + line).endswith(f"each once; found “{setting}”")


@pytest.mark.parametrize(
    "saved, says",
    [
        (file("bands").decode().encode("utf-16"), "the file is saved as UTF-16 (“Unicode text”); save it as CSV UTF-8"),
        (file("bands").decode().encode("utf-16-be"), "the file is saved as UTF-16 (“Unicode text”); save it as CSV UTF-8"),
        ("protocol,name\npen,Rötung\n".encode("latin-1"), "line 2: the file is not saved as UTF-8; save it as CSV UTF-8"),
        (file("bands").replace(b",", b";"), "line 1: columns are separated by semicolons; save it with commas"),
        (file("bands").replace(b",", b"\t"), "line 1: columns are separated by tabs; save it with commas"),
        (b"", "line 1: the header is nothing; expected one of\nbands: protocol,symptom,first_day,"),
        (b"name,age\nAna,30\n", "line 1: the header is “name,age”; expected one of\nbands: protocol,symptom,first_day,"),
        ((DATA / "bands.csv").read_bytes(), "line 1: the header is “symptom,first_day,last_day,low,typical,high,"),
        (file("bands") + b"pen,redness,400\n", "bands, line 57: fewer cells than the header has columns"),
        (file("bands") + b"pen,redness,400,401,0,0,0,,,\n", "bands, line 57: more cells than the header has columns"),
        (file("settings") + b'pen,cluster_size,"2', "line 11: not a CSV file (unexpected end of data)"),
    ],
)
def test_a_file_that_is_no_part(saved, says):
    assert refusal(saved).startswith(says)


def test_a_wrong_header_is_answered_with_those_that_are_known():
    said = refusal(b"name,age\n").split("\n")[1:]
    assert said == [f"{part}: {','.join(HEADERS[part])}" for part in HEADERS]
