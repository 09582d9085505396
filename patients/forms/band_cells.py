"""What is typed or pasted into the grid of bands, read strictly: nothing that merely looks like a grade is taken."""

from __future__ import annotations

import re
from collections.abc import Mapping

from patients.forms.numbers import quoted
from recovery.timeline.editing import LINES, CannotEdit, Values
from recovery.timeline.scale import MOST_DAY


class BadCells(Exception):
    """Cells of one column that say no band; `says` by the name of their line."""

    def __init__(self, says: Mapping[str, str]) -> None:
        self.says = says
        super().__init__("; ".join(says.values()))


def read_cells(typed: Mapping[str, str]) -> Values | None:
    """The four cells of a column; None when all are blank: no band. Raises BadCells."""
    texts = {line: typed[line].strip() for line in LINES}
    if not any(texts.values()):
        return None
    if wrong := {line: says for line, text in texts.items() if (says := _not_a_grade(line, text))}:
        raise BadCells(wrong)
    values = Values(**{line: int(text) if text else None for line, text in texts.items()})  # type: ignore[arg-type]
    if wrong := _out_of_order(values):
        raise BadCells(wrong)
    return values


def _not_a_grade(line: str, text: str) -> str:
    may_be_blank = line == "urgent_above"
    if re.fullmatch("[0-4]", text) or (may_be_blank and not text):
        return ""
    if text:
        return f"“{quoted(text)}” is not a grade. Type 0 to 4{', or leave it blank' if may_be_blank else ''}."
    return "nothing is typed. Type 0 to 4, or clear all four cells where there is to be no band."


def _out_of_order(v: Values) -> dict[str, str]:
    wrong = {}
    if v.urgent_above is not None and v.urgent_above < v.high:
        wrong["urgent_above"] = f"{v.urgent_above} is below high, {v.high}. It must be {v.high} or more, or blank."
    if v.typical > v.high:
        wrong["typical"] = f"{v.typical} is above high, {v.high}. It must be {v.high} or less."
    if v.low > v.typical:
        wrong["low"] = f"{v.low} is above typical, {v.typical}. It must be {v.typical} or less."
    return wrong


def read_day(text: str) -> int:
    """Raises CannotEdit for what is no day of a table."""
    if not re.fullmatch("[0-9]{1,9}", text.strip()):
        raise CannotEdit(f"“{quoted(text)}” is not a day. Type a whole number from 0 to {MOST_DAY}.")
    if (day := int(text)) > MOST_DAY:
        raise CannotEdit(f"Day {day} is past day {MOST_DAY}, the last that a table can have.")
    return day


def read_block(text: str, day: int, fit: int) -> list[list[str]]:
    """A block copied from a spreadsheet for the columns from `day` on, of which `fit` are there. Raises CannotEdit."""
    # Spreadsheets end the last row too: that line break is no fifth row.
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    rows = [line.split("\t") for line in lines]
    widths = [len(row) for row in rows]
    if len(rows) != len(LINES):
        raise CannotEdit(f"The block has {_count(len(rows), 'row')}; it needs 4: {', '.join(LINES.values())}. Nothing was pasted.")
    if len(set(widths)) > 1:
        raise CannotEdit(f"The rows of the block differ in length: {', '.join(map(str, widths))}. Nothing was pasted.")
    if widths[0] > fit:
        raise CannotEdit(f"The block has {_count(widths[0], 'column')}; from day {day} on {fit} fit. Nothing was pasted.")
    return rows


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' if number != 1 else ''}"
