"""Mails that wait to be sent: written in the transaction that causes them, sent afterwards. No text and no address is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models.flags import Review
from patients.models.people import Clinic, Patient, User
from patients.models.treatments import Treatment

# Who claimed it has died if it is still unsent by then.
CLAIM_LASTS = timedelta(minutes=10)


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def waiting(self) -> OutgoingMailQuerySet:
        # Just the condition of the partial index.
        return self.filter(sent_at__isnull=True, dropped_at__isnull=True)

    def due(self, now: datetime) -> OutgoingMailQuerySet:
        """Those that may go out now and that nobody is sending, in the order in which they came."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - CLAIM_LASTS)
        return self.waiting().filter(free, send_after__lte=now).order_by("send_after", "pk")

    def with_receivers(self) -> OutgoingMailQuerySet:
        return self.select_related("clinic", "patient__user", "patient__clinic", "user", "treatment", "review")


class OutgoingMail(models.Model):
    """One mail to one person. What it says is worked out when it goes out."""

    class Kind(models.TextChoices):
        REPLY = "reply", "The clinic has answered"
        ALERT = "alert", "Something needs the clinic at once"
        OVERDUE = "overdue", "How many rows are past their time"

    kind = models.CharField(max_length=10, choices=Kind)
    # What may be mailed once: the review, the worsening, the day.
    key = models.CharField(max_length=120, unique=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    treatment = models.ForeignKey(Treatment, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    review = models.ForeignKey(Review, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    send_after = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    # Needless by the time it could go out: the review was undone, the row answered.
    dropped_at = models.DateTimeField(null=True, editable=False)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["reply", "alert", "overdue"]), name="outgoing_mail_kind_known"),
            models.CheckConstraint(
                condition=Q(patient__isnull=True, user__isnull=False) | Q(patient__isnull=False, user__isnull=True),
                name="outgoing_mail_to_one_person",
            ),
            models.CheckConstraint(condition=Q(sent_at__isnull=True) | Q(dropped_at__isnull=True), name="outgoing_mail_sent_or_dropped"),
        ]
        indexes = [
            models.Index(
                fields=["send_after", "id"], condition=Q(sent_at__isnull=True, dropped_at__isnull=True), name="outgoing_mail_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.queued_at}"
