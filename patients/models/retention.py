"""How long a clinic keeps a patient's record after the last thing that happened, and who is due to be erased."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from patients.models.flags import Review
from patients.models.logs import Log
from patients.models.people import Clinic, Patient, PatientQuerySet
from patients.models.treatments import Treatment

MOST_MONTHS = 600
NOTICE = timedelta(days=30)  # between the mail that announces it and the erasure
# An address that takes no mail must not keep a record for ever; a mail server that is down for weeks must not end one unseen.
UNREACHED = timedelta(days=90)


class Retention(models.Model):
    """A clinic's two periods, in months after the last activity; without a row neither is set."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="retention")
    keep_months = models.PositiveSmallIntegerField(null=True, help_text="Must be kept so long; empty: no such duty.")
    delete_months = models.PositiveSmallIntegerField(null=True, help_text="Erased by itself after so long; empty: never.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(keep_months__isnull=True) | Q(keep_months__gte=1, keep_months__lte=MOST_MONTHS))
                & (Q(delete_months__isnull=True) | Q(delete_months__gte=1, delete_months__lte=MOST_MONTHS)),
                name="retention_within_1_to_600_months",
            ),
            models.CheckConstraint(
                condition=Q(keep_months__isnull=True) | Q(delete_months__isnull=True) | Q(delete_months__gte=F("keep_months")),
                name="retention_deletes_no_sooner_than_it_keeps",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.keep_months}, {self.delete_months}"


class ErasureNotice(models.Model):
    """The mail that tells a patient that their record is about to be deleted: one until they come back."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="erasure_notice")
    announced_at = models.DateTimeField(default=timezone.now, editable=False)
    tried_at = models.DateTimeField(default=timezone.now, editable=False, help_text="Who tried last; of two at once one sends it.")
    sent_at = models.DateTimeField(null=True, editable=False, help_text="A mail server took it then.")

    def __str__(self) -> str:
        return f"{self.patient_id}, {self.announced_at}"


class ErasureRequest(models.Model):
    """A patient's wish to be erased that the clinic's duty to keep records puts off."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="erasure_request")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    keep_until = models.DateField()

    def __str__(self) -> str:
        return f"{self.patient_id}, {self.keep_until}"


def retention_of(clinic: Clinic) -> Retention:
    """What is set, or a row that is not stored and sets nothing."""
    return Retention.objects.filter(clinic=clinic).first() or Retention(clinic=clinic)


def months_away(moment: datetime, months: int) -> datetime:
    """So many months later, or earlier; on the last day of a month that has no such day."""
    count = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(count, 12)
    # Nobody's record is that old; a year that no calendar has would be an error.
    year = min(max(year, 1), 9998)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def kept_until(patient: Patient, now: datetime) -> date | None:
    """The clinic's day until which it must keep this record; None where nothing stands in the way of erasing it."""
    months = retention_of(patient.clinic).keep_months
    if months is None:
        return None
    until = months_away(last_activity(patient), months)
    return patient.clinic.local(until).date() if until > now else None


def idle_since(patients: PatientQuerySet, moment: datetime, now: datetime) -> PatientQuerySet:
    """Of whom nothing has been heard or written since that moment, and of whom nothing is open or still to come."""
    treatments = Treatment.objects.filter(patient=OuterRef("pk"))
    logs = Log.objects.filter(treatment__patient=OuterRef("pk"))
    reviews = Review.objects.filter(treatment__patient=OuterRef("pk"))
    return at_rest(patients, now).filter(
        ~Exists(treatments.filter(Q(treated_on__gte=moment.date()) | Q(recorded_at__gte=moment))),
        ~Exists(logs.filter(Q(entered_at__gte=moment) | Q(amended_at__gte=moment))),
        ~Exists(reviews.filter(reviewed_at__gte=moment)),
        Q(user__last_login__isnull=True) | Q(user__last_login__lt=moment),
        enrolled_at__lt=moment,
    )


def at_rest(patients: PatientQuerySet, now: datetime) -> PatientQuerySet:
    """Without anything that waits for a review and without a session that is still to come."""
    yesterday = (now - timedelta(days=1)).date()  # so that no calendar of the world has a later today
    waiting = Treatment.objects.filter(patient=OuterRef("pk")).filter(Q(open_urgency__gt=0) | Q(treated_on__gt=yesterday))
    return patients.filter(~Exists(waiting))


def announced_before(patients: PatientQuerySet, now: datetime) -> PatientQuerySet:
    """Those who were told long enough ago, or could not be told for months."""
    told = Q(erasure_notice__sent_at__lte=now - NOTICE)
    return patients.filter(told | Q(erasure_notice__announced_at__lte=now - UNREACHED))


def last_activity(patient: Patient) -> datetime:
    """The newest of what keeps a record alive. Three queries."""
    zone = ZoneInfo(patient.time_zone)
    logs = Log.objects.filter(treatment__patient=patient).aggregate(entered=models.Max("entered_at"), amended=models.Max("amended_at"))
    reviewed = Review.objects.filter(treatment__patient=patient).aggregate(at=models.Max("reviewed_at"))["at"]
    sessions = Treatment.objects.filter(patient=patient).values_list("treated_on", "recorded_at")
    moments = [moment for day, recorded in sessions for moment in (datetime.combine(day, time(), zone), recorded)]
    known = [patient.enrolled_at, patient.user.last_login, logs["entered"], logs["amended"], reviewed, *moments]
    return max(moment for moment in known if moment is not None)
