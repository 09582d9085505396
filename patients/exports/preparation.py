"""A planned treatment as its patient sees it: when it is, what to do before, and what changes on the way there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.translation import gettext

from patients.exports import words
from patients.language import norm_text
from patients.models import Treatment
from patients.models.norm_values import spoken_norms
from recovery.timeline.course import Course, Guidance, Milestone, Phase

FIRST_DAYS = 7  # what to expect is said of the first week; the rest is told as it comes


@dataclass(frozen=True, slots=True)
class Start:
    """What begins on one day before the treatment: "From Thu 26 Nov", avoid, the things to avoid."""

    said: str
    kind: str
    items: list[Guidance]

    @property
    def heading(self) -> str:
        pattern = gettext("{date}: do") if self.kind == "do" else gettext("{date}: avoid")
        return pattern.format(date=self.said)


@dataclass(frozen=True, slots=True)
class Preparation:
    """`day` counts down to 0, the day of the treatment."""

    treatment: Treatment
    day: int
    course: Course

    @property
    def on(self) -> str:
        return words.long_date(self.treatment.treated_on)

    @property
    def in_days(self) -> str:
        return words.in_days(-self.day)

    @property
    def when(self) -> str:
        """“tomorrow, Thursday 3 December” or “in 9 days, on Thursday 3 December”."""
        pattern = gettext("{when}, {date}") if self.day == -1 else gettext("{when}, on {date}")
        return pattern.format(when=self.in_days, date=self.on)

    @property
    def protocol(self) -> str:
        """Its name in the language of the page."""
        return norm_text(self.treatment.protocol.name)

    @property
    def noun(self) -> str:
        return gettext("next session") if self.treatment.session_number > 1 else gettext("treatment")

    @property
    def headline(self) -> str:
        return gettext("Your {treatment} is {when}.").format(treatment=self.noun, when=self.when)

    @property
    def do(self) -> list[Guidance]:
        return self.course.guidance_on(self.day, "do")

    @property
    def avoid(self) -> list[Guidance]:
        return self.course.guidance_on(self.day, "avoid")

    @property
    def starts(self) -> list[Start]:
        """What is still to begin before the day, by date; what to do before what to avoid."""
        coming = self.course.guidance_between(self.day + 1, -1)
        coming.sort(key=lambda g: (g.first_day, g.kind != "do"))
        return [
            Start(gettext("From {date}").format(date=words.short_date(self.treatment.date_of(day))), kind, list(items))
            for (day, kind), items in groupby(coming, key=lambda g: (g.first_day, g.kind))
        ]

    @property
    def begins(self) -> str:
        """The date on which preparation begins, where that is still to come."""
        first = min((g.first_day for g in self.course.guidance if g.first_day < 0), default=0)
        return words.long_date(self.treatment.date_of(first)) if self.day < first < 0 else ""

    @property
    def first_phase(self) -> Phase | None:
        return self.course.phase_on(0)

    @property
    def milestones(self) -> list[Milestone]:
        return [m for m in self.course.milestones_from(0) if m.first_day <= FIRST_DAYS]


def preparation_for(treatment: Treatment, today: date) -> Preparation:
    """`today` by the patient's calendar, before the treatment's day."""
    return Preparation(treatment, treatment.day_of(today), spoken_norms(treatment).course)
