"""An open flag as a card: what, by which rule, against which band."""

from dataclasses import dataclass

from patients.exports import words
from patients.models import Flag
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Rule, Urgency


@dataclass(frozen=True, slots=True)
class FlagCard:
    """A flag with its title and the words of its rule."""

    flag: Flag
    urgency: Urgency
    title: str
    rule: str

    @property
    def word(self) -> str:
        return self.urgency.word

    def said_on(self, today: int) -> str:
        """The title inside a sentence; a flag of today does not say its day again."""
        return words.mid_sentence(self.title.replace(f" on day {today}", "").removesuffix(f", day {today}"))


def card_of(flag: Flag, norms: Norms) -> FlagCard:
    rule = Rule(flag.rule).words + (f", raised by {Rule(flag.raised_by).words}" if flag.raised_by else "")
    return FlagCard(flag, Urgency(flag.urgency), _title(flag, norms), rule)


def _title(flag: Flag, norms: Norms) -> str:
    if flag.band:
        # The band as it was stored: what the flag says must not change when its norms do.
        low, high = flag.band["low"], flag.band["high"]
        usual = f"{low}–{high}" if low != high else high
        return f"{norms.symptoms[flag.subject].name} {flag.observed} on day {flag.day}, expected {usual}"
    if flag.rule == Rule.WARNING_SIGN:
        return f"{norms.sign(flag.subject).label}, day {flag.day}"
    return f"{Rule(flag.rule).words.capitalize()}, day {flag.day}"
