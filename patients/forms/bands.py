"""The bands of one symptom as typed into the grid: four lines of cells, one for each column of days.

A plain reader of what was sent rather than a Django form: its fields are the columns that the page was drawn with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from patients.forms.band_cells import BadCells, read_block, read_cells, read_day
from patients.forms.numbers import count_of
from recovery.timeline.cells import LONGEST_TEXT
from recovery.timeline.editing import (
    LINES,
    Bands,
    CannotEdit,
    Column,
    Values,
    bands_from,
    columns_of,
    day_words,
    edges_of,
    merge_with_next,
    split,
    stretch,
    values_of,
    with_bands,
)
from recovery.timeline.norms import Norms
from recovery.timeline.scale import MOST_DAY

LAYOUT = "What was sent does not fit the table: {}. Nothing is saved. Look at the table as it is now, then save again."
LONGEST_LAYOUT = 20_000  # characters: every day of ten years fits
GONE = "The draft you edited was published or discarded, and this is a new one. What you typed is below; save it here if it still holds."


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal; `field` names the input it is about, if it is about one."""

    says: str
    field: str = ""


class BandsForm:
    """What was sent, against the draft as it is now. `was`: the norms in force, for “As published”."""

    def __init__(self, data: Mapping[str, str], *, norms: Norms, was: Norms | None, draft: str, edits: int) -> None:
        self.data = {name: str(value).replace("\x00", "") for name, value in data.items()}  # PostgreSQL cannot store NUL
        self.norms, self.was, self.draft, self.edits = norms, was, draft, edits
        self.faults: list[Fault] = []
        # Some symptom has to be shown even so; `_check_page` refuses the rest.
        self.symptom = norms.symptoms.get(self.data.get("symptom", "")) or next(iter(norms.symptoms.values()))
        self.seen = count_of(self.data.get("seen", ""))
        self.columns = _columns(self.data.get("columns", ""))
        self.do = self.data.get("do", "save")
        self.bands: Bands = tuple(norms.bands_of(self.symptom.code))
        self.notice = ""

    def is_valid(self) -> bool:
        """Reads the cells and does what the button asks for. `faults`: what is wrong; `bands`: the best that can be read."""
        self._check_page()
        if self.columns:
            self._read()
        # Only on a table without faults: where a cell cannot be read, its column has no band to move.
        if not self.faults and self.do in TOOLS:
            self._try(TOOLS[self.do])
        # What is pasted is looked at before it is saved.
        return not self.faults and self.do != "paste"

    @property
    def edited(self) -> Norms:
        """The draft with these bands; where a column cannot be read, as it is stored."""
        return with_bands(self.norms, self.symptom.code, self.bands)

    def refuse(self, says: str, field: str = "") -> None:
        self.faults.append(Fault(says, field))

    def _read(self) -> None:
        if self.do == "paste" and not self.faults:
            self._try(BandsForm.paste)
        if self.do == "published":
            return  # what is typed is to be replaced: a cell that cannot be read must not stand in the way
        cells = [(column, self._values(column)) for column in self.columns]
        starts = {c.first for c in self.columns if f"starts-{c.first}" in self.data}
        self.bands = bands_from(self.symptom.code, cells, starts, self._rationales())

    def _try(self, tool: Callable[[BandsForm], None]) -> None:
        try:
            tool(self)
        except CannotEdit as refusal:
            self.refuse(str(refusal), {"paste": "block", "published": ""}.get(self.do, "n"))

    def _check_page(self) -> None:
        """A page that was drawn for another table is never guessed at."""
        edges = {day for c in self.columns for day in (c.first, c.last + 1)}
        if self.symptom.code != self.data.get("symptom"):
            self.refuse(LAYOUT.format("it names no symptom of this table"))
        elif self.data.get("draft", "") != self.draft:
            self.refuse(GONE)
        # The edges matter only if nobody saved in between; if somebody did, save_draft refuses by `seen`.
        elif not self.columns or (self.seen == self.edits and not set(edges_of(self.norms)) <= edges):
            self.refuse(LAYOUT.format("its columns are not those of the draft"))
        elif missing := next(((c, line) for c in self.columns for line in LINES if f"{line}-{c.first}" not in self.data), None):
            self.refuse(LAYOUT.format(f"{self.symptom.name}, {missing[0].words}, {LINES[missing[1]]} is missing"))

    def _rationales(self) -> dict[int, str]:
        """By the first day of the band beside which each was typed."""
        sent = {c.first: self.data[name] for c in self.columns if (name := f"rationale-{c.first}") in self.data}
        for first, text in sent.items():
            if len(text) > LONGEST_TEXT:
                says = f"The rationale from day {first} has {len(text)} characters; {LONGEST_TEXT} fit. Shorten it."
                self.refuse(f"{self.symptom.name}: {says}", f"rationale-{first}")
        return {first: text.replace("\r\n", "\n").strip() for first, text in sent.items()}

    def _values(self, column: Column) -> Values | None:
        try:
            return read_cells({line: self.data[f"{line}-{column.first}"] for line in LINES})
        except BadCells as bad:
            for line, says in bad.says.items():
                self.refuse(f"{self.symptom.name}, {column.words}, {LINES[line]}: {says}", f"{line}-{column.first}")
        except KeyError:
            pass  # a cell that was not sent; the page has been refused for it
        # The stored band in its place keeps the chart and the preview of the other columns right.
        stored = self.norms.band(self.symptom.code, column.first)
        return values_of(stored) if stored else None

    def _day(self, name: str) -> int:
        return read_day(self.data.get(name, ""))

    def split(self) -> None:
        day = self._day("n")
        self.bands = split(self.bands, day)
        self.notice = f"a band now begins on day {day}"

    def merge(self) -> None:
        day = self._day("n")
        self.bands = merge_with_next(self.bands, day)
        self.notice = f"the band of day {day} is merged with the next"

    def stretch(self) -> None:
        day, to = self._day("n"), self._day("m")
        self.bands = stretch(self.bands, day, to)
        self.notice = f"the band of day {day} now reaches to day {to}"

    def as_published(self) -> None:
        if self.was is None:
            raise CannotEdit("No version of these norms is published yet.")
        self.bands = tuple(self.was.bands_of(self.symptom.code))
        self.notice = "the bands are as published"

    def paste(self) -> None:
        day = read_day(self.data.get("block_day", ""))
        columns = [column for column in self.columns if column.last >= day]
        rows = read_block(self.data.get("block", ""), day, len(columns))
        for line, row in zip(LINES, rows, strict=True):
            # The block may end before the table does.
            for column, text in zip(columns, row, strict=False):
                self.data[f"{line}-{column.first}"] = text.strip()
        self.notice = f"The block is filled in on {day_words(columns[0].first, columns[len(rows[0]) - 1].last)}. Look at it, then save."
        self.data["block"] = ""


TOOLS: dict[str, Callable[[BandsForm], None]] = {
    "split": BandsForm.split,
    "merge": BandsForm.merge,
    "stretch": BandsForm.stretch,
    "published": BandsForm.as_published,
}


def block_of(data: Mapping[str, str]) -> str:
    """What was typed as a block that can be pasted, for when there is no table to show it in."""
    columns = _columns(data.get("columns", ""))
    return "\n".join("\t".join(data.get(f"{line}-{column.first}", "") for column in columns) for line in LINES) if columns else ""


def _columns(sent: str) -> tuple[Column, ...]:
    """The columns that were shown; none when that cannot be read."""
    if len(sent) > LONGEST_LAYOUT or not re.fullmatch("[0-9]{1,4}(,[0-9]{1,4})+", sent):
        return ()
    edges = [int(edge) for edge in sent.split(",")]
    is_whole = edges == sorted(set(edges)) and edges[0] == 0 and edges[-1] <= MOST_DAY + 1
    return columns_of(edges) if is_whole else ()
