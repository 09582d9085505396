"""Norms as the staff's page shows them: a grid of runs, and every source's claim as a bar under the day scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from patients.exports import charts
from recovery.timeline.editing import GRID_DAYS, days_of
from recovery.timeline.norms import Band, Claim, Norms, Symptom

BIG = charts.Geometry(560, 170, 18, 2, 18, 4.2)
BARS_WIDTH, BARS_DAYS = 360, 30


@dataclass(frozen=True, slots=True)
class Run:
    """One band as a cell of the grid."""

    band: Band
    columns: int
    days: str


@dataclass(frozen=True, slots=True)
class SymptomRow:
    symptom: Symptom
    runs: list[Run]
    later: str


@dataclass(frozen=True, slots=True)
class ClaimRow:
    claim: Claim
    days: str
    bar: SafeString


class NormSheet:
    """The parts of the page that are computed."""

    def __init__(self, norms: Norms) -> None:
        self.norms = norms

    @property
    def columns(self) -> list[str]:
        return [*(str(day) for day in range(GRID_DAYS)), f"{GRID_DAYS} on"]

    @property
    def rows(self) -> list[SymptomRow]:
        return [
            SymptomRow(symptom, [run_of(b) for b in bands if b.first_day <= GRID_DAYS], _later(bands))
            for symptom in self.norms.symptoms.values()
            if (bands := self.norms.bands_of(symptom.code))
        ]

    def chart_of(self, symptom: Symptom) -> SafeString:
        return charts.norm_chart(symptom.name, self.norms.bands_of(symptom.code), last_day=28, geometry=BIG)

    def claims_of(self, symptom: Symptom) -> list[ClaimRow]:
        """The longest course first, so that what differs is seen at a glance."""
        found = sorted(self.norms.claims_on(symptom.code), key=lambda c: (-c.last_day, c.first_day, c.grade))
        return [ClaimRow(c, days_of(c.first_day, c.last_day), _bar(c)) for c in found]

    def differ(self, symptom: Symptom) -> str:
        """How long the sources say it lasts, and where they contradict each other."""
        # As explain() does: only courses say when it is over.
        ends = sorted({c.last_day for c in self.norms.claims_on(symptom.code) if c.kind == "course"})
        if len(ends) > 1:
            return f"Sources differ: the first says it is over by day {ends[0]}, the last by day {ends[-1]}."
        return f"The sources agree: over by day {ends[0]}." if ends else "No source gives a duration."


def run_of(band: Band) -> Run:
    # The column after the grid's days is for all that follow, so a band that reaches it fills it.
    last = min(band.last_day, GRID_DAYS)
    return Run(band, last - band.first_day + 1, days_of(band.first_day, band.last_day))


def _later(bands: Sequence[Band]) -> str:
    """What changes after the grid's last column, in words."""
    later = [b for b in bands if b.first_day > GRID_DAYS]
    return "; ".join(f"from day {b.first_day}: {b.low}–{b.typical}–{b.high}" for b in later)


def _bar(claim: Claim) -> SafeString:
    column = BARS_WIDTH / BARS_DAYS
    first, last = max(claim.first_day, 0), min(claim.last_day, BARS_DAYS - 1)
    x, width = f"{first * column:.1f}", f"{max((last - first + 1) * column, 2):.1f}"
    return format_html(
        '<svg class="chart" viewBox="0 0 {} 14" width="{}" height="14" aria-hidden="true">'
        '<rect class="claim-bar claim-{}" x="{}" y="5" width="{}" height="4"/></svg>',
        BARS_WIDTH,
        BARS_WIDTH,
        claim.kind,
        x,
        width,
    )
