"""A patient's photos: up to three for each log. The rows are here, the files in the storage (patients.photo_store)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy

from patients.models.logs import Log
from patients.models.people import Clinic, User
from patients.models.treatments import Treatment

COMPARED = ("uuid", "view", "width", "height", "log__day", "log__treatment__session_number", "log__treatment__treated_on")


class PhotoQuerySet(models.QuerySet["Photo"]):
    def of(self, treatment: Treatment) -> PhotoQuerySet:
        return self.filter(log__treatment=treatment)

    def newest_of(self, treatments: Collection[int]) -> PhotoQuerySet:
        """One for each of these recoveries that has any: of its last day with a photo, from the front where there is one."""
        theirs = Photo.objects.filter(log__treatment=OuterRef("pk")).order_by("-log__day", "view").values("pk")[:1]
        # Found recovery by recovery: a course of fifty photos is not read to show one.
        return self.filter(pk__in=Treatment.objects.filter(pk__in=treatments).annotate(newest=Subquery(theirs)).values("newest"))

    def visible_to(self, user: User) -> PhotoQuerySet:
        # Through the treatment, so that one place alone says whose recovery a person sees.
        return self.filter(log__treatment__in=Treatment.objects.visible_to(user))

    def in_order(self) -> PhotoQuerySet:
        """Day by day, each day front, left, right."""
        # The three stand so in the alphabet too.
        return self.order_by("log__day", "view")

    def with_day(self) -> PhotoQuerySet:
        """The day of the log as `day`, without building the log."""
        return self.annotate(day=F("log__day"))

    def with_session_before(self, treatment: Treatment) -> PhotoQuerySet:
        """Those of a recovery and of the session before it, each with its `treatment_id`, in one query."""
        sessions = [key for key in (treatment.pk, treatment.session_before_id) if key is not None]
        return self.filter(log__treatment__in=sessions).annotate(treatment_id=F("log__treatment_id"))

    def naming(self, names: Collection[str]) -> PhotoQuerySet:
        """Those that one of these files of the storage belongs to."""
        return self.filter(Q(full__in=names) | Q(thumb__in=names))

    def of_series(self, treatment: Treatment) -> PhotoQuerySet:
        """Those of a recovery and of the patient's sessions before it, session by session."""
        found = self.filter(clinic_id=treatment.clinic_id, log__treatment__patient_id=treatment.patient_id)
        found = found.filter(log__treatment__session_number__lte=treatment.session_number)
        return found.order_by("log__treatment__session_number", "log__day", "view")

    def for_comparing(self) -> PhotoQuerySet:
        # No more of log and treatment than is shown: notes and reasons are none of that page's business.
        return self.select_related("log__treatment").only(*COMPARED)

    def with_recovery(self) -> PhotoQuerySet:
        return self.select_related("log__treatment__patient", "log__treatment__clinic")


class Photo(models.Model):
    """One picture of a log's day, cleaned. Never changed: another picture of the same view is another row."""

    class View(models.TextChoices):
        FRONT = "front", gettext_lazy("Front")
        LEFT = "left", gettext_lazy("Left side")
        RIGHT = "right", gettext_lazy("Right side")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Its unique constraint with the view is the index.
    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="photos", db_index=False)
    view = models.CharField(max_length=5, choices=View)
    full = models.CharField(max_length=80, help_text="Random name in the storage.")
    thumb = models.CharField(max_length=80, help_text="Random name in the storage.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    size_bytes = models.PositiveIntegerField(help_text="Of the full picture.")
    sha256 = models.CharField(max_length=64, help_text="Of the full picture.")
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PhotoQuerySet.as_manager()
    day: int  # of the log, where `with_day` was asked for
    treatment_id: int  # where `with_session_before` was

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "view"], name="photo_one_for_each_view"),
            models.CheckConstraint(condition=Q(view__in=["front", "left", "right"]), name="photo_view_known"),
        ]

    def __str__(self) -> str:
        return self.get_view_display()

    @property
    def files(self) -> tuple[str, str]:
        """Names of what the storage holds of it."""
        return self.full, self.thumb
