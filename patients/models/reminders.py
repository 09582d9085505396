"""Reminders: one row for each that was sent, and the question of who may need one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, TypedDict

from django.db import models
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from patients.models.logs import Log
from patients.models.people import Clinic, Patient
from patients.models.treatments import Treatment

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Answered(TypedDict):
        last_log: int | None
        last_reminder: date | None

    Asked = WithAnnotations[Treatment, Answered]


class Reminder(models.Model):
    """One mail that asks a patient for the entry of one day, by the clock or because a clinician wants to hear from them.

    The row comes first: whoever writes it may send.
    """

    class Kind(models.TextChoices):
        LOG = "log", "Asks for the day's log"
        NUDGE = "nudge", "A clinician asks after a silence"

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Its unique constraint with the day is the index.
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="reminders", db_index=False)
    day = models.DateField(help_text="The patient's local date.")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LOG)
    claimed_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            # Not by kind: one mail a day is the most, whatever it asks for.
            models.UniqueConstraint(fields=["patient", "day"], name="reminder_once_a_day"),
            models.CheckConstraint(condition=models.Q(kind__in=["log", "nudge"]), name="reminder_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.patient_id}, {self.day}"


def recoveries_to_ask(zone: str, hours: Collection[int], day: date) -> QuerySet[Asked]:
    """The running recovery of each patient of a zone who chose one of these hours and has had no mail of this date.

    Each knows the day of its last log as `last_log` and the date of the last reminder that was sent as `last_reminder`.
    """
    later = Treatment.objects.filter(patient=OuterRef("patient"), treated_on__gt=OuterRef("treated_on"), treated_on__lte=day)
    # Sent ones alone: a run that died after claiming has asked for nothing.
    reminders = Reminder.objects.filter(patient=OuterRef("patient"), sent_at__isnull=False).order_by().values("patient")
    logs = Log.objects.filter(treatment=OuterRef("pk")).order_by().values("treatment")
    return (
        # A closed recovery asks for nothing, and neither does one before it.
        Treatment.objects.filter(closed_at__isnull=True)
        .filter(patient__time_zone=zone, patient__reminder_hour__in=hours, patient__user__is_active=True)
        # A session to come begins no recovery yet, so the one before it goes on.
        .filter(~Exists(later), treated_on__lte=day)
        .filter(~Exists(Reminder.objects.filter(patient=OuterRef("patient"), day=day)))
        .select_related("patient__user", "patient__clinic")
        .annotate(last_log=Subquery(logs.annotate(last=Max("day")).values("last")))
        .annotate(last_reminder=Subquery(reminders.annotate(last=Max("day")).values("last")))
        .order_by("pk")
    )
