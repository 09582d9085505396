"""Texts that a clinic words itself: its privacy page, and what is said before photos are allowed.

A version is never changed; the newest one is in force. Where a clinic has written none, the text that is shipped
(patients/data/texts) stands in as number 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.language import offered
from patients.models.people import Clinic, User, languages

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "texts"
INSTALLATION = "installation"  # for whoever belongs to no clinic


@dataclass(frozen=True, slots=True)
class InForce:
    """The text of a kind and language as it stands, its placeholders not filled in yet."""

    kind: str
    language: str
    number: int
    text: str


@cache
def shipped(kind: str, language: str) -> InForce:
    """Without its first line, which is for the clinic alone. English where there is none in this language."""
    path = SHIPPED / f"{kind}.{offered(language)}.txt"
    if not path.exists():
        return shipped(kind, settings.LANGUAGE_CODE)
    _, _, text = path.read_text(encoding="utf-8").partition("\n")
    return InForce(kind, offered(language), 0, text.strip())


class ClinicTextQuerySet(models.QuerySet["ClinicText"]):
    def versions_of(self, clinic: Clinic, kind: str, language: str) -> ClinicTextQuerySet:
        """The newest first."""
        return self.filter(clinic=clinic, kind=kind, language=language).select_related("published_by").order_by("-number")

    def in_force(self, clinic: Clinic, kind: str, language: str) -> InForce:
        """One query. In another language than the clinic has written, the shipped text: a person must be able to read it."""
        language = offered(language)
        found = self.versions_of(clinic, kind, language).values_list("number", "text").first()
        return InForce(kind, language, *found) if found else shipped(kind, language)

    def newest_of(self, clinic: Clinic) -> dict[tuple[str, str], ClinicText]:
        """By kind and language; one query."""
        known = self.filter(clinic=clinic).select_related("published_by").order_by("number")
        return {(text.kind, text.language): text for text in known}


class ClinicText(models.Model):
    """One version of one text in one language."""

    class Kind(models.TextChoices):
        PRIVACY = "privacy", "Privacy page"
        PHOTOS = "photos", "Before photos are allowed"

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="texts", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    language = models.CharField(max_length=10, choices=languages)
    number = models.PositiveIntegerField()
    text = models.TextField()
    # Whoever had allowed photos was asked again from then on.
    asks_again = models.BooleanField(default=False)
    published_at = models.DateTimeField(default=timezone.now, editable=False)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)

    objects = ClinicTextQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "kind", "language", "number"], name="clinic_text_number_once"),
            models.CheckConstraint(condition=Q(kind__in=["privacy", "photos"]), name="clinic_text_kind_known"),
            models.CheckConstraint(condition=Q(number__gte=1) & ~Q(text=""), name="clinic_text_numbered_and_not_empty"),
            models.CheckConstraint(condition=Q(asks_again=False) | Q(kind="photos"), name="clinic_text_asks_again_for_photos_only"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.language}, version {self.number}"
