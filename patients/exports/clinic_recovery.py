"""One recovery as its page for the clinic shows it. Days by the patient's calendar, times of the clock by the clinic's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.utils.safestring import SafeString

from patients.exports import charts, words
from patients.exports.amended import Change, changes_of
from patients.exports.flags import FlagCard, card_of
from patients.exports.rating_table import rating_table
from patients.exports.recoveries import RecoveryPicture, SymptomCourse
from patients.exports.row_moves import Moves, moves
from patients.models import Flag, Log, Photo, Review, Treatment, User
from patients.models.norm_values import with_claims
from recovery.timeline.course import Phase
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Urgency


class Decided(NamedTuple):
    """A review with the flags that it answered."""

    review: Review
    flags: list[FlagCard]
    is_newest: bool  # of those that stand: the one that can be undone


class Entered(NamedTuple):
    """A log's column: when it came in, and when it was changed last."""

    log: Log
    at: datetime
    changed: str


class Other(NamedTuple):
    """Another session of the same patient."""

    treatment: Treatment
    is_planned: bool


class ClinicRecovery:
    def __init__(self, treatment: Treatment, now: datetime) -> None:
        self.treatment, self.clinic, self.now = treatment, treatment.clinic, now
        self.today = treatment.day_of(treatment.patient.today(now))
        # West of the clinic it may still be the day before the treatment.
        self.picture = RecoveryPicture(treatment, max(self.today, 0))

    @property
    def norms(self) -> Norms:
        return self.picture.norms

    @property
    def is_planned(self) -> bool:
        return self.today < 0 and not self.picture.logs

    @property
    def baseline(self) -> str:
        symptoms = self.norms.symptoms
        return ", ".join(f"{symptoms[code].name} {grade}" for code, grade in self.treatment.baseline.items())

    @property
    def factors(self) -> list[str]:
        return [a.label for a in self.norms.adjustments if a.factor in self.treatment.factors]

    @property
    def phase(self) -> Phase | None:
        return self.norms.course.phase_on(self.today)

    @property
    def urgency(self) -> Urgency:
        return Urgency(self.treatment.open_urgency)

    @property
    def due(self) -> str:
        due = self.treatment.answer_due
        return words.clock(self.clinic.local(due), self.clinic.local(self.now)) if due else ""

    def moves(self, user: User) -> Moves:
        holder = self.treatment.assigned_to
        return moves(user, self.treatment, holder.name if holder else "", self.now)

    @property
    def is_late(self) -> bool:
        return self.treatment.answer_due is not None and self.treatment.answer_due < self.now

    @cached_property
    def changes(self) -> dict[int, list[Change]]:
        return changes_of(self.picture, self.now)

    @property
    def all_changes(self) -> list[Change]:
        return [change for day in self.picture.logs for change in self.changes.get(day, [])]

    @cached_property
    def open_flags(self) -> list[Flag]:
        return [flag for flag in self.picture.flags if flag.review_id is None]

    @cached_property
    def open_cards(self) -> list[FlagCard]:
        return self._cards(self.open_flags)

    @cached_property
    def _explained(self) -> Norms:
        return with_claims(self.norms)

    def _cards(self, flags: Iterable[Flag]) -> list[FlagCard]:
        return [card_of(flag, self._explained, self.changes) for flag in flags]

    @property
    def lead(self) -> str:
        return self.open_cards[0].said_on(self.today) if self.open_cards else ""

    @property
    def latest_flagged(self) -> int:
        return max(flag.day for flag in self.open_flags)

    @property
    def seen(self) -> str:
        """The flags of this page: one raised since is not answered by who has never seen it."""
        return ",".join(str(flag.uuid) for flag in self.open_flags)

    @property
    def decided(self) -> list[Decided]:
        reviews = list(self.treatment.reviews.newest_first().with_flags())
        newest = next((review for review in reviews if review.undone_at is None), None)
        return [Decided(review, self._cards(review.flags.all()), review is newest) for review in reviews]

    @property
    def courses(self) -> list[SymptomCourse]:
        return self.picture.courses(self.norms.symptoms.values(), charts.DESK)

    @property
    def table(self) -> list[tuple[str, SafeString]]:
        rated = (*self.picture.core, *self.picture.others)
        return rating_table(self.picture, [symptom for symptom in self.norms.symptoms.values() if symptom in rated])

    @property
    def dates(self) -> list[tuple[int, str]]:
        return [(day, words.short_date(self.treatment.date_of(day))) for day in self.picture.logs]

    @property
    def signs_by_day(self) -> list[str]:
        # `sign` knows what to say of codes of other norms: the recovery may have moved since it was logged.
        return ["; ".join(self.norms.sign(code).label for code in log.signs) for log in self.picture.logs.values()]

    @property
    def entered(self) -> list[Entered]:
        return [self._entered(log) for log in self.picture.logs.values()]

    def _entered(self, log: Log) -> Entered:
        changes = self.changes.get(log.day)
        return Entered(log, self.clinic.local(log.entered_at), words.lower_first(changes[-1].at) if changes else "")

    @property
    def notes(self) -> list[tuple[int, str]]:
        return [(day, log.note) for day, log in self.picture.logs.items() if log.note]

    @cached_property
    def ends(self) -> tuple[Photo, Photo] | None:
        """The first and the latest photo of the view that has most of them: what one looks at first."""
        views = [[p for p in self.picture.photos if p.view == view] for view in Photo.View.values]
        longest = max(views, key=len)
        return (longest[0], longest[-1]) if len(longest) > 1 else None

    @property
    def others(self) -> list[Other]:
        found = Treatment.objects.filter(patient_id=self.treatment.patient_id).exclude(pk=self.treatment.pk)
        today = self.treatment.patient.today(self.now)
        return [Other(t, t.treated_on > today) for t in found.select_related("protocol").newest_first()]
