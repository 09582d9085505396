"""The weeks and months around the bands: phases, milestones and what to do, by day of the recovery."""

from collections.abc import Sequence
from dataclasses import dataclass

from recovery.timeline.sentence import Sentence, gettext_noop

# 4 to 6 weeks after a session (recovery-faq; before-after-blog), where the norms' milestones do not say.
SESSION_WINDOW = (28, 42)


@dataclass(frozen=True, slots=True)
class Phase:
    """A stage of the timeline and how often it asks for a log."""

    name: str
    first_day: int
    last_day: int
    check_in_every_days: int
    what_to_expect: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """What to expect when; sources are keys."""

    first_day: int
    last_day: int
    title: str
    detail: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guidance:
    """One thing to do or to avoid over a run of days (negative: before the treatment)."""

    first_day: int
    last_day: int
    kind: str
    text: str
    sources: tuple[str, ...]
    sources_differ: str

    @property
    def until(self) -> str:
        """Its last day in words: "Until day 7.", "Until 3 days before your treatment"; empty for what lasts until the treatment."""
        if self.last_day >= 0:
            return Sentence(gettext_noop("Until day {day}."), day=self.last_day)
        return "" if self.last_day == -1 else Sentence(gettext_noop("Until {days} days before your treatment."), days=-self.last_day)


@dataclass(frozen=True, slots=True)
class Course:
    """All of it, in the order of days."""

    phases: Sequence[Phase] = ()
    milestones: Sequence[Milestone] = ()
    guidance: Sequence[Guidance] = ()

    def phase_on(self, day: int) -> Phase | None:
        # None in a gap that a draft may have, and past the last phase.
        return next((p for p in self.phases if p.first_day <= day <= p.last_day), None)

    def guidance_on(self, day: int, kind: str) -> list[Guidance]:
        return [g for g in self.guidance if g.kind == kind and g.first_day <= day <= g.last_day]

    def milestones_before(self, day: int) -> list[Milestone]:
        """What lies behind."""
        return [m for m in self.milestones if m.last_day < day]

    def guidance_between(self, first: int, last: int) -> list[Guidance]:
        """What begins on one of these days, the earliest first."""
        return sorted((g for g in self.guidance if first <= g.first_day <= last), key=lambda g: g.first_day)

    def milestones_from(self, day: int, most: int = 6) -> list[Milestone]:
        """What is going on now and what comes next."""
        # The order is that of the rows, by first day: the first of these are what is going on now.
        return [m for m in self.milestones if m.last_day >= day][:most]

    def next_session_window(self) -> tuple[int, int]:
        """First and last day on which the next session is usual."""
        # By its title: milestones have no code, and what an admin writes there is what patients read.
        found = (m for m in self.milestones if m.title.lower().startswith("next session"))
        return next(((m.first_day, m.last_day) for m in found), SESSION_WINDOW)
