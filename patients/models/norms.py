"""Protocols and their norm versions. A published version never changes: triggers in the database see to it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from patients.models.evidence import Symptom
from patients.models.people import Clinic, Role, User
from recovery.timeline.scale import MOST_DAY


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def of_clinic(self, clinic: Clinic | None) -> ProtocolQuerySet:
        """Those a clinic works with: its own, and the shared ones of which it has no copy; without a clinic the shared ones."""
        if clinic is None:
            return self.filter(clinic__isnull=True)
        # From all protocols: whatever `self` was narrowed to must not hide the clinic's copy.
        own = self.model._default_manager.filter(clinic=clinic, slug=models.OuterRef("slug"))
        return self.filter(Q(clinic=clinic) | Q(clinic__isnull=True) & ~models.Exists(own))

    def visible_to(self, user: User) -> ProtocolQuerySet:
        """Staff see what their clinic works with, the installation's own account the shared ones, patients none."""
        if user.role not in (Role.CLINICIAN, Role.ADMIN):
            return self.none()
        return self.of_clinic(user.clinic)

    def offered(self) -> ProtocolQuerySet:
        """Those that new treatments can follow."""
        return self.filter(retired_at__isnull=True).filter(
            models.Exists(NormVersion.objects.published().filter(protocol=models.OuterRef("pk")))
        )


class Protocol(models.Model):
    """A kind of treatment with norms of its own: shared by all clinics, or one clinic's."""

    # Unique within a clinic: a clinic's own copy of a shared protocol keeps its address.
    slug = models.SlugField()
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    clinic = models.ForeignKey(Clinic, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: shared by all.")
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="protocol_slug_once_in_a_clinic"),
            # NULL equals no other NULL, so the constraint above lets any number of shared protocols have one slug.
            models.UniqueConstraint(fields=["slug"], condition=Q(clinic__isnull=True), name="protocol_slug_once_among_shared"),
            models.CheckConstraint(
                condition=Q(copied_from__isnull=True) | Q(clinic__isnull=False), name="protocol_copies_belong_to_a_clinic"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def followed(self) -> list[int]:
        """Keys of this protocol and of the shared one it was copied from: whose recoveries its norms can be moved to."""
        return [pk for pk in (self.pk, self.copied_from_id) if pk]


class NormVersionQuerySet(models.QuerySet["NormVersion"]):
    def published(self) -> NormVersionQuerySet:
        return self.filter(published_at__isnull=False)

    def drafts(self) -> NormVersionQuerySet:
        return self.filter(published_at__isnull=True)

    def in_force(self) -> NormVersionQuerySet:
        """The newest published version of each protocol."""
        # By number, which only rises; two servers' clocks may disagree about which came later.
        newer = self.model._default_manager.filter(
            protocol=models.OuterRef("protocol"), published_at__isnull=False, number__gt=models.OuterRef("number")
        )
        return self.published().filter(~models.Exists(newer))


class NormVersion(models.Model):
    """A numbered set of bands and everything around them; a draft until published, frozen afterwards."""

    # The key is random so that a published version can be kept in memory under it without asking the database.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    settings = models.JSONField(default=dict, help_text="The numbers of the rules.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    edits = models.PositiveIntegerField(default=0, help_text="Counts the saves of a draft, so that two people do not overwrite each other.")
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_as = models.CharField(max_length=160, blank=True, help_text="Who published it, as written then.")
    reason = models.CharField(max_length=500, blank=True)

    objects = NormVersionQuerySet.as_manager()

    class Meta:
        ordering = ["protocol", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "number"], name="norm_version_number_once"),
            # Two drafts would start as copies of the same version, and publishing the second would undo the first.
            models.UniqueConstraint(fields=["protocol"], condition=Q(published_at__isnull=True), name="norm_version_one_draft"),
            # The starting norms were published by nobody who signs in: `published_as` is needed, `published_by` is not.
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_as="", published_by__isnull=True)
                | (Q(published_at__isnull=False) & ~Q(published_as="") & ~Q(reason="")),
                name="norm_version_who_when_and_why_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol.name}, version {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None


class DayRun(models.Model):
    """Rows of a version that hold over a run of days."""

    # No lowest day for all: guidance and milestones begin before the treatment.
    first_day = models.SmallIntegerField()
    last_day = models.SmallIntegerField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day"), last_day__lte=MOST_DAY), name="%(class)s_days_in_order")
        ]


class Band(DayRun):
    # CASCADE is for discarding a draft; the triggers refuse it for what is published.
    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="bands")
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="+")
    low = models.PositiveSmallIntegerField()
    typical = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    urgent_above = models.PositiveSmallIntegerField(null=True, blank=True)
    rationale = models.TextField(blank=True)

    class Meta(DayRun.Meta):
        ordering = ["symptom__position", "first_day", "pk"]
        constraints = [
            # Named again: a list of its own replaces the parent's, Django does not join them.
            *DayRun.Meta.constraints,
            models.UniqueConstraint(fields=["version", "symptom", "first_day"], name="band_starts_once"),
            models.CheckConstraint(condition=Q(first_day__gte=0), name="band_from_day_0"),
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("typical"), typical__lte=F("high"), high__lte=4), name="band_rises_within_0_to_4"
            ),
            models.CheckConstraint(
                condition=Q(urgent_above__isnull=True) | Q(urgent_above__gte=F("high"), urgent_above__lte=4),
                name="band_urgent_above_from_high_to_4",
            ),
        ]


class Phase(DayRun):
    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="phases")
    name = models.CharField(max_length=80)
    check_in_every_days = models.PositiveSmallIntegerField()
    what_to_expect = models.TextField()

    class Meta(DayRun.Meta):
        ordering = ["first_day", "pk"]


class Milestone(DayRun):
    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=120)
    detail = models.TextField(blank=True)
    # Keys, no relation: an import may name a source that is missing, and is told so before it is published.
    sources = models.JSONField(default=list, help_text="Keys of sources.")

    class Meta(DayRun.Meta):
        ordering = ["first_day", "last_day", "pk"]


class Guidance(DayRun):
    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="guidance")
    kind = models.CharField(max_length=5, choices=[("do", "Do"), ("avoid", "Avoid")])
    text = models.TextField()
    sources = models.JSONField(default=list, help_text="Keys of sources.")
    sources_differ = models.TextField(blank=True)

    class Meta(DayRun.Meta):
        ordering = ["first_day", "pk"]
        constraints = [
            *DayRun.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=["do", "avoid"]), name="guidance_do_or_avoid"),
        ]


class WarningSign(DayRun):
    """`first_day` and `last_day`: when it usually appears."""

    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="signs")
    # Logs hold it, so it never changes (patients.forms.codes).
    code = models.CharField(max_length=30)
    label = models.CharField(max_length=200)
    urgency = models.PositiveSmallIntegerField()
    advice = models.TextField()
    basis = models.CharField(max_length=200)

    class Meta(DayRun.Meta):
        ordering = ["-urgency", "pk"]
        constraints = [
            *DayRun.Meta.constraints,
            models.UniqueConstraint(fields=["version", "code"], name="warning_sign_once"),
            models.CheckConstraint(condition=Q(urgency__in=[2, 3, 4]), name="warning_sign_is_a_flag"),
        ]


class Adjustment(DayRun):
    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="adjustments")
    # Several rows can share one: each moves one symptom over one run of days.
    factor = models.CharField(max_length=30)
    label = models.CharField(max_length=80)
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="+")
    high_by = models.SmallIntegerField()
    rationale = models.TextField(blank=True)

    class Meta(DayRun.Meta):
        ordering = ["factor", "first_day", "pk"]
