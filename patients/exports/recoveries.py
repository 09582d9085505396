"""One recovery as its pages show it: logs, flags and charts, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from patients.actions.logs import entries_of, ratings_before
from patients.exports import charts, words
from patients.exports.earlier_line import earlier_line
from patients.language import say
from patients.models import Flag, Log, Photo, Treatment
from patients.models.norm_values import spoken_norms
from recovery.timeline.compare import Entry
from recovery.timeline.explain import expected_range
from recovery.timeline.norms import Norms, Symptom
from recovery.timeline.scale import Urgency
from recovery.timeline.verdict import PATIENT_WORDS


@dataclass(frozen=True, slots=True)
class SymptomCourse:
    """One symptom's chart and what its latest rating is."""

    symptom: Symptom
    chart: SafeString
    latest: str
    expected: str
    urgency: Urgency
    is_rated: bool

    @property
    def name(self) -> str:
        return self.symptom.name

    @property
    def patient_word(self) -> str:
        return say(PATIENT_WORDS[self.urgency]) if self.is_rated else gettext("Not rated")


class Mark(NamedTuple):
    """A live flag: all that the patient's page needs of it."""

    day: int
    subject: str
    urgency: int
    answer_due: datetime
    is_open: bool


class RecoveryPicture:
    """What the pages of one recovery share. `day` is the day of today, or the last one to show."""

    def __init__(self, treatment: Treatment, day: int) -> None:
        self.treatment = treatment
        self.day = day
        self.norms: Norms = spoken_norms(treatment)
        self.logs: dict[int, Log] = {log.day: log for log in Log.objects.of(treatment)}
        self.entries: dict[int, Entry] = entries_of(self.logs)

    @cached_property
    def flags(self) -> list[Flag]:
        return list(Flag.objects.of(self.treatment).live().with_day().with_norms().most_urgent_first())

    @cached_property
    def before(self) -> Treatment | None:
        """The session whose days these are judged beside."""
        return self.treatment.session_before

    @cached_property
    def last_session(self) -> dict[int, dict[str, int]]:
        """Ratings of the session before, by day."""
        return ratings_before(self.treatment, 0)

    @cached_property
    def photos_of_both(self) -> list[Photo]:
        return list(Photo.objects.with_session_before(self.treatment).in_order().with_day())

    @cached_property
    def photos(self) -> list[Photo]:
        """By day, each with its `day`."""
        return [photo for photo in self.photos_of_both if photo.treatment_id == self.treatment.pk]

    @cached_property
    def marks(self) -> list[Mark]:
        """Every live flag."""
        if "flags" in self.__dict__:  # read in full already, for the clinic
            return [Mark(f.day, f.subject, f.urgency, f.answer_due, f.review_id is None) for f in self.flags]
        found = Flag.objects.of(self.treatment).live().values_list("log__day", "subject", "urgency", "answer_due", "review_id")
        return [Mark(day, subject, urgency, due, review is None) for day, subject, urgency, due, review in found]

    @cached_property
    def _urgencies(self) -> dict[tuple[int, str], int]:
        found: dict[tuple[int, str], int] = {}
        for mark in self.marks:
            # Two rules may flag one rating: its mark is that of the more urgent.
            found[mark.day, mark.subject] = max(found.get((mark.day, mark.subject), 0), mark.urgency)
        return found

    def urgency_of(self, day: int, symptom: str) -> Urgency:
        return Urgency(self._urgencies.get((day, symptom), 0))

    @cached_property
    def window(self) -> int:
        # A log may lie a day past today where the patient has moved to a zone further west.
        return charts.window_for(max(self.day, *self.logs, 0))

    @cached_property
    def missed(self) -> list[int]:
        """Days of the daily phase without a log, before today; none on a long scale, where they would run together."""
        if self.window > charts.WINDOWS[1]:
            return []
        phases = [p for p in self.norms.course.phases if p.check_in_every_days == 1]
        return [d for p in phases for d in range(p.first_day, min(p.last_day + 1, self.day)) if d not in self.logs]

    @cached_property
    def joins(self) -> dict[int, int]:
        """How far back a line may reach on each day: as far as the check-ins of its phase are apart."""
        found = {}
        for day in (*self.entries, *self.last_session):
            phase = self.norms.course.phase_on(day)
            found[day] = phase.check_in_every_days if phase else 1
        return found

    def points(self, symptom: str) -> list[charts.Point]:
        return [
            charts.Point(day, entry.ratings[symptom], self._urgencies.get((day, symptom), 0))
            for day, entry in self.entries.items()
            if symptom in entry.ratings
        ]

    def _earlier(self, symptom: str, geometry: charts.Geometry) -> str:
        then = [charts.Point(day, said[symptom]) for day, said in sorted(self.last_session.items()) if symptom in said]
        if not then or self.before is None:
            return ""
        return earlier_line(self.before.session_number, then, last_day=self.window, geometry=geometry, joins=self.joins)

    def course_of(self, symptom: Symptom, geometry: charts.Geometry) -> SymptomCourse:
        points = self.points(symptom.code)
        # The logs were read in the order of days, and dictionaries keep it.
        latest = points[-1] if points else None
        band = self.norms.band(symptom.code, latest.day if latest else self.day)
        drawn = charts.chart(
            symptom.name,
            self.norms.bands_of(symptom.code),
            points,
            today=self.day,
            last_day=self.window,
            geometry=geometry,
            missed=self.missed,
            joins=self.joins,
            under=self._earlier(symptom.code, geometry),
        )
        return SymptomCourse(
            symptom,
            drawn,
            said(latest.severity) if latest else gettext("not rated"),
            expected_range(band) if band else gettext("not compared"),
            Urgency(latest.urgency) if latest else Urgency.EXPECTED,
            is_rated=latest is not None,
        )

    def courses(self, symptoms: Iterable[Symptom], geometry: charts.Geometry) -> list[SymptomCourse]:
        return [self.course_of(symptom, geometry) for symptom in symptoms]

    @cached_property
    def core(self) -> list[Symptom]:
        return [s for s in self.norms.symptoms.values() if s.core]

    @cached_property
    def others(self) -> list[Symptom]:
        """Symptoms beyond the core that were rated at least once."""
        # Once rated, always drawn: a symptom that went away is part of the course.
        rated = {code for entry in self.entries.values() for code in entry.ratings}
        return [s for s in self.norms.symptoms.values() if not s.core and s.code in rated]


def said(severity: int) -> str:
    return f"{severity} {words.GRADES[severity]}"
