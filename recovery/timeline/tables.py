"""The starting norms as CSV files: read, checked cell by cell, handed over as values."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

from recovery.timeline.norms import (
    Adjustment,
    Band,
    Claim,
    Norms,
    RuleSettings,
    Shift,
    Symptom,
    WarningSign,
    shifted,
)
from recovery.timeline.scale import Urgency

T = TypeVar("T")
# A sign is a flag on any day: one that is merely noted would be no warning.
SIGN_URGENCIES = {urgency.word: urgency for urgency in Urgency if urgency.is_flag}
# The files of the starting data; a missing one stops the installation, not the first page that needs it.
TABLES = (
    *("protocols", "symptoms", "sources", "claims", "bands", "shifts", "adjustments"),
    *("phases", "milestones", "guidance", "warning_signs"),
)
LONGEST_NUMBER = 9  # digits; int() itself gives up far later


class TableError(ValueError):
    """A table that cannot be used; the message names file, line and column."""


def whole_number(text: str) -> int | None:
    digits = text.removeprefix("-")
    fits = digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER  # int() would take "1_0" and full-width digits
    return int(text) if fits else None


def usual_days(text: str) -> tuple[int, int] | None:
    """Two days such as 1-10, or 1 to 10, which a spreadsheet does not take for the tenth of January."""
    days = re.fullmatch(r"([0-9]{1,4})(?:-| to )([0-9]{1,4})", text)
    return (int(days[1]), int(days[2])) if days else None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file; reads its cells as the type they should have."""

    file: str
    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def words(self, column: str) -> list[str]:
        return [word for word in self.text(column).split(";") if word]

    def whole(self, column: str) -> int:
        number = whole_number(self.text(column))
        return self.refuse(column, f"expected a whole number, found “{self.text(column)}”") if number is None else number

    def whole_or_none(self, column: str) -> int | None:
        return self.whole(column) if self.text(column) else None

    def refuse(self, column: str, says: str) -> NoReturn:
        raise TableError(f"{self.place(column)}: {says}")

    def place(self, column: str) -> str:
        return f"{self.file}, line {self.line}, column {column}"


@dataclass(frozen=True, slots=True)
class Protocol:
    """A kind of treatment with norms of its own."""

    slug: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Starting:
    """Everything the product starts with; `rows` keeps the tables that the engine does not read."""

    protocols: tuple[Protocol, ...]
    symptoms: dict[str, Symptom]
    signs: dict[str, WarningSign]
    claims: tuple[Claim, ...]
    adjustments: tuple[Adjustment, ...]
    bands: tuple[Band, ...]
    shifts: dict[str, list[Shift]]
    rows: dict[str, list[Row]]

    def bands_for(self, protocol: str) -> tuple[Band, ...]:
        # Protocols differ from the first one by shifts: one table to keep right instead of one for each.
        return shifted(self.bands, self.shifts.get(protocol, []))

    @property
    def settings(self) -> RuleSettings:
        return RuleSettings(worsening_symptoms=tuple(s.code for s in self.symptoms.values() if s.watch_worsening))

    def norms_for(self, protocol: str) -> Norms:
        """The norms of a protocol as they are first published. Raises KeyError for an unknown slug."""
        name = {p.slug: p.name for p in self.protocols}[protocol]
        return Norms(
            f"{name}, version 1",
            self.bands_for(protocol),
            self.symptoms,
            self.signs,
            self.settings,
            self.adjustments,
            self.claims,
        )


def read_rows(path: Path) -> list[Row]:
    """The lines of a CSV file with a header. Raises TableError for one that is not UTF-8 CSV."""
    try:
        # With or without the mark that spreadsheets put first.
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return list(rows_in(path.name, csv.DictReader(lines, strict=True)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path.name}: not a CSV file in UTF-8 ({error})") from error


def rows_in(name: str, reader: "csv.DictReader[str]") -> Iterator[Row]:
    """The rows under a header, named by `name`. Raises TableError for too few or too many cells."""
    for cells in reader:
        if None in cells.values():
            raise TableError(f"{name}, line {reader.line_num}: fewer cells than the header has columns")
        if None in cells:
            raise TableError(f"{name}, line {reader.line_num}: more cells than the header has columns")
        yield Row(name, reader.line_num, cells)


def read_starting(folder: Path) -> Starting:
    """Reads the folder of starting tables. Raises TableError with file, line and column."""
    rows = {name: read_rows(folder / f"{name}.csv") for name in TABLES}
    sources = {row.text("key"): row for row in rows["sources"]}
    shifts: dict[str, list[Shift]] = {}
    for row in rows["shifts"]:
        shifts.setdefault(row.text("protocol"), []).append(_shift(row))
    return Starting(
        protocols=tuple(Protocol(r.text("slug"), r.text("name"), r.text("description")) for r in rows["protocols"]),
        symptoms=_by_code(rows["symptoms"], _symptom),
        signs=_by_code(rows["warning_signs"], _sign),
        claims=tuple(_claim(row, sources) for row in rows["claims"]),
        adjustments=tuple(Adjustment(r.text("factor"), r.text("label"), _shift(r)) for r in rows["adjustments"]),
        bands=tuple(_band(row) for row in rows["bands"]),
        shifts=shifts,
        rows=rows,
    )


def _by_code(rows: list[Row], read: Callable[[Row], T]) -> dict[str, T]:
    return {row.text("code"): read(row) for row in rows}


def _symptom(row: Row) -> Symptom:
    grades = tuple(row.text(f"grade_{grade}") for grade in range(5))
    core, worsening = row.text("core") == "1", row.text("watch_worsening") == "1"
    return Symptom(
        row.text("code"), row.text("name"), row.text("clinical_name"), row.text("question"), grades, core, worsening, row.text("snomed")
    )


def _sign(row: Row) -> WarningSign:
    urgency = SIGN_URGENCIES.get(row.text("urgency"))
    if urgency is None:
        row.refuse("urgency", f"expected watch, urgent or emergency, found “{row.text('urgency')}”")
    days = usual_days(row.text("usual_days"))
    if days is None:
        row.refuse("usual_days", f"expected two days such as 1-10, found “{row.text('usual_days')}”")
    return WarningSign(row.text("code"), row.text("label"), urgency, *days, row.text("advice"), row.text("basis"))


def _claim(row: Row, sources: Mapping[str, Row]) -> Claim:
    source = sources.get(row.text("source")) or row.refuse("source", f"no source has the key “{row.text('source')}”")
    publisher = f"{source.text('publisher')} {source.text('year')}".strip()
    first, last = row.whole("first_day"), row.whole("last_day")
    return Claim(row.text("source"), publisher, source.text("grade"), row.text("topic"), first, last, row.text("kind"), row.text("claim"))


def _shift(row: Row) -> Shift:
    return Shift(row.text("symptom"), row.whole("first_day"), row.whole("last_day"), row.whole("high_by"), row.text("rationale"))


def _band(row: Row) -> Band:
    days = row.whole("first_day"), row.whole("last_day")
    grades = row.whole("low"), row.whole("typical"), row.whole("high")
    return Band(row.text("symptom"), *days, *grades, row.whole_or_none("urgent_above"), row.text("rationale"))
