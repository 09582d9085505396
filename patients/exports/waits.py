"""How long flags waited for their review, and whether that was within what the patients were promised."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Case, F, Q, TextField, When
from django.db.models.functions import Cast

from patients.exports import words
from patients.models import FlagState
from patients.models.flags import FlagQuerySet
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


def waits(flags: FlagQuerySet, now: datetime) -> Waits:
    """Of flags that know their state. One query, read row by row: kept are a count for each minute, and the keys of the reviews."""
    found = {urgency: Wait(urgency) for urgency in sorted(Urgency, reverse=True) if urgency.is_flag}
    asked = flags.filter(Q(state__in=[FlagState.OPEN, FlagState.REVIEWED])).order_by()
    late = Q(review=None, answer_due__lt=now) | Q(review__reviewed_at__gt=F("answer_due"))
    # As text: Django's converters of dates would cost more than the reading.
    moments = (Cast("raised_at", TextField()), Cast("review__reviewed_at", TextField()))
    rows = asked.annotate(late=Case(When(late, then=1), default=0)).values_list("urgency", "late", "review_id", *moments)
    reviews = set()
    for urgency, is_late, review, raised, reviewed in rows.iterator():
        wait = found[urgency]
        if review is None:
            wait.overdue += is_late
            continue
        reviews.add(review)
        wait.minutes[int((_moment(reviewed) - _moment(raised)).total_seconds() // 60)] += 1
        wait.kept += not is_late
    return Waits([wait for wait in found.values() if wait.promise.of], len(reviews))


def _moment(text: str) -> datetime:
    """A moment as the database writes it: SQLite without a zone, in UTC; PostgreSQL with one."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
