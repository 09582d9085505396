"""A patient's logs: one for each day of a recovery, with a rating for each symptom they spoke of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from patients.models.evidence import Symptom
from patients.models.norms import Protocol
from patients.models.people import Clinic, User
from patients.models.treatments import Treatment
from recovery.timeline.impact import Reach, Touched
from recovery.timeline.scale import MOST_DAY, Urgency

Hit = tuple[int, int, int]  # a log that an edit can reach: treatment, day, 1 if it was entered in the period


def as_number(condition: Q) -> Cast:
    """1 or 0: where thousands of rows are read, a converter for each would cost more than the reading."""
    return Cast(models.ExpressionWrapper(condition, models.BooleanField()), models.IntegerField())


class LogQuerySet(models.QuerySet["Log"]):
    def of(self, treatment: Treatment) -> LogQuerySet:
        return self.filter(treatment=treatment).order_by("day")

    def from_day(self, day: int) -> LogQuerySet:
        return self.filter(day__gte=day)

    def visible_to(self, user: User) -> LogQuerySet:
        # Through the treatment, so that one place alone says whose recovery a person sees.
        return self.filter(treatment__in=Treatment.objects.visible_to(user))

    def under(self, protocol: Protocol) -> LogQuerySet:
        """Of recoveries that follow a protocol, or the shared one it was copied from."""
        # Not a join: that would look up the treatment of every log instead of each treatment once.
        return self.filter(treatment__in=Treatment.objects.filter(protocol__in=protocol.followed))

    def within(self, reach: Reach) -> LogQuerySet:
        """Those that at least one of the named properties lets an edit reach."""
        # Matches nothing: an empty Q would match every log.
        reached = Q(pk__in=[])
        if reach.with_signs:
            reached |= ~Q(signs=[])
        if reach.with_improvement:
            reached |= Q(improvement__isnull=False)
        if reach.with_session_before:
            reached |= Q(treatment__session_before__isnull=False)
        return self.filter(reached)

    def hits(self, since: datetime) -> Iterable[Hit]:
        """Whose they are, of which day, and whether it was entered since then."""
        return self.order_by().values_list("treatment", "day", as_number(Q(entered_at__gte=since)))

    def entered_since(self, moment: datetime) -> LogQuerySet:
        return self.filter(entered_at__gte=moment)

    def changed_since(self, moment: datetime) -> LogQuerySet:
        """Entered or amended since then: what somebody who read them at that moment has not seen."""
        return self.filter(Q(entered_at__gt=moment) | Q(amended_at__gt=moment))

    def public_ids(self) -> Iterable[tuple[int, uuid.UUID, uuid.UUID]]:
        """Key, public id, public id of the recovery."""
        return self.values_list("pk", "uuid", "treatment__uuid")

    def counted(self) -> dict[str, Any]:
        """How many logs, how many of them flagged, and when the first was entered."""
        flagged = models.Count("pk", filter=Q(urgency__gte=Urgency.WATCH))
        # The first is at the end of the index; the smallest of all would be sought among all.
        first = self.order_by("entered_at").values_list("entered_at", flat=True).first()
        return self.aggregate(logs=models.Count("pk"), flagged=flagged) | {"first": first}

    def with_ratings(self) -> LogQuerySet:
        return self.prefetch_related("ratings")


class Log(models.Model):
    """One day's entry of one recovery."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The treatment's, once more: every clinical row carries its clinic, so that the tables can be split by it.
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="logs")
    day = models.PositiveSmallIntegerField()
    days_late = models.PositiveSmallIntegerField(default=0, help_text="Days between the day it is about and its entry.")
    signs = models.JSONField(default=list, blank=True, help_text="Codes of warning signs.")
    note = models.TextField(blank=True)
    asked_for_review = models.BooleanField(default=False)
    improvement = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Global Aesthetic Improvement Scale, 1 to 5.")
    urgency = models.PositiveSmallIntegerField(default=0, help_text="The most urgent finding.")
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    amended_at = models.DateTimeField(null=True, editable=False)

    objects = LogQuerySet.as_manager()

    class Meta:
        # In the database, not only in the form: SQLite stores 99999 in a small integer.
        constraints = [
            models.UniqueConstraint(fields=["treatment", "day"], name="log_one_for_each_day"),
            models.CheckConstraint(condition=Q(day__gte=0, day__lte=MOST_DAY), name="log_day_from_0"),
            models.CheckConstraint(
                condition=Q(improvement__isnull=True) | Q(improvement__gte=1, improvement__lte=5), name="log_improvement_1_to_5"
            ),
            models.CheckConstraint(condition=Q(urgency__gte=0, urgency__lte=4), name="log_urgency_0_to_4"),
        ]
        indexes = [
            # For the preview of an edit: how many logs a period has, counted in the index alone…
            models.Index(fields=["clinic", "-entered_at", "treatment", "urgency"], name="log_newest_by_clinic"),
            # …and those of the days whose bands the edit touches.
            models.Index(fields=["clinic", "day", "treatment", "entered_at"], name="log_by_clinic_and_day"),
        ]

    def __str__(self) -> str:
        return f"day {self.day}"

    @property
    def severities(self) -> dict[str, int]:
        """Severity by symptom code; reads the prefetched ratings where there are."""
        return {rating.symptom_id: rating.severity for rating in self.ratings.all()}


class RatingQuerySet(models.QuerySet["Rating"]):
    def of_clinic(self, clinic: Clinic, protocol: Protocol) -> RatingQuerySet:
        """In the clinic's logs of recoveries that follow a protocol, or the shared one it was copied from."""
        return self.filter(log__clinic=clinic, log__treatment__protocol__in=protocol.followed)

    def in_any(self, runs: Iterable[Touched]) -> RatingQuerySet:
        """Of a symptom, on the days and of the severities of at least one of these runs."""
        asked = [Q(symptom=r.symptom, log__day__range=(r.first_day, r.last_day), severity__in=r.severities) for r in runs]
        # At least one run: no condition at all would mean every rating, so `reduce` must fail.
        return self.filter(reduce(or_, asked))

    def hits(self, since: datetime) -> Iterable[Hit]:
        """Whose they are, of which day, and whether it was entered since then."""
        return self.values_list("log__treatment", "log__day", as_number(Q(log__entered_at__gte=since)))


class _Joined(models.Aggregate):
    """Texts of several rows as one, with commas between."""

    function = "GROUP_CONCAT"
    output_field = models.TextField()

    # PostgreSQL wants the separator said; SQLite's is a comma without asking.
    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", template="%(function)s(%(expressions)s, ',')", **context)


def grades() -> models.Subquery:
    """A log's ratings as one text, “redness3,swelling0”: a tenth of the rows where thousands of logs are read."""
    # The grade is one digit at the end: patients.exports.histories cuts it off without parsing.
    said = Concat("symptom_id", Cast("severity", models.TextField()), output_field=models.TextField())
    return models.Subquery(
        Rating.objects.filter(log=models.OuterRef("pk")).order_by().values("log").annotate(said=_Joined(said)).values("said")
    )


class Rating(models.Model):
    """One symptom in a log."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Its unique constraint with the symptom is the index; another one would only cost on each write.
    log = models.ForeignKey(Log, on_delete=models.CASCADE, related_name="ratings", db_index=False)
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="+", db_index=False)
    severity = models.PositiveSmallIntegerField()

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "symptom"], name="rating_once_for_each_symptom"),
            models.CheckConstraint(condition=Q(severity__gte=0, severity__lte=4), name="rating_severity_0_to_4"),
        ]
