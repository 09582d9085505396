"""Treatments and the recoveries that follow them. A treatment keeps its open state, so the queue reads one page."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models.norms import NormVersion, Protocol
from patients.models.people import Clinic, Patient, Role, User
from patients.models.queue import QueueQuestions


@cache
def _zones() -> dict[str, ZoneInfo]:
    # Kept: zoneinfo itself keeps eight, and reading hundreds of files anew takes a tenth of a second.
    return {name: ZoneInfo(name) for name in sorted(available_timezones())}


def has_begun(now: datetime) -> Q:
    """Whether a treatment's date has come where its patient is."""
    zones: dict[date, list[str]] = defaultdict(list)
    for name, zone in _zones().items():
        zones[now.astimezone(zone).date()].append(name)
    earliest = min(zones)
    # Two dates stand on the calendars of the world at once, three for an hour or two: most rows need no look at the zone.
    begun = Q(treated_on__lte=earliest)
    for day in sorted(zones.keys() - {earliest}):
        begun |= Q(treated_on__lte=day, patient__time_zone__in=zones[day])
    return begun


class TreatmentQuerySet(QueueQuestions, models.QuerySet["Treatment"]):
    def visible_to(self, user: User) -> TreatmentQuerySet:
        """Staff see their clinic's treatments, patients their own, others none."""
        if user.role in (Role.CLINICIAN, Role.ADMIN) and user.clinic_id:
            return self.filter(clinic_id=user.clinic_id)
        # The person's own patient came with the user: no join for what every patient's page asks first.
        patient = getattr(user, "patient", None)
        return self.none() if patient is None else self.filter(patient=patient)

    def with_people(self) -> TreatmentQuerySet:
        return self.select_related("patient__user", "protocol", "clinic")

    def on(self, when: date) -> TreatmentQuerySet:
        """Newest first, those whose recovery a log of this date can belong to."""
        return self.filter(treated_on__lte=when).order_by("-treated_on", "-pk")

    def following(self, protocol: Protocol) -> TreatmentQuerySet:
        """Those of a protocol, and of the shared one it was copied from."""
        return self.filter(protocol__in=protocol.followed)

    def planned(self, today: date) -> TreatmentQuerySet:
        """Those whose day is still to come, the next first; `today` by the patient's calendar."""
        return self.filter(treated_on__gt=today).order_by("treated_on", "pk")

    def running(self, since: date, now: datetime) -> TreatmentQuerySet:
        """Treated on this date or later, begun where the patient is, and not ended by a later session that has begun there."""
        # Logs go to the latest session that has begun, so an earlier one is over however recent it is.
        later = self.model._default_manager.filter(has_begun(now), session_before=models.OuterRef("pk"))
        return self.filter(has_begun(now), treated_on__gte=since).filter(~models.Exists(later))

    def before(self, treatment: Treatment) -> TreatmentQuerySet:
        """The same patient's earlier sessions."""
        return self.filter(patient_id=treatment.patient_id, treated_on__lt=treatment.treated_on)

    def newest_first(self) -> TreatmentQuerySet:
        return self.order_by("-treated_on", "-pk")


class Treatment(models.Model):
    """One microneedling session of one patient, and the recovery after it."""

    class Area(models.TextChoices):
        FACE = "face", "Full face"
        FACE_PART = "face_part", "Part of the face"
        NECK = "neck", "Neck or chest"
        SCALP = "scalp", "Scalp"
        BODY = "body", "Body"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="treatments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="treatments")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="+")
    norm_version = models.ForeignKey(NormVersion, on_delete=models.PROTECT, related_name="+")
    treated_on = models.DateField(help_text="The local date of the treatment: day 0.")
    session_number = models.PositiveSmallIntegerField(default=1)
    # Pinned when recorded, so that the comparison with the last session never changes its partner.
    session_before = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.CharField(max_length=10, choices=Area, default=Area.FACE)
    device = models.CharField(max_length=80, blank=True)
    needle_depth_mm = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    # Of the treatment, not of the patient: what becomes known later must not change how old logs are judged.
    factors = models.JSONField(default=list, blank=True, help_text="What shifts the norms for this patient, as it was then.")
    baseline = models.JSONField(default=dict, blank=True, help_text="Grades before the treatment, by symptom.")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    # The open state, kept by patients.actions.flags.refresh_open_state in the transaction of every log and review.
    open_urgency = models.PositiveSmallIntegerField(default=0, editable=False)
    open_asked = models.BooleanField(default=False, editable=False)
    open_since = models.DateTimeField(null=True, editable=False)
    answer_due = models.DateTimeField(null=True, editable=False)
    open_distance = models.PositiveSmallIntegerField(default=0, editable=False, help_text="The largest distance outside the band.")
    open_reasons = models.JSONField(default=list, editable=False, help_text="Lines of why it stands in the queue.")
    open_lead = models.CharField(max_length=30, blank=True, editable=False, help_text="The symptom whose course the queue draws.")

    # What the clinicians on call were last mailed about in this episode; 0 where nothing was.
    mailed_urgency = models.PositiveSmallIntegerField(default=0, editable=False)
    mailed_distance = models.PositiveSmallIntegerField(default=0, editable=False)
    snoozed_until = models.DateTimeField(null=True, editable=False, help_text="Out of sight until then, by the choice of a clinician.")
    snoozed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)
    assigned_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)
    # The standing review, kept by patients.actions.reviews; `awaits_since` is emptied by the next log.
    reviewed_at = models.DateTimeField(null=True, editable=False)
    reviewed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)
    awaits_since = models.DateTimeField(null=True, editable=False, help_text="Answered then, and the next step is the patient's.")
    # The next check-in, kept by patients.actions.silence, so that silence is found without reading logs.
    last_log_day = models.PositiveSmallIntegerField(null=True, editable=False)
    last_log_flagged = models.BooleanField(default=False, editable=False)
    quiet_from = models.DateTimeField(null=True, editable=False, help_text="The day of the next check-in is over then.")
    quiet_until = models.DateTimeField(null=True, editable=False, help_text="The norms ask for nothing from then on.")
    # Over by the word of the clinic: nothing is asked for any more. Whatever opens it again is a fact the audit holds.
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)
    closed_why = models.CharField(max_length=200, blank=True, editable=False, help_text="For colleagues.")

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(session_number__gte=1), name="treatment_session_from_1"),
            models.CheckConstraint(
                condition=Q(needle_depth_mm__isnull=True) | Q(needle_depth_mm__gt=0, needle_depth_mm__lte=5),
                name="treatment_depth_up_to_5_mm",
            ),
            # All or nothing: the queue orders by these fields and reads its promise from them.
            models.CheckConstraint(
                condition=Q(open_urgency=0, open_asked=False, open_distance=0, open_since__isnull=True, answer_due__isnull=True)
                | Q(open_urgency__in=[2, 3, 4], open_since__isnull=False, answer_due__isnull=False),
                name="treatment_open_state_whole",
            ),
            # What is urgent was promised the same day: nobody may put it out of sight.
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True, snoozed_by__isnull=True)
                | Q(snoozed_until__isnull=False, snoozed_by__isnull=False, open_urgency=2),
                name="treatment_snoozed_only_while_watched",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, awaits_since__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="treatment_reviewed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="treatment_quiet_from_and_until",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, closed_why="")
                | Q(closed_at__isnull=False, closed_by__isnull=False, open_urgency=0),
                name="treatment_closed_by_somebody_with_nothing_open",
            ),
            # Two on one day would share every date, and no log could tell which it is about.
            models.UniqueConstraint(fields=["patient", "treated_on"], name="treatment_once_a_day"),
        ]
        indexes = [
            models.Index(
                "clinic",
                models.F("open_urgency").desc(),
                models.F("open_asked").desc(),
                models.F("open_distance").desc(),
                "open_since",
                "id",
                # What decides between them, so that the order is found in the index alone.
                "answer_due",
                "snoozed_until",
                condition=Q(open_urgency__gt=0),
                name="treatment_queue",
            ),
            models.Index("clinic", models.F("awaits_since").desc(), condition=Q(awaits_since__isnull=False), name="treatment_waiting"),
            models.Index("clinic", models.F("reviewed_at").desc(), condition=Q(reviewed_at__isnull=False), name="treatment_reviewed"),
            # In the order of the tab: by its condition, whoever stopped logging early would be sorted each time, for a year.
            models.Index(
                "clinic",
                models.F("last_log_flagged").desc(),
                models.F("quiet_from").desc(),
                models.F("id").desc(),
                "quiet_until",
                condition=Q(quiet_from__isnull=False),
                name="treatment_quiet_order",
            ),
            models.Index(fields=["patient", "-treated_on"], name="treatment_by_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.patient}, {self.treated_on}"

    def day_of(self, when: date) -> int:
        """Day of the recovery; negative before the treatment."""
        return (when - self.treated_on).days

    def date_of(self, day: int) -> date:
        return self.treated_on + timedelta(days=day)

    @property
    def was_planned(self) -> bool:
        """Whether it was recorded before its day, by the patient's calendar."""
        return self.treated_on > self.patient.today(self.recorded_at)
