"""Protocols and their norm versions. A published version never changes: triggers in the database see to it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from patients.models.people import User

MOST_DAY = 3650


class Symptom(models.Model):
    """A symptom in plain and clinical words, with a sentence for each grade."""

    code = models.CharField(max_length=30, primary_key=True)
    name = models.CharField(max_length=60)
    clinical_name = models.CharField(max_length=60)
    question = models.CharField(max_length=120)
    grades = models.JSONField(help_text="Five sentences, for 0 to 4.")
    core = models.BooleanField(default=False)
    snomed = models.CharField(max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where a claim comes from; grade A regulator or peer-reviewed, B clinic or maker, C blog."""

    key = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=250)
    publisher = models.CharField(max_length=120)
    year = models.CharField(max_length=4, blank=True)
    url = models.URLField(blank=True)
    grade = models.CharField(max_length=1)

    class Meta:
        ordering = ["grade", "publisher"]
        constraints = [models.CheckConstraint(condition=Q(grade__in=["A", "B", "C"]), name="source_grade_a_to_c")]

    def __str__(self) -> str:
        return f"{self.publisher} {self.year}".strip()


class Claim(models.Model):
    """What a source says of a symptom and days."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="claims")
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="claims")
    first_day = models.SmallIntegerField()
    last_day = models.SmallIntegerField()
    kind = models.CharField(max_length=10)
    text = models.CharField(max_length=250)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["course", "look", "rate", "warning"]), name="claim_kind_known"),
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="claim_days_in_order"),
        ]

    def __str__(self) -> str:
        return self.text


class Protocol(models.Model):
    """A kind of treatment with norms of its own."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class NormVersionQuerySet(models.QuerySet["NormVersion"]):
    def published(self) -> NormVersionQuerySet:
        return self.filter(published_at__isnull=False)

    def in_force(self) -> NormVersionQuerySet:
        """The newest published version of each protocol."""
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
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_as = models.CharField(max_length=160, blank=True, help_text="Who published it, as written then.")
    reason = models.CharField(max_length=500, blank=True)

    objects = NormVersionQuerySet.as_manager()

    class Meta:
        ordering = ["protocol", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["protocol", "number"], name="norm_version_number_once"),
            models.UniqueConstraint(fields=["protocol"], condition=Q(published_at__isnull=True), name="norm_version_one_draft"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_as="", published_by__isnull=True)
                | (Q(published_at__isnull=False) & ~Q(published_as="") & ~Q(reason="")),
                name="norm_version_who_when_and_why_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol.name}, version {self.number}"


class DayRun(models.Model):
    """Rows of a version that hold over a run of days."""

    first_day = models.SmallIntegerField()
    last_day = models.SmallIntegerField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day"), last_day__lte=MOST_DAY), name="%(class)s_days_in_order")
        ]


class Band(DayRun):
    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="bands")
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="+")
    low = models.PositiveSmallIntegerField()
    typical = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    urgent_above = models.PositiveSmallIntegerField(null=True, blank=True)
    rationale = models.TextField(blank=True)

    class Meta(DayRun.Meta):
        ordering = ["symptom__position", "first_day"]
        constraints = [
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
        ordering = ["first_day"]


class Milestone(DayRun):
    version = models.ForeignKey(NormVersion, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=120)
    detail = models.TextField(blank=True)
    sources = models.JSONField(default=list, help_text="Keys of sources.")

    class Meta(DayRun.Meta):
        ordering = ["first_day", "last_day"]


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
    factor = models.CharField(max_length=30)
    label = models.CharField(max_length=80)
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="+")
    high_by = models.SmallIntegerField()
    rationale = models.TextField(blank=True)

    class Meta(DayRun.Meta):
        ordering = ["factor", "first_day"]
