"""`manage.py assess`: diaries in, findings out; without the database, which these tests are not given either."""

import csv
import io
import json
from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

DATA = Path(__file__).resolve().parents[2] / "patients" / "data"
HEADER = "case,day,redness,swelling,signs"
EXPECTED = {row["case"]: row for row in csv.DictReader((DATA / "courses_expected.csv").open(encoding="utf-8", newline=""))}


def assess(path, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("assess", str(path), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def rows(path, **options):
    return list(csv.DictReader(io.StringIO(assess(path, **options)[0])))


@pytest.fixture
def diary(tmp_path):
    def write(*lines, header=HEADER):
        path = tmp_path / "diary.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def first_days():
    """The first day of each case with a flag, and with an urgent one, under its own protocol."""
    found = {"flagged_by_day": defaultdict(list), "urgent_by_day": defaultdict(list)}
    for protocol in {row["protocol"] for row in EXPECTED.values()}:
        for row in rows(DATA / "courses.csv", protocol=protocol):
            if EXPECTED[row["case"]]["protocol"] == protocol and row["urgency"] != "note":
                found["flagged_by_day"][row["case"]].append(int(row["day"]))
                if row["urgency"] in ("urgent", "emergency"):
                    found["urgent_by_day"][row["case"]].append(int(row["day"]))
    return found


@pytest.mark.parametrize("by", ["flagged_by_day", "urgent_by_day"])
@pytest.mark.parametrize("case", sorted(EXPECTED))
def test_the_published_courses_are_flagged_in_time(first_days, case, by):
    limit, days = EXPECTED[case][by], first_days[by][case]
    assert (min(days) <= int(limit)) if limit else days == []


def test_a_row_says_what_was_seen_what_was_expected_and_why(diary):
    (row,) = rows(diary("ana,4,3,1,"))
    assert row.pop("why").startswith("Redness 3 on day 4, expected 0–2; 2 or less would not have been flagged; sources differ")
    assert list(row.values()) == ["ana", "4", "redness", "above_range", "watch", "3", "0", "2"]


def test_json_says_the_same_as_csv(diary):
    path = diary("ana,0,0,1,", "ana,4,3,1,fever")
    as_json = json.loads(assess(path, format="json")[0])
    as_csv = rows(path)
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in as_json] == as_csv
    assert {row["rule"] for row in as_csv} == {"below_range", "above_range", "worsening", "warning_sign"}


def test_cases_do_not_mix_and_the_order_of_lines_does_not_matter(diary):
    rising = ["ana,2,0,0,", "ana,5,2,0,"]
    alone = rows(diary(*rising))
    mixed = rows(diary(rising[1], "bo,2,3,0,", rising[0]))
    assert [row["rule"] for row in alone] == ["worsening"]
    assert [row for row in mixed if row["case"] == "ana"] == alone


def test_past_the_norms_it_says_that_nothing_was_compared(diary):
    out, err = assess(diary("ana,366,4,4,pus"))
    assert "ana, day 366: past day 365, ratings compared with nothing" in err
    assert [row["rule"] for row in csv.DictReader(io.StringIO(out))] == ["warning_sign"]


@pytest.mark.parametrize(
    ("line", "where", "expected"),
    [
        ("ana,4,5,1,", "line 2, column redness", "expected a severity from 0 to 4, found 5"),
        ("ana,4,-1,1,", "line 2, column redness", "expected a severity from 0 to 4, found -1"),
        ("ana,4,1_0,1,", "line 2, column redness", "expected a whole number, found “1_0”"),
        ("ana,4,３,1,", "line 2, column redness", "expected a whole number, found “３”"),
        ("ana,4,NaN,1,", "line 2, column redness", "expected a whole number, found “NaN”"),
        ("ana,4,2,1.0,", "line 2, column swelling", "expected a whole number, found “1.0”"),
        ("ana,,2,1,", "line 2, column day", "expected a whole number, found “”"),
        ("ana,-1,2,1,", "line 2, column day", "expected 0 or later, found -1"),
        (",4,2,1,", "line 2, column case", "expected a name for the case, found nothing"),
        ("ana,4,2,1,sneezing", "line 2, column signs", "“sneezing” is no warning sign; expected breathing"),
        ("ana,4,2", "line 2", "fewer cells than the header has columns"),
        ("ana,4,2,1,pus,more", "line 2", "more cells than the header has columns"),
    ],
)
def test_a_broken_cell_is_named_and_nothing_is_printed(diary, capsys, line, where, expected):
    with pytest.raises(CommandError) as refused:
        assess(diary(line))
    assert f"diary.csv, {where}: {expected}" in str(refused.value)
    assert (refused.value.returncode, capsys.readouterr().out) == (2, "")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("case,redness", "line 1: expected a column “day”; found case, redness"),
        ("day,redness", "line 1: expected a column “case”; found day, redness"),
        ("case,day,rednes", "line 1, column rednes: expected one of case, day, signs, redness"),
        ("case;day;redness", "line 1: expected a column “case”; found case;day;redness"),
        ("case,day,redness,redness", "line 1, column redness: one of each only"),
    ],
)
def test_a_wrong_header_is_named(diary, header, expected):
    with pytest.raises(CommandError) as refused:
        assess(diary(header=header))
    assert expected in str(refused.value)


def test_one_line_for_each_day(diary):
    with pytest.raises(CommandError) as refused:
        assess(diary("ana,4,1,0,", "bo,4,1,0,", "ana,4,2,0,"))
    assert "line 4, column day: case ana has day 4 twice" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "expected"), [(b"\xff\xfe\x00", "not a CSV file in UTF-8"), (b"", "line 1: expected a column “case”; found nothing")]
)
def test_what_is_no_table_is_refused(tmp_path, content, expected):
    path = tmp_path / "diary.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        assess(path)
    assert expected in str(refused.value)


def test_a_missing_file_and_an_unknown_protocol_are_refused(diary, tmp_path):
    with pytest.raises(CommandError, match="nowhere.csv cannot be read"):
        assess(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="No protocol “laser”. Known: pen, pen-shallow, pen-deep, radiofrequency."):
        assess(diary(), protocol="laser")
