"""The questions that the clinician's queue asks of treatments: which rows, in which order, how many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery

from patients.models.people import Clinic
from recovery.timeline.scale import Urgency

COUNTED_UP_TO = 500  # a longer list says "500+": counting it all would cost more than showing it


class Place(NamedTuple):
    """A row's place in the queue as it was ordered at `now`: what a next page goes on behind."""

    now: datetime
    urgency: int
    asked: bool
    overdue: bool
    distance: int
    since: datetime
    pk: int


class TabPlace(NamedTuple):
    """A row's place in another tab: after a flagged log or not, the moment it is ordered by, its key."""

    flagged: bool
    moment: datetime
    pk: int


MOMENTS = {"waiting": "awaits_since", "quiet": "quiet_from", "done": "reviewed_at"}


class QueueQuestions(models.QuerySet):
    """Mixed into the QuerySet of treatments. `now` is the caller's, and the same for all pages of one walk."""

    def needing_review(self) -> Self:
        # Just the condition of the partial index: another one, and the index would not be used.
        return self.filter(open_urgency__gt=0)

    def waiting_urgently(self) -> Self:
        """Where the clinic owes an answer the same day."""
        return self.filter(open_urgency__gte=Urgency.URGENT)

    def awake(self, now: datetime) -> Self:
        return self.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now))

    def snoozed(self, now: datetime) -> Self:
        return self.filter(snoozed_until__gt=now)

    def overdue(self, now: datetime) -> Self:
        return self.filter(answer_due__lt=now)

    def first_things_first(self, now: datetime) -> Self:
        """In the order of recovery.timeline.rank: urgency, asked, overdue, distance, oldest."""
        # As a number: databases differ in how they order truth.
        late = models.Case(models.When(answer_due__lt=now, then=1), default=0, output_field=models.IntegerField())
        return self.order_by("-open_urgency", "-open_asked", late.desc(), "-open_distance", "open_since", "pk")

    def behind(self, place: Place) -> Self:
        """The rows behind a place: keyset paging, so late pages cost what the first one costs."""
        in_time, late = Q(answer_due__gte=place.now), Q(answer_due__lt=place.now)
        # Column by column: a comparison of whole rows cannot go down in some and up in the others.
        same = Q(open_urgency=place.urgency)
        found = Q(open_urgency__lt=place.urgency) | same & Q(open_asked__lt=place.asked)
        same &= Q(open_asked=place.asked)
        if place.overdue:
            found |= same & in_time
        same &= late if place.overdue else in_time
        found |= same & Q(open_distance__lt=place.distance)
        same &= Q(open_distance=place.distance)
        found |= same & Q(open_since__gt=place.since)
        found |= same & Q(open_since=place.since, pk__gt=place.pk)
        # Said once more by itself, so that the index is entered at the place and not at its beginning.
        return self.filter(found, open_urgency__lte=place.urgency)

    def next_behind(self, place: Place) -> Iterator[Self]:
        """Where the next row stands, the likeliest first: the first row of the first that has one.

        Nearly always the first one has it: all in one would weigh five conditions for every row of the queue.
        """
        in_order = ("-open_distance", "open_since", "pk")
        same = self._as_urgent(place)
        further = Q(open_distance__lt=place.distance) | Q(open_distance=place.distance, open_since__gt=place.since)
        further |= Q(open_distance=place.distance, open_since=place.since, pk__gt=place.pk)
        yield same.filter(_lateness(place.now, place.overdue), further, open_distance__lte=place.distance).order_by(*in_order)
        if place.overdue:
            yield same.filter(_lateness(place.now, is_late=False)).order_by(*in_order)
        below = Q(open_urgency__lt=place.urgency) | Q(open_urgency=place.urgency, open_asked__lt=place.asked)
        yield self.filter(below, open_urgency__lte=place.urgency).first_things_first(place.now)

    def _as_urgent(self, place: Place) -> Self:
        # “In”, for what equals a truth value is written as NOT, which no index serves.
        return self.filter(open_urgency=place.urgency, open_asked__in=[place.asked])

    def next_ahead(self, place: Place) -> Iterator[Self]:
        """The same for the row before it."""
        in_order = ("open_distance", "-open_since", "-pk")
        same = self._as_urgent(place)
        nearer = Q(open_distance__gt=place.distance) | Q(open_distance=place.distance, open_since__lt=place.since)
        nearer |= Q(open_distance=place.distance, open_since=place.since, pk__lt=place.pk)
        yield same.filter(_lateness(place.now, place.overdue), nearer, open_distance__gte=place.distance).order_by(*in_order)
        if not place.overdue:
            yield same.filter(_lateness(place.now, is_late=True)).order_by(*in_order)
        above = Q(open_urgency__gt=place.urgency) | Q(open_urgency=place.urgency, open_asked__gt=place.asked)
        yield self.filter(above, open_urgency__gte=place.urgency).first_things_first(place.now).reverse()

    def with_news_since(self, moment: datetime) -> Self:
        """Those that a flag raised since then brought here or made worse: what a page shown at that moment lacks."""
        still_open = Q(flags__review__isnull=True, flags__withdrawn_at__isnull=True, flags__raised_at__gt=moment)
        raised = self.model._default_manager.filter(still_open, pk=OuterRef("pk"))
        return self.needing_review().filter(models.Exists(raised))

    def waiting_for_patient(self, now: datetime) -> Self:
        """Answered, nothing open, no log and no later session since: the next step is the patient's. The newest answer first."""
        later = self.model._default_manager.filter(session_before=OuterRef("pk"), treated_on__lte=now.date())
        found = self.filter(~models.Exists(later), open_urgency=0, awaits_since__isnull=False)
        return found.order_by("-awaits_since", "-pk")

    def gone_quiet(self, now: datetime) -> Self:
        """Running recoveries whose check-in was due and missed; after a flagged log first, then the newest silence."""
        return self.filter(quiet_until__gt=now, quiet_from__lte=now).order_by("-last_log_flagged", "-quiet_from", "-pk")

    def done(self) -> Self:
        """Reviewed with nothing open, the newest review first."""
        return self.filter(open_urgency=0, reviewed_at__isnull=False).order_by("-reviewed_at", "-pk")

    def behind_in(self, tab: str, place: TabPlace) -> Self:
        """The rows behind a place in one of the other tabs, all of which put the newest first."""
        field = MOMENTS[tab]
        found = Q(**{f"{field}__lt": place.moment}) | Q(**{field: place.moment}, pk__lt=place.pk)
        if tab == "quiet":
            found = Q(last_log_flagged__lt=place.flagged) | Q(found, last_log_flagged=place.flagged)
        else:
            # Said once more by itself, so that the index is entered at the place and not at its beginning.
            found &= Q(**{f"{field}__lte": place.moment})
        return self.filter(found)

    def tab_counts(self, now: datetime, most: int = COUNTED_UP_TO) -> dict[str, int]:
        """How many rows each tab has, in one query; counted up to one more than `most`."""
        open_rows = self.needing_review()
        tabs = {
            "needs_review": open_rows.awake(now),
            "snoozed": open_rows.snoozed(now),
            "waiting": self.waiting_for_patient(now),
            "quiet": self.gone_quiet(now),
            "done": self.done(),
        }
        # A slice each, so that a long history is not counted to its end.
        counts = {name: _counted(rows, most + 1) for name, rows in tabs.items()}
        # Any one row carries the counts.
        found = Clinic.objects.order_by().annotate(**counts).values(*counts)[:1]
        return {name: number or 0 for row in found for name, number in row.items()}

    def of_urgency(self, urgency: int) -> Self:
        return self.filter(open_urgency=urgency)

    def with_clinician(self, user: UUID) -> Self:
        """Assigned to this person, or reviewed by them last."""
        return self.filter(Q(assigned_to__uuid=user) | Q(reviewed_by__uuid=user))

    def under_protocol(self, slug: str) -> Self:
        return self.filter(protocol__slug=slug)

    def in_phase(self, runs: list[tuple[UUID, int, int]], today: date) -> Self:
        """On a day of one of these runs, each of the norm version it belongs to: version, first day, last day."""
        found = Q(pk__in=[])
        for version, first, last in runs:
            days = (today - timedelta(days=last), today - timedelta(days=first))
            found |= Q(norm_version=version, treated_on__range=days)
        return self.filter(found)

    def of_patients_named(self, text: str) -> Self:
        return self.filter(patient__user__name__icontains=text)


def _lateness(now: datetime, is_late: bool) -> Q:
    return Q(answer_due__lt=now) if is_late else Q(answer_due__gte=now)


def _counted(rows: QueueQuestions, most: int) -> Subquery:
    """As many as there are, up to `most`, for a column of another query."""
    some: Any = rows.order_by().values("pk")[:most]
    inner = rows.model._default_manager.filter(pk__in=some).order_by()
    # Grouped by a constant: a count as a column has to be one row.
    return Subquery(inner.annotate(one=models.Value(1)).values("one").annotate(n=Count(F("pk"))).values("n"))
