"""How long flags waited for their review, and whether that was within what the patients were promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from patients.exports import words
from patients.models import Clinic, FlagState
from patients.models.flags import FlagQuerySet
from recovery.timeline.promise import answer_due
from recovery.timeline.proportion import Share, percentile
from recovery.timeline.scale import Urgency


@dataclass(slots=True)
class Wait:
    """Of one urgency. `minutes`: how many flags waited so long; `kept` of `due` promises were kept, `overdue` are still open."""

    urgency: Urgency
    minutes: Counter[int] = field(default_factory=Counter)
    kept: int = 0
    overdue: int = 0

    @property
    def reviewed(self) -> int:
        return self.minutes.total()

    @property
    def promise(self) -> Share:
        # What is open past its promise has broken it already: leaving it out would flatter who answers nothing.
        return Share(self.kept, self.reviewed + self.overdue)

    @property
    def median(self) -> str:
        return self._said(0.5)

    @property
    def nine_in_ten(self) -> str:
        return self._said(0.9)

    def within(self, part: float) -> int:
        """Minutes within which this part of the reviewed flags was answered."""
        return percentile(self.minutes, part)

    def _said(self, part: float) -> str:
        return words.ago(timedelta(minutes=self.within(part))) if self.minutes else "–"


@dataclass(slots=True)
class Waits:
    """The most urgent first; `reviews`: how many decisions answered these flags."""

    rows: list[Wait]
    reviews: int


def waits(flags: FlagQuerySet, clinic: Clinic, now: datetime) -> Waits:
    """Of flags that know their state. One query, read row by row: kept are a count for each minute, and the keys of the reviews."""
    found = {urgency: Wait(urgency) for urgency in sorted(Urgency, reverse=True) if urgency.is_flag}
    asked = flags.filter(Q(state__in=[FlagState.OPEN, FlagState.REVIEWED])).order_by()
    # As text: Django's converters of dates would cost more than the reading.
    moments = (Cast("raised_at", TextField()), Cast("review__reviewed_at", TextField()))
    promise, reviews = promises(clinic), set()
    for urgency, review, *texts in asked.values_list("urgency", "review_id", *moments).iterator():
        wait, raised = found[urgency], _moment(texts[0])
        due = promise(Urgency(urgency), raised)
        if review is None:
            wait.overdue += due < now
            continue
        reviews.add(review)
        reviewed = _moment(texts[1])
        wait.minutes[int((reviewed - raised).total_seconds() // 60)] += 1
        wait.kept += reviewed <= due
    return Waits([wait for wait in found.values() if wait.promise.of], len(reviews))


def promises(clinic: Clinic) -> Callable[[Urgency, datetime], datetime]:
    """`answer_due` with the clinic's hours as they are now, for many moments of UTC."""
    hours, zone = clinic.hours, clinic.zone

    @cache
    def due(urgency: Urgency, raised: datetime) -> datetime:
        return answer_due(urgency, raised.astimezone(zone), hours)

    def promise(urgency: Urgency, raised: datetime) -> datetime:
        # Who comes later is never promised an earlier answer: where an hour begins and ends with the same promise, it holds all through.
        begins = raised.replace(minute=0, second=0, microsecond=0)
        first = due(urgency, begins)
        return first if first == due(urgency, begins + timedelta(hours=1)) else answer_due(urgency, raised.astimezone(zone), hours)

    return promise


def _moment(text: str) -> datetime:
    """A moment as the database writes it: SQLite without a zone, in UTC; PostgreSQL with one."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
