"""A patient's logs: one for each day of a recovery, with a rating for each symptom they spoke of."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models.norms import MOST_DAY, Symptom
from patients.models.people import Clinic
from patients.models.treatments import Treatment


class LogQuerySet(models.QuerySet["Log"]):
    def of(self, treatment: Treatment) -> LogQuerySet:
        return self.filter(treatment=treatment).order_by("day")

    def from_day(self, day: int) -> LogQuerySet:
        return self.filter(day__gte=day)

    def with_ratings(self) -> LogQuerySet:
        return self.prefetch_related("ratings")


class Log(models.Model):
    """One day's entry of one recovery."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
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
        constraints = [
            models.UniqueConstraint(fields=["treatment", "day"], name="log_one_for_each_day"),
            models.CheckConstraint(condition=Q(day__gte=0, day__lte=MOST_DAY), name="log_day_from_0"),
            models.CheckConstraint(
                condition=Q(improvement__isnull=True) | Q(improvement__gte=1, improvement__lte=5), name="log_improvement_1_to_5"
            ),
            models.CheckConstraint(condition=Q(urgency__gte=0, urgency__lte=4), name="log_urgency_0_to_4"),
        ]
        indexes = [models.Index(fields=["clinic", "-entered_at"], name="log_newest_by_clinic")]

    def __str__(self) -> str:
        return f"day {self.day}"

    @property
    def severities(self) -> dict[str, int]:
        """Severity by symptom code; reads the prefetched ratings where there are."""
        return {rating.symptom_id: rating.severity for rating in self.ratings.all()}


class Rating(models.Model):
    """One symptom in a log."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Its unique constraint with the symptom is the index; another one would only cost on each write.
    log = models.ForeignKey(Log, on_delete=models.CASCADE, related_name="ratings", db_index=False)
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="+", db_index=False)
    severity = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "symptom"], name="rating_once_for_each_symptom"),
            models.CheckConstraint(condition=Q(severity__gte=0, severity__lte=4), name="rating_severity_0_to_4"),
        ]
