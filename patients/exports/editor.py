"""What stands beside the grid on the page of a draft's bands: chart, rationales, claims, and where each problem is mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from patients.exports import charts
from patients.exports.claims import Evidence
from patients.exports.draft_grid import DraftGrid, Sent
from recovery.timeline.editing import Column, day_words
from recovery.timeline.norms import Band, Norms, Symptom
from recovery.timeline.proof import Problem

LIVE = charts.Geometry(360, 170, 18, 2, 18, 4.2)
LONGEST_CHOSEN = 14  # days; of a longer run that changed, one day is looked at
MOST_PROBLEMS = 12  # listed at once


@dataclass(frozen=True, slots=True)
class Place:
    """A problem, and where to mend it: a cell of the open row, another symptom or another part."""

    problem: Problem
    name: str
    cell: str


@dataclass(frozen=True, slots=True)
class Why:
    """The rationale of one band of the open row."""

    first: int
    days: str
    text: str
    is_changed: bool
    is_open: bool


class DraftSheet:
    """`norms`: the draft as edited so far; `before`: what is in force; `day`: the one looked at, if any."""

    def __init__(
        self,
        norms: Norms,
        before: Norms | None,
        symptom: Symptom,
        *,
        problems: Sequence[Problem] = (),
        day: int | None = None,
        sent: Sent | None = None,
    ) -> None:
        self.norms, self.before, self.symptom, self.problems, self.day = norms, before, symptom, problems, day
        bad = {(p.symptom, p.day) for p in problems if p.part == "bands"}
        self.grid = DraftGrid(norms, before, symptom, sent or Sent(), bad)

    @cached_property
    def changed(self) -> list[Column]:
        return self.grid.changed(self.symptom.code)

    @cached_property
    def whys(self) -> list[Why]:
        return [self._why(band) for band in self.norms.bands_of(self.symptom.code)]

    @property
    def closed_whys(self) -> list[Why]:
        return [why for why in self.whys if not why.is_open]

    @property
    def has_other_whys(self) -> bool:
        """Whether the bands begin on other days than those that were shown with a rationale."""
        shown = {name for name in self.grid.sent.fields if name.startswith("rationale-")}
        return shown != {f"rationale-{why.first}" for why in self.whys}

    def _why(self, band: Band) -> Why:
        """Open is what is new or changed, where a reason is asked for, and what is looked at."""
        is_new = self._is_new(band)
        is_looked_at = self.chosen is not None and band.first_day <= self.chosen.first <= band.last_day
        return Why(band.first_day, day_words(band.first_day, band.last_day), band.rationale, is_new, is_new or is_looked_at)

    def _is_new(self, band: Band) -> bool:
        if self.before is None:
            return False
        old = self.before.band(band.symptom, band.first_day)
        differs = any(c.first <= band.last_day and c.last >= band.first_day for c in self.changed)
        # Another rationale alone opens the box too: it is what would be published.
        return differs or old is None or old.rationale != band.rationale

    @cached_property
    def chosen(self) -> Column | None:
        """The days looked at: the run that changed round the chosen day or, without one, the first that changed."""
        for run in self.changed:
            if self.day is None or run.first <= self.day <= run.last:
                day = run.first if self.day is None else self.day
                return run if run.last - run.first < LONGEST_CHOSEN else Column(day, day)
        return None if self.day is None else Column(self.day, self.day)

    @property
    def tool_day(self) -> str:
        """The day on which the tools work unless another is typed."""
        return self.grid.sent.fields.get("n", str(self.chosen.first) if self.chosen else "")

    @property
    def last_day(self) -> int:
        return charts.window_for(self.chosen.last if self.chosen else 0)

    @property
    def chart(self) -> SafeString:
        code, chosen = self.symptom.code, self.chosen
        return charts.norm_chart(
            self.symptom.name,
            self.norms.bands_of(code),
            last_day=self.last_day,
            geometry=LIVE,
            was=self.before.bands_of(code) if self.before else (),
            chosen=(chosen.first, chosen.last) if chosen else None,
        )

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.norms, self.symptom, self.chosen, self.last_day)

    @property
    def places(self) -> list[Place]:
        return [self._place(problem) for problem in self.problems[:MOST_PROBLEMS]]

    @property
    def more_problems(self) -> int:
        return max(len(self.problems) - MOST_PROBLEMS, 0)

    def _place(self, problem: Problem) -> Place:
        if problem.part != "bands":
            return Place(problem, problem.symptom, "")
        known = self.norms.symptoms.get(problem.symptom)
        columns = self.grid.columns
        column = next((c for c in columns if c.first <= problem.day <= c.last), columns[-1])
        # Only the open row has inputs to jump to.
        cell = f"high-{column.first}" if known == self.symptom else ""
        return Place(problem, f"{known.name if known else problem.symptom}, day {problem.day}", cell)
