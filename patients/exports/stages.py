"""The weeks and months around the bands as a patient's page says them: phases, milestones, the next check-in, with their dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from patients import language
from patients.exports import words
from patients.models import Treatment
from recovery.timeline.checkin import next_check_in
from recovery.timeline.course import Course, Milestone, Phase
from recovery.timeline.norms import Norms

LONG = timedelta(days=14)  # a longer run is said by one of its ends: both would read like an appointment

STATES = {"past": pgettext_lazy("phase", "over"), "now": gettext_lazy("you are here"), "ahead": gettext_lazy("to come")}


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase of the strip; `state` is past, now or ahead and names its class and shape."""

    phase: Phase
    begins: str
    state: str

    @property
    def state_said(self) -> str:
        return str(STATES[self.state])


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """One milestone with its dates in words."""

    milestone: Milestone
    dates: str
    is_now: bool

    @property
    def days(self) -> str:
        first, last = self.milestone.first_day, self.milestone.last_day
        return gettext("Day {day}").format(day=first) if first == last else gettext("Day {first}–{last}").format(first=first, last=last)


def phase_rows(treatment: Treatment, course: Course, today: int) -> list[PhaseRow]:
    return [PhaseRow(phase, dated(treatment, phase.first_day, today), _state(phase, today)) for phase in course.phases]


def _state(phase: Phase, today: int) -> str:
    if phase.last_day < today:
        return "past"
    return "now" if phase.first_day <= today else "ahead"


def milestone_rows(treatment: Treatment, milestones: Iterable[Milestone], today: int) -> list[MilestoneRow]:
    return [MilestoneRow(m, when_said(treatment, m, today), m.first_day <= today <= m.last_day) for m in milestones]


def when_said(treatment: Treatment, milestone: Milestone, today: int) -> str:
    """“Thu 19 – Sat 21 Nov”; of a long one where it begins, and once it has begun, where it ends."""
    first, last = treatment.date_of(milestone.first_day), treatment.date_of(milestone.last_day)
    if last - first > LONG:
        if milestone.first_day <= today:
            return gettext("until {date}").format(date=dated(treatment, milestone.last_day, today))
        return gettext("from {date}").format(date=dated(treatment, milestone.first_day, today))
    if first == last:
        return words.short_date(first)
    return f"{words.short_date(first)} – {words.short_date(last)}"


def dated(treatment: Treatment, day: int, today: int) -> str:
    """“14 Feb”, with its year where that is not the year of today."""
    when = treatment.date_of(day)
    return language.dated(when, gettext("j M") if _is_this_year(when, treatment, today) else gettext("j M Y"))


def check_in_said(treatment: Treatment, norms: Norms, today: int, logged: Iterable[int]) -> tuple[int | None, str]:
    """The day on which a log is asked for next, and that in a sentence."""
    day = next_check_in(norms, today, logged)
    if day is None:
        return None, gettext("No more check-ins are due; you can still log any day.")
    if day == today:
        return day, gettext("A check-in is due today.")
    tomorrow = gettext("Your next check-in is due tomorrow, {date}; you can log any day.")
    pattern = tomorrow if day == today + 1 else gettext("Your next check-in is due {date}; you can log any day.")
    return day, pattern.format(date=long_dated(treatment, day, today))


def long_dated(treatment: Treatment, day: int, today: int) -> str:
    """“Thursday 3 December”, with its year where that is not the year of today."""
    when = treatment.date_of(day)
    return words.long_date(when) if _is_this_year(when, treatment, today) else language.dated(when, gettext("l j F Y"))


def _is_this_year(when: date, treatment: Treatment, today: int) -> bool:
    return when.year == treatment.date_of(today).year
