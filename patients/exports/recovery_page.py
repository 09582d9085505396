"""What the patient's recovery page shows around the charts: the same page on day 2 and in month 5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from patients.exports import charts
from patients.exports.rating_table import rating_table
from patients.exports.recoveries import RecoveryPicture, SymptomCourse
from patients.exports.sessions import PhotoPair, earlier_sessions, photo_pairs, window_said
from patients.exports.sources import sources_named
from patients.exports.stages import MilestoneRow, PhaseRow, check_in_said, long_dated, milestone_rows, phase_rows
from patients.exports.verdicts import DayVerdict, verdict_of
from patients.language import say
from patients.models import Review, Source, Treatment
from patients.models.norm_values import norms_for
from recovery.timeline.course import Guidance, Milestone, Phase
from recovery.timeline.scale import MOST_DAY
from recovery.timeline.usual import Usual, usual_on


class Care(NamedTuple):
    """What to do and to avoid on a day, and where it is from."""

    do: list[Guidance]
    avoid: list[Guidance]
    sources: list[Source]


class Stretch(NamedTuple):
    """Milestones behind or ahead, and where they are from."""

    rows: list[MilestoneRow]
    sources: list[Source]


class RecoveryPage:
    """`is_latest`: no later session has begun, so that this one takes logs."""

    def __init__(self, treatment: Treatment, *, is_latest: bool) -> None:
        self.treatment, self.is_latest = treatment, is_latest
        self.today = treatment.day_of(treatment.patient.today())
        self.earlier = earlier_sessions(treatment)
        self.picture = RecoveryPicture(treatment, max(self.today, 0))  # a patient who travels west may stand before day 0
        self.course = self.picture.norms.course

    @property
    def offers_log(self) -> bool:
        return self.is_latest and 0 <= self.today <= MOST_DAY and self.today not in self.picture.logs

    @cached_property
    def latest(self) -> int | None:
        return max(self.picture.logs, default=None)

    @cached_property
    def verdict(self) -> DayVerdict | None:
        return None if self.latest is None else verdict_of(self.picture, self.latest)

    @property
    def latest_on(self) -> str:
        return "" if self.latest is None else long_dated(self.treatment, self.latest, self.today)

    @property
    def asks_first(self) -> str:
        """Instead of a verdict, before anything is logged."""
        if self.picture.norms.covers(self.picture.day):
            return gettext("Log today to see whether your skin is as expected.")
        return gettext("Day {day} is past the last day we can compare.").format(day=self.today)

    @cached_property
    def replies(self) -> list[Review]:
        return list(self.treatment.reviews.with_reply())

    @cached_property
    def check_in(self) -> tuple[int | None, str] | None:
        """Day and sentence; none for a session that takes no logs any more, and for one that the clinic has closed."""
        if not self.is_latest or self.today < 0 or self.treatment.closed_at is not None:
            return None
        return check_in_said(self.treatment, self.picture.norms, self.today, self.picture.logs)

    @cached_property
    def usual(self) -> Usual:
        found = usual_on(norms_for(self.treatment), self.picture.day)
        return Usual(tuple((say(name), say(said)) for name, said in found.rows), say(found.sentence))

    @cached_property
    def phase(self) -> Phase | None:
        return self.course.phase_on(self.today)

    @cached_property
    def phases(self) -> list[PhaseRow]:
        return phase_rows(self.treatment, self.course, self.today)

    @cached_property
    def care(self) -> Care:
        do, avoid = (self.course.guidance_on(self.today, kind) for kind in ("do", "avoid"))
        return Care(do, avoid, self._sources_of([*do, *avoid]))

    @cached_property
    def ahead(self) -> Stretch:
        return self._stretch(self.course.milestones_from(self.today))

    @cached_property
    def behind(self) -> Stretch:
        return self._stretch(self.course.milestones_before(self.today))

    def _stretch(self, milestones: Sequence[Milestone]) -> Stretch:
        return Stretch(milestone_rows(self.treatment, milestones, self.today), self._sources_of(milestones))

    @cached_property
    def _sources(self) -> list[Source]:
        # All of the course at once: one query on every day, whether there is advice on it or not.
        parts: list[Guidance | Milestone] = [*self.course.guidance, *self.course.milestones]
        return sources_named(key for part in parts for key in part.sources)

    def _sources_of(self, parts: Iterable[Guidance | Milestone]) -> list[Source]:
        keys = {key for part in parts for key in part.sources}
        return [source for source in self._sources if source.key in keys]

    @cached_property
    def core(self) -> list[SymptomCourse]:
        return self.picture.courses(self.picture.core, charts.PHONE)

    @cached_property
    def others(self) -> list[SymptomCourse]:
        return self.picture.courses(self.picture.others, charts.PHONE)

    @cached_property
    def table(self) -> Sequence[tuple[str, SafeString]]:
        return rating_table(self.picture, [*self.picture.core, *self.picture.others])

    @cached_property
    def pairs(self) -> list[PhotoPair]:
        return photo_pairs(self.picture)

    @cached_property
    def next_window(self) -> str:
        """The dates on which the next session is usual, as long as they are not over and it has not been done."""
        # It is found by its title, as the norms were written.
        window = norms_for(self.treatment).course.next_session_window()
        return window_said(self.treatment, window) if self.is_latest and self.today <= window[1] else ""
