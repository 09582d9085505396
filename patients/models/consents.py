"""What patients have agreed to, apart from everything else. Rows are added and ended, never reworded."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models.people import Clinic, Patient

STANDS = Q(withdrawn_at__isnull=True, lapsed_at__isnull=True)


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> ConsentQuerySet:
        """Neither withdrawn nor lapsed; of each patient there is one at most."""
        return self.filter(STANDS)

    def to_photos_of(self, patient: Patient) -> ConsentQuerySet:
        return self.filter(patient=patient, kind=Consent.Kind.PHOTOS)

    def newest_first(self) -> ConsentQuerySet:
        return self.order_by("-given_at", "-pk")


class Consent(models.Model):
    """One yes of one patient, with the words that it was said to."""

    class Kind(models.TextChoices):
        PHOTOS = "photos", "Photos"

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PHOTOS)
    language = models.CharField(max_length=10)
    number = models.PositiveIntegerField(help_text="Version of the clinic's text; 0 is the one that is shipped.")
    # The words themselves: what is shipped changes with the program, and the clinic's name and hours without a version.
    text = models.TextField(help_text="What was on the page.")
    given_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    lapsed_at = models.DateTimeField(null=True, editable=False, help_text="The clinic asked everybody again then.")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["photos"]), name="consent_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="consent_to_something"),
            models.CheckConstraint(condition=Q(withdrawn_at__isnull=True) | Q(lapsed_at__isnull=True), name="consent_ended_once"),
            models.UniqueConstraint(fields=["patient", "kind"], condition=STANDS, name="consent_one_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, {self.given_at}"
