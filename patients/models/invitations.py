"""Invitations: a link in a mail that signs a new patient in once. The link itself is kept nowhere but in that mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from patients.models.people import Clinic, Patient, User

GOOD_FOR = timedelta(days=7)


class InvitationState(StrEnum):
    """What has become of one."""

    OPEN = "open"
    EXPIRED = "expired"
    USED = "used"
    WITHDRAWN = "withdrawn"
    UNSENT = "not sent"


# What ends one; of these each has one at most.
STANDS = Q(used_at__isnull=True, withdrawn_at__isnull=True, failed_at__isnull=True)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self) -> InvitationQuerySet:
        """Neither used, withdrawn nor lost on the way; of each patient there is one at most. It may have expired."""
        return self.filter(STANDS)

    def mailed_since(self, moment: datetime) -> InvitationQuerySet:
        """Made since then; one that no mail server took does not count."""
        return self.filter(made_at__gt=moment, failed_at__isnull=True)

    def newest_first(self) -> InvitationQuerySet:
        return self.order_by("-made_at", "-pk")


class Invitation(models.Model):
    """One mail to one new patient. Digests alone: who reads the table can open nothing with it."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="invitations")
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    # Of the address it went to: one that has changed since must not be opened from the old mailbox.
    address_digest = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False, help_text="The mail server took it then.")
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)
    expires_at = models.DateTimeField(editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False, help_text="No mail server took it: nobody has the link.")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="invitation_expires_later"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True)
                | Q(used_at__isnull=True, failed_at__isnull=True)
                | Q(withdrawn_at__isnull=True, failed_at__isnull=True),
                name="invitation_ended_once",
            ),
            # A second link would stay open when the one that the clinic knows of is withdrawn.
            models.UniqueConstraint(fields=["patient"], condition=STANDS, name="invitation_one_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.patient_id}, {self.made_at}"

    def state(self, now: datetime) -> InvitationState:
        if self.used_at is not None:
            return InvitationState.USED
        if self.withdrawn_at is not None:
            return InvitationState.WITHDRAWN
        if self.failed_at is not None:
            return InvitationState.UNSENT
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED
