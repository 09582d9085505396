"""The starting tables: read as they are, and refused by file, line and column when a cell is broken."""

import csv
import shutil

import pytest

from recovery.timeline.scale import Urgency
from recovery.timeline.tables import Row, TableError, read_rows, read_starting
from tests.timeline.samples import DATA, PEN, STARTING

# --- read as they are


def test_the_four_protocols():
    assert [p.slug for p in STARTING.protocols] == ["pen", "pen-shallow", "pen-deep", "radiofrequency"]


def test_every_line_of_every_table_is_read():
    lines = {path.stem: len(read_rows(path)) for path in DATA.glob("*.csv")}
    found = {name: len(rows) for name, rows in STARTING.rows.items()}
    assert found == {name: count for name, count in lines.items() if not name.startswith("courses")}


@pytest.mark.parametrize(
    "what, name",
    [("symptoms", "symptoms"), ("signs", "warning_signs"), ("claims", "claims"), ("bands", "bands"), ("adjustments", "adjustments")],
)
def test_every_line_becomes_a_value(what, name):
    assert len(getattr(STARTING, what)) == len(STARTING.rows[name]) > 0


def test_a_symptom_as_read():
    found = STARTING.symptoms["redness"]
    assert (found.name, found.clinical_name, found.snomed) == ("Redness", "Erythema", "247441003")
    assert found.grades == (
        "No redness",
        "A faint pink only I notice",
        "Pink, like light sunburn",
        "Clearly red, like strong sunburn",
        "Fiery or dark red",
    )


def test_the_core_symptoms_and_those_watched_for_worsening():
    assert [s.code for s in STARTING.symptoms.values() if s.core] == ["redness", "swelling", "flaking", "breakouts"]
    assert [s.code for s in STARTING.symptoms.values() if s.watch_worsening] == ["redness", "swelling", "pain"]


def test_a_warning_sign_as_read():
    found = STARTING.signs["pattern_bumps"]
    assert (found.urgency, found.first_usual_day, found.last_usual_day) == (Urgency.URGENT, 2, 7)
    assert (found.advice, found.basis) == (
        "Call your clinic today. Send a photo.",
        "case reports: arnica contact reaction; M. chelonae",
    )


def test_a_claim_carries_its_publisher_year_and_grade():
    found = next(c for c in STARTING.claims if c.source == "chu-2021" and c.topic == "redness")
    assert (found.publisher, found.grade, found.first_day, found.last_day, found.kind) == ("Dermatologic Surgery 2021", "A", 0, 7, "course")
    assert found.text == "Expected effects last up to 7 days"


def test_a_band_as_read():
    found = STARTING.norms_for("pen").band("redness", 3)
    assert (found.first_day, found.last_day, found.low, found.typical, found.high, found.urgent_above) == (3, 4, 0, 1, 2, 3)
    assert found.rationale.startswith("Nearly every source has it at a trace or none by day 3")


def test_an_empty_urgent_above_means_never():
    assert PEN.band("dryness", 0).urgent_above is None


def test_an_adjustment_as_read():
    found = STARTING.adjustments[0]
    assert (found.factor, found.label) == ("acne_prone", "Acne-prone skin")
    assert (found.shift.symptom, found.shift.first_day, found.shift.last_day, found.shift.high_by) == ("breakouts", 2, 14, 1)


def test_the_norms_of_a_protocol_carry_everything_that_explaining_needs():
    norms = STARTING.norms_for("pen-deep")
    assert norms.label == "Pen over 1.5 mm, version 1"
    assert (norms.claims, norms.adjustments, norms.symptoms, norms.signs, norms.settings) == (
        STARTING.claims,
        STARTING.adjustments,
        STARTING.symptoms,
        STARTING.signs,
        STARTING.settings,
    )


def test_an_unknown_protocol_is_a_key_error():
    with pytest.raises(KeyError, match="laser"):
        STARTING.norms_for("laser")


@pytest.mark.parametrize("table, column", [("bands", "symptom"), ("shifts", "symptom"), ("adjustments", "symptom"), ("claims", "topic")])
def test_the_tables_speak_only_of_symptoms_there_are(table, column):
    assert {row.text(column) for row in STARTING.rows[table]} <= set(STARTING.symptoms)


def test_the_shifts_speak_only_of_protocols_there_are():
    assert set(STARTING.shifts) <= {p.slug for p in STARTING.protocols}


# --- a single cell


def row(**cells):
    return Row("some.csv", 7, cells)


@pytest.mark.parametrize("cell, expected", [("3", 3), (" 3 ", 3), ("-1", -1), ("0", 0), ("007", 7)])
def test_a_whole_number(cell, expected):
    assert row(day=cell).whole("day") == expected


BAD_NUMBERS = ["1_0", "３", "٣", "", " ", "1.5", "1e3", "+1", "--1", "-", "1 0", "²", "three", "0x1"]


@pytest.mark.parametrize("cell", BAD_NUMBERS)
def test_what_is_no_whole_number(cell):
    with pytest.raises(TableError) as refused:
        row(day=cell).whole("day")
    assert str(refused.value) == f"some.csv, line 7, column day: expected a whole number, found “{cell.strip()}”"


@pytest.mark.parametrize("cells", [{}, {"day": None}])  # the column is missing, or the line is short
def test_a_cell_that_is_not_there_is_blank(cells):
    with pytest.raises(TableError, match="some.csv, line 7, column day: "):
        row(**cells).whole("day")
    assert row(**cells).text("day") == ""


@pytest.mark.parametrize("cell, expected", [("", None), ("  ", None), ("2", 2)])
def test_a_number_that_may_be_empty(cell, expected):
    assert row(urgent_above=cell).whole_or_none("urgent_above") == expected


@pytest.mark.parametrize("cell, expected", [("", []), ("a", ["a"]), ("a;b", ["a", "b"]), (";a;;b;", ["a", "b"])])
def test_words_between_semicolons(cell, expected):
    assert row(source=cell).words("source") == expected


# --- a broken table among good ones


@pytest.fixture
def folder(tmp_path):
    """The starting tables where they may be broken."""
    return shutil.copytree(DATA, tmp_path / "data")


def break_cell(folder, name, line, column, value):
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    rows[line - 2][header.index(column)] = value  # the header is line 1
    with path.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])


def refusal(folder):
    with pytest.raises(TableError) as refused:
        read_starting(folder)
    return str(refused.value)


def test_the_copy_reads_like_the_original(folder):
    break_cell(folder, "bands", 3, "high", "3")
    assert read_starting(folder).bands == STARTING.bands


@pytest.mark.parametrize("value", ["1_0", "３", "", "x"])
@pytest.mark.parametrize(
    "name, line, column",
    [
        ("bands", 2, "first_day"),
        ("bands", 3, "last_day"),
        ("bands", 30, "low"),
        ("bands", 31, "typical"),
        ("bands", 56, "high"),
        ("shifts", 2, "first_day"),
        ("shifts", 3, "last_day"),
        ("shifts", 10, "high_by"),
        ("adjustments", 2, "first_day"),
        ("adjustments", 3, "last_day"),
        ("adjustments", 3, "high_by"),
        ("claims", 2, "first_day"),
        ("claims", 57, "last_day"),
    ],
)
def test_a_broken_number_is_named_by_file_line_and_column(folder, name, line, column, value):
    break_cell(folder, name, line, column, value)
    assert refusal(folder) == f"{name}.csv, line {line}, column {column}: expected a whole number, found “{value}”"


@pytest.mark.parametrize("value", ["1_0", "３", "never"])
def test_an_urgent_above_is_empty_or_a_number(folder, value):
    break_cell(folder, "bands", 4, "urgent_above", value)
    assert refusal(folder) == f"bands.csv, line 4, column urgent_above: expected a whole number, found “{value}”"


@pytest.mark.parametrize("value", ["nobody", "", "Chu-2021"])
def test_a_claim_of_an_unknown_source(folder, value):
    break_cell(folder, "claims", 9, "source", value)
    assert refusal(folder) == f"claims.csv, line 9, column source: no source has the key “{value}”"


@pytest.mark.parametrize("value", ["soon", "", "3", "expected", "note"])
def test_a_warning_sign_is_at_least_a_watch(folder, value):
    break_cell(folder, "warning_signs", 5, "urgency", value)
    assert refusal(folder) == f"warning_signs.csv, line 5, column urgency: expected watch, urgent or emergency, found “{value}”"


@pytest.mark.parametrize("value", ["", "1-", "1_0-20", "1-２", "one-two"])
def test_the_usual_days_of_a_warning_sign_are_two_numbers(folder, value):
    break_cell(folder, "warning_signs", 5, "usual_days", value)
    assert refusal(folder).startswith("warning_signs.csv, line 5, column usual_days: ")


def test_more_cells_than_columns(folder):
    path = folder / "bands.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] += ",one more"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert refusal(folder) == "bands.csv, line 4: more cells than the header has columns"


@pytest.mark.parametrize("name", ["bands", "milestones", "sources"])  # the tables the engine does not read are checked too
def test_a_table_that_is_not_utf_8(folder, name):
    path = folder / f"{name}.csv"
    path.write_bytes(path.read_bytes() + "é".encode("latin-1"))
    assert refusal(folder).startswith(f"{name}.csv: not a CSV file in UTF-8 (")


def test_a_quotation_mark_that_never_ends(folder):
    with (folder / "bands.csv").open("a", encoding="utf-8") as lines:
        lines.write('redness,0,0,1,3,4,,"never closed')
    assert refusal(folder).startswith("bands.csv: not a CSV file in UTF-8 (")


def test_a_byte_order_mark_is_no_part_of_the_first_column(folder):
    path = folder / "bands.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_starting(folder).bands == STARTING.bands


def test_the_line_is_counted_in_the_file(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text('day,text\n1,"two\nlines"\n2,one\n', encoding="utf-8")
    assert [(r.line, r.whole("day")) for r in read_rows(path)] == [(3, 1), (4, 2)]
