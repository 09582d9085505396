"""Flags and the reviews that answer them."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from patients.models.logs import Log
from patients.models.norms import NormVersion
from patients.models.people import Clinic, User
from patients.models.treatments import Treatment
from recovery.timeline.compare import Finding
from recovery.timeline.scale import Disposition, Rule


# Everything here is PROTECT: a decision is a clinical record, and what it speaks of cannot be deleted from under it.
class ReviewQuerySet(models.QuerySet["Review"]):
    def newest_first(self) -> ReviewQuerySet:
        return self.select_related("reviewed_by", "undone_by").order_by("-reviewed_at", "-pk")

    def visible_to(self, user: User) -> ReviewQuerySet:
        # Through the treatment, so that one place alone says whose recovery a person sees.
        return self.filter(treatment__in=Treatment.objects.visible_to(user))

    def with_people(self) -> ReviewQuerySet:
        return self.select_related("clinic", "treatment__patient__user")

    def standing(self) -> ReviewQuerySet:
        """Those that nobody has undone."""
        return self.filter(undone_at__isnull=True)

    def with_flags(self) -> ReviewQuerySet:
        """The flags that each answered, withdrawn ones too."""
        answered = Flag.objects.with_day().with_norms().most_urgent_first()
        return self.prefetch_related(models.Prefetch("flags", queryset=answered))

    def with_reply(self) -> ReviewQuerySet:
        """Those whose reply the patient reads."""
        # Of these lines the patient sees nothing more.
        shown = ("reply", "reviewed_at", "treatment", "reviewed_by__name", "reviewed_by__title")
        return self.standing().exclude(reply="").select_related("reviewed_by").only(*shown).order_by("-reviewed_at", "-pk")


class Review(models.Model):
    """A clinician's decision on a recovery's open flags."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="reviews")
    disposition = models.CharField(max_length=20, choices=[(d.value, d.words) for d in Disposition])
    note = models.TextField(blank=True, help_text="For the clinic only.")
    reply = models.TextField(blank=True, help_text="What the patient reads.")
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(default=timezone.now, editable=False)

    # Kept when it is undone: what was decided, and that it was taken back, are both part of the record.
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(disposition__in=[d.value for d in Disposition]), name="review_disposition_known"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="review_undone_when_and_by_whom",
            ),
        ]
        indexes = [models.Index(fields=["treatment", "-reviewed_at"], name="review_newest")]

    def __str__(self) -> str:
        return f"{self.get_disposition_display()}, {self.reviewed_by}"


class FlagState(models.TextChoices):
    """What became of a flag, so that each is counted once."""

    OPEN = "open", "Still open"
    COVERED = "covered", "Answered by an earlier review"  # the review came before the flag: nobody was asked again
    REVIEWED = "reviewed", "Reviewed"
    WITHDRAWN = "withdrawn", "Taken back"  # before an answer, or raised anew when the norms moved


class FlagQuerySet(models.QuerySet["Flag"]):
    def of(self, treatment: Treatment) -> FlagQuerySet:
        return self.filter(treatment=treatment)

    def live(self) -> FlagQuerySet:
        """Flags that the logs as they stand now still raise."""
        return self.filter(withdrawn_at__isnull=True)

    def open(self) -> FlagQuerySet:
        return self.live().filter(review__isnull=True)

    def together(self, least: int) -> models.QuerySet[Flag, int]:
        """The logs with at least so many ratings above range: those that the cluster rule speaks of."""
        # Without an order: its columns would join the grouping, and every flag would be a group of its own.
        above = self.live().filter(rule=Rule.ABOVE_RANGE).order_by().values("log").annotate(count=models.Count("pk"))
        return above.filter(count__gte=least).values_list("log", flat=True)

    def with_day(self) -> FlagQuerySet:
        """The day of the log as `day`, without building the log."""
        return self.annotate(day=models.F("log__day"))

    def with_norms(self) -> FlagQuerySet:
        """The norms that each was raised under."""
        return self.select_related("norm_version__protocol")

    def on_logs_of(self, clinic: Clinic, since: datetime | None) -> FlagQuerySet:
        """Of the clinic's logs that were entered since then, whenever the flag was raised; of all logs without a moment."""
        if since is None:
            # By the flag's own clinic: by the log's, every log would be looked up to find the few that are flagged.
            return self.filter(clinic=clinic)
        return self.filter(log__clinic=clinic, log__entered_at__gte=since)

    def with_state(self) -> FlagQuerySet:
        """A FlagState as `state`."""
        # A move of the norms copies a flag with its review and its time (patients.actions.flags): only the last copy counts.
        anew = Flag.objects.filter(log=OuterRef("log"), rule=OuterRef("rule"), subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
        anew = anew.filter(raised_at=OuterRef("raised_at")).exclude(norm_version=OuterRef("norm_version"))
        is_covered = Q(review__reviewed_at__lt=F("raised_at"))
        never_answered = Q(review__isnull=True) | is_covered | Exists(anew)
        state = Case(
            # Answered and then taken back it stays reviewed: a corrected slip was somebody's work, too.
            When(Q(withdrawn_at__isnull=False) & never_answered, then=Value(FlagState.WITHDRAWN.value)),
            When(review__isnull=True, then=Value(FlagState.OPEN.value)),
            When(is_covered, then=Value(FlagState.COVERED.value)),
            default=Value(FlagState.REVIEWED.value),
        )
        return self.annotate(state=state)

    def for_settling(self) -> FlagQuerySet:
        """Without what is only read: the words, the public id."""
        return self.defer("uuid", "why", "clinic")

    def most_urgent_first(self) -> FlagQuerySet:
        # Rule and subject last, so that equal flags stand in the same order each time.
        return self.order_by("-urgency", "-distance", "-log__day", "rule", "subject")


class Flag(models.Model):
    """A stored finding of urgency watch or higher, with what is needed to derive it again."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Indexed below by name; Django's own index on the foreign key would be the same one twice.
    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="flags", db_index=False)
    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="flags")
    # Kept beside the treatment's own: moving a recovery to new norms must not rewrite what was flagged under the old.
    norm_version = models.ForeignKey(NormVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(max_length=30, choices=[(r.value, r.words) for r in Rule])
    raised_by = models.CharField(max_length=30, blank=True, help_text="A second rule that made it more urgent.")
    subject = models.CharField(max_length=30, help_text="Code of the symptom or sign; “log” for the whole log.")
    urgency = models.PositiveSmallIntegerField()
    observed = models.PositiveSmallIntegerField(null=True)
    band = models.JSONField(null=True, help_text="The band as it was for this patient: days, low, typical, high, urgent-above.")
    distance = models.SmallIntegerField(default=0)
    counterfactual = models.PositiveSmallIntegerField(null=True)  # the highest grade that would not have been flagged
    reference = models.JSONField(null=True, help_text="The earlier rating it compares with: day, severity.")
    why = models.TextField(help_text="The explanation in one sentence.")
    raised_at = models.DateTimeField(default=timezone.now, editable=False)
    # As promised then: hours and holidays that change later change no promise.
    answer_due = models.DateTimeField(editable=False)
    # Withdrawn, not deleted: its review may cover what is raised later (patients.actions.flags.settle).
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    review = models.ForeignKey(Review, null=True, on_delete=models.PROTECT, related_name="flags")

    objects = FlagQuerySet.as_manager()
    day: int  # of the log, where `with_day` was asked for
    finding: Finding  # which it was made from, until it is stored

    class Meta:
        constraints = [
            # Among those that stand: a finding may go and come again.
            models.UniqueConstraint(
                fields=["log", "rule", "subject"], condition=Q(withdrawn_at__isnull=True), name="flag_once_for_each_finding"
            ),
            models.CheckConstraint(condition=Q(urgency__in=[2, 3, 4]), name="flag_urgency_watch_or_higher"),
            models.CheckConstraint(condition=Q(rule__in=[r.value for r in Rule]), name="flag_rule_known"),
        ]
        indexes = [
            models.Index(fields=["treatment"], condition=Q(review__isnull=True, withdrawn_at__isnull=True), name="flag_open_by_treatment"),
            models.Index(fields=["treatment"], name="flag_by_treatment"),
        ]

    def __str__(self) -> str:
        return self.why
