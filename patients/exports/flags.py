"""A flag as a card: what, by which rule, against which band, and what the sources say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patients.exports import words
from patients.exports.amended import Change, since_flagged
from patients.models import Flag
from recovery.timeline.editing import days_of
from recovery.timeline.norms import Claim, Norms
from recovery.timeline.scale import Rule, Urgency


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What one source claims of a flag's symptom; `is_on`: of the flag's day."""

    claim: Claim
    days: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class FlagCard:
    """A flag with its title and the words of its rule; `told`: what the patient was told to do about a warning sign."""

    flag: Flag
    urgency: Urgency
    title: str
    rule: str
    sources: list[SourceLine]
    told: str
    changed: str

    @property
    def word(self) -> str:
        return self.urgency.word

    def said_on(self, today: int) -> str:
        """The title inside a sentence; a flag of today does not say its day again."""
        return words.mid_sentence(self.title.replace(f" on day {today}", "").removesuffix(f", day {today}"))


def card_of(flag: Flag, norms: Norms, changes: Mapping[int, list[Change]] | None = None) -> FlagCard:
    """`norms` with their claims, where the sources are to be listed; `changes`: of the recovery's logs, by day."""
    rule = Rule(flag.rule).words + (f", raised by {Rule(flag.raised_by).words}" if flag.raised_by else "")
    told = norms.sign(flag.subject).advice if flag.rule == Rule.WARNING_SIGN else ""
    changed = since_flagged(flag, changes or {})
    return FlagCard(flag, Urgency(flag.urgency), _title(flag, norms), rule, _sources(flag, norms), told, changed)


def _sources(flag: Flag, norms: Norms) -> list[SourceLine]:
    """The best first; of each grade those that speak of this day first."""
    found = [SourceLine(c, days_of(c.first_day, c.last_day), c.first_day <= flag.day <= c.last_day) for c in norms.claims_on(flag.subject)]
    return sorted(found, key=lambda line: (line.claim.grade, not line.is_on, line.claim.publisher, line.claim.first_day))


def _title(flag: Flag, norms: Norms) -> str:
    if flag.band:
        # The band as it was stored: what the flag says must not change when its norms do.
        low, high = flag.band["low"], flag.band["high"]
        usual = f"{low}–{high}" if low != high else high
        return f"{norms.symptoms[flag.subject].name} {flag.observed} on day {flag.day}, expected {usual}"
    if flag.rule == Rule.WARNING_SIGN:
        return f"{norms.sign(flag.subject).label}, day {flag.day}"
    return f"{Rule(flag.rule).words.capitalize()}, day {flag.day}"
