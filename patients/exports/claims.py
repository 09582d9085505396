"""What the sources say of one symptom, drawn on the days of the chart above, and where they contradict each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from patients.exports import charts
from patients.exports.norms import ClaimRow, NormSheet
from recovery.timeline.editing import Column, days_of
from recovery.timeline.norms import Claim, Norms, Symptom

BAR = charts.Geometry(360, 14, 18, 0, 0, 0)
FIRST = 9  # claims shown at once; the others open below


@dataclass(frozen=True, slots=True)
class Evidence:
    """Claims on a symptom; `chosen`: the days they are asked about, `last_day`: of the chart above."""

    norms: Norms
    symptom: Symptom
    chosen: Column | None
    last_day: int

    @property
    def claims(self) -> list[Claim]:
        """The longest first, so that what differs is seen at a glance."""
        return sorted(self.norms.claims_on(self.symptom.code), key=lambda c: (-c.last_day, c.first_day, c.grade))

    @property
    def first(self) -> list[ClaimRow]:
        return self._rows(self.claims[:FIRST])

    @property
    def rest(self) -> list[ClaimRow]:
        return self._rows(self.claims[FIRST:])

    @property
    def rest_ends(self) -> int:
        """The day by which all of the rest have ended."""
        return max(c.last_day for c in self.claims[FIRST:])

    @property
    def headline(self) -> str:
        if self.chosen is None:
            return ""
        expect, earlier, later, _ = self._kinds()
        where = f"on {self.chosen.words}"
        if not expect:
            return f"No source expects it {where}."
        return f"Sources differ {where}." if earlier or later else f"Sources agree {where}."

    @property
    def says(self) -> str:
        """How many claims still expect the symptom on the chosen days, and of which grades; without days, how long it lasts."""
        if self.chosen is None:
            # The sentence of the page of norms: without chosen days both pages answer the same question.
            return NormSheet(self.norms).differ(self.symptom)
        expect, earlier, later, warnings = self._kinds()
        # Every claim is in just one of the parts, so the numbers add up to the first one.
        parts = [f"{len(expect)} still expect{'s' if len(expect) == 1 else ''} it{_grades(expect)}" if expect else "none expects it"]
        parts += [f"{len(earlier)} end{'s' if len(earlier) == 1 else ''} earlier"] if earlier else []
        parts += [f"{len(later)} begin{'s' if len(later) == 1 else ''} later"] if later else []
        parts += [f"{len(warnings)} warn{'s' if len(warnings) == 1 else ''} of it{_grades(warnings)}"] if warnings else []
        claims = self.claims
        return f"Of {len(claims)} claim{'s' if len(claims) != 1 else ''} on {self.symptom.name.lower()}, {_listed(parts)}."

    def _kinds(self) -> tuple[list[Claim], list[Claim], list[Claim], list[Claim]]:
        """Those that expect the symptom on the chosen days, that end before, that begin after; warnings of these days."""
        assert self.chosen is not None
        first, last = self.chosen.first, self.chosen.last
        there = [c for c in self.claims if c.first_day <= last and c.last_day >= first]
        return (
            [c for c in there if c.kind != "warning"],
            [c for c in self.claims if c.last_day < first],
            [c for c in self.claims if c.first_day > last],
            [c for c in there if c.kind == "warning"],
        )

    def _rows(self, claims: Sequence[Claim]) -> list[ClaimRow]:
        return [ClaimRow(c, days_of(c.first_day, c.last_day), self._bar(c)) for c in claims]

    def _bar(self, claim: Claim) -> SafeString:
        """On the chart's own scale, with an arrow where the claim goes on past it."""
        column = (BAR.right - BAR.left) / (self.last_day + 1)
        first, last = max(claim.first_day, 0), min(claim.last_day, self.last_day)
        # Cut at the chart's edge it would look as if it ended there.
        goes_on = claim.last_day > self.last_day
        x, end = BAR.left + first * column, BAR.left + (last + 1) * column - (4 if goes_on else 0)
        chosen = (self.chosen.first, self.chosen.last) if self.chosen else None
        bar = f'<rect class="claim-bar claim-{claim.kind}" x="{x:.1f}" y="4" width="{end - x:.1f}" height="6"/>' if first <= last else ""
        arrow = f'<path class="claim-bar claim-{claim.kind}" d="M{BAR.right:.1f} 7l-5-5v10z"/>' if goes_on else ""
        return mark_safe(  # noqa: S308 - numbers and the kinds that the database knows
            f'<svg class="chart" viewBox="0 0 360 14" width="360" height="14" aria-hidden="true">'
            f"{charts.shade(chosen, self.last_day, BAR)}{bar}{arrow}</svg>"
        )


def _grades(claims: Sequence[Claim]) -> str:
    """“ (1 A, 2 C)”: how good the sources are."""
    found = Counter(c.grade for c in claims)
    return f" ({', '.join(f'{found[grade]} {grade}' for grade in sorted(found))})"


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
