"""Several files as one version, as people hand them in."""

import pytest

from recovery.timeline.document import to_json
from recovery.timeline.files import FilesError, from_files
from recovery.timeline.part_tables import PARTS, to_csv
from tests.timeline.test_document import PEN

EMPTY_TABLE = "protocol,setting,value\n"


def table(part, norms=PEN):
    return to_csv(part, "pen", norms).encode()


def refusal(*files):
    with pytest.raises(FilesError) as refused:
        from_files(files, "pen", PEN)
    return refused.value


def test_all_parts_are_the_version():
    assert from_files([(f"{part}.csv", table(part)) for part in PARTS], "pen", PEN) == PEN


def test_no_file_is_the_base():
    assert from_files([], "pen", PEN) == PEN


@pytest.mark.parametrize("name", ["pen.json", "PEN.JSON"])
def test_a_document(name):
    assert from_files([(name, to_json("pen", PEN).encode())], "pen", PEN) == PEN


def test_the_order_of_files_does_not_matter():
    emptied = from_files([("a.csv", table("adjustments").split(b"\n")[0] + b"\n"), ("p.csv", table("phases"))], "pen", PEN)
    assert emptied == from_files([("p.csv", table("phases")), ("a.csv", table("adjustments").split(b"\n")[0])], "pen", PEN)
    assert (emptied.adjustments, emptied.course) == ((), PEN.course)


@pytest.mark.parametrize(
    "name, data, says",
    [
        ("norms.xlsx", b"PK\x03\x04", "expected a name that ends in .json or .csv; a spreadsheet can be saved as CSV UTF-8"),
        ("norms", table("bands"), "expected a name that ends in .json or .csv; a spreadsheet can be saved as CSV UTF-8"),
        ("bands.csv", b"", "the file is empty"),
        ("bands.csv", b"\xef\xbb\xbf \r\n", "the file is empty"),
        ("pen.json", b"", "the file is empty"),
        ("bands.csv", b"PK\x03\x04 and more", "the file is not text; save it as CSV UTF-8"),
        ("pen.json", b'{"a": "b\0"}', "the file is not text; save it as UTF-8"),
        ("bands.csv", table("bands").decode().encode("utf-16-le"), "the file is saved as UTF-16 (“Unicode text”); save it as CSV UTF-8"),
        ("settings.csv", EMPTY_TABLE.encode(), "settings: expected a line for worsening_symptoms, found none"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(name, data, says):
    found = refusal((name, data)).found
    assert (len(found), found[0][0]) == (1, name)
    assert found[0][1].split("\n")[0] == says


def test_every_bad_file_is_told_at_once():
    error = refusal(("x.txt", b"x"), ("bands.csv", table("bands")), ("more.csv", table("bands")))
    assert error.found == (
        ("x.txt", "expected a name that ends in .json or .csv; a spreadsheet can be saved as CSV UTF-8"),
        ("more.csv", "bands stand in bands.csv already"),
    )
    assert str(error).split("\n") == [
        "x.txt cannot be used.",
        "expected a name that ends in .json or .csv; a spreadsheet can be saved as CSV UTF-8",
        "more.csv cannot be used.",
        "bands stand in bands.csv already",
    ]


def test_a_document_stands_alone():
    document = to_json("pen", PEN).encode()
    alone = "a JSON file holds all parts; use it without another file"
    assert refusal(("pen.json", document), ("bands.csv", table("bands"))).found == (("pen.json", alone),)
    assert refusal(("a.json", document), ("b.json", document)).found == (("a.json", alone), ("b.json", alone))
