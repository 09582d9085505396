"""The parts of a norm version as CSV files. Each line says of which protocol it is; the header says which part.

UTF-8, with commas. Texts come back exactly; lists have semicolons between their words.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from recovery.timeline.cells import FIELDS, Cell, Text, Whole, Words
from recovery.timeline.difference import ROWS, Plain, replaced
from recovery.timeline.document import faults, refuse, shown
from recovery.timeline.norms import Norms
from recovery.timeline.tables import Row, TableError, rows_in, usual_days, whole_number

PARTS = tuple(ROWS)
# Where a column is not called as its field; two days share one.
COLUMNS = {"sources": "source", "first_usual_day": "usual_days", "last_usual_day": "usual_days"}
HEADERS: Mapping[str, tuple[str, ...]] = {
    part: ("protocol", *dict.fromkeys(COLUMNS.get(field, field) for field in fields))
    for part, fields in FIELDS.items()
    if part != "settings"
} | {"settings": ("protocol", "setting", "value")}


def to_csv(part: str, protocol: str, norms: Norms) -> str:
    """A part as a file that `from_csv` reads back exactly. Raises KeyError for an unknown part."""
    rows = ROWS[part](norms)
    if part == "settings":
        lines = [[protocol, name, _cell(value)] for name, value in rows[0].items()]
    else:
        lines = [[protocol, *_cells(row)] for row in rows]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in [HEADERS[part], *lines])


def _cells(row: Plain) -> list[str]:
    cells = {COLUMNS.get(field, field): _cell(value) for field, value in row.items()}
    if "usual_days" in cells:
        # “to” and not a dash: a spreadsheet would make a date of 1-10.
        cells["usual_days"] = f"{row['first_usual_day']} to {row['last_usual_day']}"
    return list(cells.values())


def _cell(value: object) -> str:
    if isinstance(value, tuple | list):
        return ";".join(value)
    return "" if value is None else str(value)


def _quoted(cell: str) -> str:
    # csv.writer leaves a lone carriage return bare, and no reader takes that back.
    return '"' + cell.replace('"', '""') + '"' if re.search('[",\r\n]', cell) else cell


def part_of(data: bytes) -> str:
    """Which part a file holds, from its header. Raises TableError for a file that is no CSV of ours."""
    return _part_and_rows(data)[0]


def from_csv(data: bytes, protocol: str, base: Norms) -> Norms:
    """`base` with the one part that the file holds. Raises TableError naming line and column of all that is wrong."""
    part, rows = _part_and_rows(data)
    for row in rows:
        # So that the table of another protocol is not taken for this one: their columns are the same.
        if row.text("protocol") != protocol:
            row.refuse("protocol", f"expected “{protocol}”, found {shown(row.text('protocol'))}")
    if part == "settings":
        return _with_settings(rows, base)
    found = [_plain(row, FIELDS[part]) for row in rows]
    refuse(faults(part, found, base.symptoms, lambda index, field: rows[index].place(COLUMNS.get(field, field))))
    return replaced(base, {part: found})


def utf_8(data: bytes, save_as: str = "CSV UTF-8") -> str:
    """The text of a file. Raises TableError for another encoding, with what to save it as."""
    zeros = data.count(0)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or zeros * 3 > len(data):  # every other byte of plain letters is a zero
        raise TableError(f"the file is saved as UTF-16 (“Unicode text”); save it as {save_as}")
    if zeros or data.startswith(b"PK\x03\x04"):
        raise TableError(f"the file is not text; save it as {save_as}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(f"line {line}: the file is not saved as UTF-8; save it as {save_as}") from error


def _part_and_rows(data: bytes) -> tuple[str, list[Row]]:
    # newline="" leaves line ends inside quoted cells as they are; strict refuses quotes that do not close.
    reader = csv.DictReader(io.StringIO(utf_8(data), newline=""), strict=True)
    try:
        part = _part(reader.fieldnames or [])
        return part, list(rows_in(part, reader))
    except csv.Error as error:
        raise TableError(f"line {reader.reader.line_num}: not a CSV file ({error})") from error


def _part(header: Sequence[str]) -> str:
    for part, columns in HEADERS.items():
        if tuple(header) == columns:
            return part
    # What spreadsheets write where a comma is the decimal sign.
    for separator, name in {";": "semicolons", "\t": "tabs"}.items():
        if len(header) == 1 and separator in header[0]:
            raise TableError(f"line 1: columns are separated by {name}; save it with commas")
    known = "".join(f"\n{part}: {','.join(columns)}" for part, columns in HEADERS.items())
    raise TableError(f"line 1: the header is {shown(','.join(header))}; expected one of{known}")


def _plain(row: Row, fields: Mapping[str, Cell]) -> Plain:
    plain = {field: _read(cell, row.cells[COLUMNS.get(field, field)]) for field, cell in fields.items()}
    if "usual_days" in row.cells:
        days = usual_days(row.text("usual_days"))
        if days is None:
            row.refuse("usual_days", f"expected two days such as 1 to 10, found {shown(row.text('usual_days'))}")
        plain["first_usual_day"], plain["last_usual_day"] = days
    return plain


def _read(cell: Cell, text: str) -> object:
    """What the text looks like; whether it may stand there is judged afterwards."""
    if isinstance(cell, Text):
        return text  # with the spaces around it
    if isinstance(cell, Words):
        return [word.strip() for word in text.split(";") if word.strip()]
    number = whole_number(text.strip()) if isinstance(cell, Whole) else None
    return (text.strip() or None) if number is None else number


def _with_settings(rows: list[Row], base: Norms) -> Norms:
    """One setting a line, in any order."""
    cells, lines = FIELDS["settings"], {row.text("setting"): row for row in rows}
    for row in rows:
        # The dictionary keeps the last of two equal lines; the first of them is refused here.
        if row.text("setting") not in cells or lines[row.text("setting")] is not row:
            row.refuse("setting", f"expected {', '.join(cells)}, each once; found {shown(row.text('setting'))}")
    refuse([f"settings: expected a line for {name}, found none" for name in cells if name not in lines])
    found = {name: _read(cell, lines[name].cells["value"]) for name, cell in cells.items()}
    refuse(faults("settings", [found], base.symptoms, lambda _, field: lines[field].place("value")))
    return replaced(base, {"settings": [found]})
