"""The grid of a draft's bands: one column for each day, then for each later run of days; one row open, the others closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from recovery.timeline.editing import GRID_DAYS, LINES, Column, changed_runs, columns_of, edges_of
from recovery.timeline.norms import Band, Norms, Symptom


@dataclass(frozen=True, slots=True)
class Cell:
    """One input of the open row; `was`: what is in force there, `fault`: the number of the refusal that is about it."""

    name: str
    text: str
    label: str
    was: str | None
    is_changed: bool
    begins: bool
    fault: int


@dataclass(frozen=True, slots=True)
class Run:
    """Columns of a closed row over which one band, or none, holds."""

    band: Band | None
    span: int
    days: str
    is_changed: bool
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Row:
    symptom: Symptom
    runs: list[Run]


@dataclass(frozen=True)
class Sent:
    """What was typed and is not stored: the fields, the columns they were typed into, the number of each field's refusal."""

    fields: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[Column] = ()
    faults: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DraftGrid:
    """`norms`: the draft as edited so far, `before`: what is in force, `bad`: symptoms and days that have a problem."""

    norms: Norms
    before: Norms | None
    symptom: Symptom
    sent: Sent = Sent()
    bad: Collection[tuple[str, int]] = ()

    @cached_property
    def edges(self) -> list[int]:
        """Every day on which something begins in the draft, in force or in what was sent, so that every band fills its columns."""
        found = {day for c in self.sent.columns for day in (c.first, c.last + 1)} | set(edges_of(self.norms))
        return sorted(found | set(edges_of(self.before)) if self.before else found)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.edges)

    @property
    def later(self) -> tuple[Column, ...]:
        """The columns of more than one day; those before have one each."""
        return self.columns[GRID_DAYS:]

    @property
    def rows(self) -> list[Row]:
        return [Row(symptom, [] if symptom == self.symptom else self._runs(code)) for code, symptom in self.norms.symptoms.items()]

    def changed(self, code: str) -> list[Column]:
        return changed_runs(self.norms, self.before, code) if self.before else []

    def _runs(self, code: str) -> list[Run]:
        spans: list[tuple[Band | None, list[Column]]] = []
        for column in self.columns:
            band = self.norms.band(code, column.first)
            # “is”: two neighbouring bands of the same values are still two, and None goes on with None.
            if spans and spans[-1][0] is band:
                spans[-1][1].append(column)
            else:
                spans.append((band, [column]))
        # Once a row, not once a cell: the grid has hundreds of cells.
        changed, bad = self.changed(code), [day for symptom, day in self.bad if symptom == code]
        return [_run(band, Column(own[0].first, own[-1].last), len(own), changed, bad) for band, own in spans]

    @property
    def lines(self) -> list[tuple[str, list[Cell]]]:
        return [(words, [self._cell(line, column) for column in self.columns]) for line, words in LINES.items()]

    def _cell(self, line: str, column: Column) -> Cell:
        name, text = f"{line}-{column.first}", self._text(line, column)
        was = _text_of(self.before.band(self.symptom.code, column.first), line) if self.before else None
        # As text: what cannot be read as a number is a change too, and is shown as it was typed.
        is_changed = was is not None and text.strip() != was
        label = f"{self.symptom.name}, {column.words}, {LINES[line]}" + (f", was {was or 'blank'}" if is_changed else "")
        return Cell(name, text, label, was, is_changed, self.begins(column), self.sent.faults.get(name, 0))

    def _text(self, line: str, column: Column) -> str:
        """As it was typed; what was sent for a longer run holds for each part of it."""
        stored = _text_of(self.norms.band(self.symptom.code, column.first), line)
        whole = next((c for c in self.sent.columns if c.first <= column.first <= c.last), None)
        return self.sent.fields.get(f"{line}-{whole.first}", stored) if whole else stored

    def begins(self, column: Column) -> bool:
        """Whether a band, or a gap, begins with this column."""
        # What was sent and is not stored speaks through its boxes: one that was cleared is missing there.
        if self.sent.columns:
            return f"starts-{column.first}" in self.sent.fields
        code, first = self.symptom.code, column.first
        return first == 0 or self.norms.band(code, first) is not self.norms.band(code, first - 1)

    @property
    def starts(self) -> list[int]:
        return [column.first for column in self.columns if self.begins(column)]


def _run(band: Band | None, over: Column, span: int, changed: Sequence[Column], bad: Sequence[int]) -> Run:
    is_changed = any(c.first <= over.last and c.last >= over.first for c in changed)
    return Run(band, span, over.words, is_changed, any(over.first <= day <= over.last for day in bad))


def _text_of(band: Band | None, line: str) -> str:
    value = getattr(band, line) if band else None
    return "" if value is None else str(value)
