"""Clinics and the people in them."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from patients.language import offered
from recovery.timeline.promise import OpeningHours


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(gettext("“{name}” is not a time zone. Choose one such as Europe/London.").format(name=name))


def languages() -> list[tuple[str, str]]:
    # Called, not copied: another language in the settings is no migration.
    return list(settings.LANGUAGES)


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # in Django's own catalogs


class Clinic(models.Model):
    """A clinic: how to reach it and when it reads answers. Everything clinical belongs to one."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=30, help_text="As people dial it, with spaces.")
    emergency_number = models.CharField(max_length=20, default="112")  # reaches help all over Europe, the United Kingdom included
    time_zone = models.CharField(max_length=60, default="Europe/London", validators=[validate_time_zone])
    opens_at = models.TimeField(default=time(9))
    closes_at = models.TimeField(default=time(18))
    weekdays = models.CharField(max_length=7, default="12345", help_text="Working days, Monday 1 to Sunday 7.")
    watch_days = models.PositiveSmallIntegerField(default=2, help_text="Working days until a watch is answered.")
    urgent_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Working hours until what is urgent is answered; empty: the same working day."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(watch_days__gte=1, watch_days__lte=5), name="clinic_watch_within_1_to_5_days"),
            models.CheckConstraint(
                condition=Q(urgent_hours__isnull=True) | Q(urgent_hours__gte=1, urgent_hours__lte=24),
                name="clinic_urgent_within_1_to_24_hours",
            ),
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="clinic_opens_before_it_closes"),
            models.CheckConstraint(condition=~Q(weekdays=""), name="clinic_works_some_day"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        # The hours are worked out on every page of the clinic: "Mon-Fri" fits the column and would stop them all.
        if not re.fullmatch("[1-7]{1,7}", self.weekdays) or len(set(self.weekdays)) < len(self.weekdays):
            raise ValidationError({"weekdays": "Write each working day once as a number, Monday 1 to Sunday 7: 12345 is Monday to Friday."})

    # Kept with the object: the holidays are a query, and several promises of one request ask for them.
    @cached_property
    def hours(self) -> OpeningHours:
        weekdays, holidays = frozenset(int(day) for day in self.weekdays), frozenset(self.holidays.values_list("day", flat=True))
        return OpeningHours(self.opens_at, self.closes_at, weekdays, holidays, self.watch_days, self.urgent_hours)

    def clinicians(self) -> list[User]:
        """Those who can sign in."""
        return list(self.people.filter(role=Role.CLINICIAN, is_active=True).order_by("name", "pk"))

    def on_call(self) -> list[User]:
        """Whom to mail at once: the clinicians on call, or all of them where none is, so that it is never nobody."""
        everybody = self.clinicians()
        return [user for user in everybody if user.is_on_call] or everybody

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def today(self) -> date:
        return self.local(timezone.now()).date()

    def midnight(self) -> datetime:
        """The moment at which the clinic's day began."""
        return datetime.combine(self.today(), time(), self.zone)

    @property
    def hours_said(self) -> str:
        """“Monday to Friday, 9:00 to 18:00”; days one by one where they are not in a row."""
        days = [gettext(WEEKDAYS[int(day) - 1]) for day in sorted(self.weekdays)]
        # Two days are not worth a “to”.
        in_a_row = "".join(sorted(self.weekdays)) in "1234567" and len(days) > 2
        said = gettext("{first} to {last}").format(first=days[0], last=days[-1]) if in_a_row else ", ".join(days)
        opens, closes = f"{self.opens_at:%-H:%M}", f"{self.closes_at:%-H:%M}"
        return gettext("{days}, {opens} to {closes}").format(days=said, opens=opens, closes=closes)

    @property
    def phone_link(self) -> str:
        return "tel:" + "".join(c for c in self.phone if c.isdigit() or c == "+")


class Role(models.TextChoices):
    PATIENT = "patient", "Patient"
    CLINICIAN = "clinician", "Clinician"
    ADMIN = "admin", "Admin"


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> models.QuerySet[User]:
        # Every page needs the clinic and most the patient: one query for the three.
        return super().get_queryset().select_related("clinic", "patient")

    def staff_beside(self, user: User) -> models.QuerySet[User]:
        """Clinicians and admins of the same clinic, also those who cannot sign in any more; of none for who has none."""
        return self.filter(clinic=user.clinic).exclude(role=Role.PATIENT).order_by("name", "pk")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        # One spelling for each address: allauth asks for it in small letters.
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        # The installation's own account has no clinic: it sees the shared norms and no patient.
        fields = {"role": Role.ADMIN, "name": email} | fields
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Anyone who signs in. The e-mail address is the name; one role each."""

    class Theme(models.TextChoices):
        LIGHT = "light", gettext_lazy("Light")
        DARK = "dark", gettext_lazy("Dark")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=40, blank=True, help_text="Beside the name for staff: nurse, Dr, …")
    role = models.CharField(max_length=10, choices=Role, default=Role.PATIENT)
    clinic = models.ForeignKey(Clinic, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.LIGHT)
    is_active = models.BooleanField(default=True)
    is_on_call = models.BooleanField(default=False, help_text="A clinician who is mailed at once about what is urgent.")
    has_shortcuts = models.BooleanField(default=True, help_text="Single keys work on the pages of the clinic.")
    is_staff = models.BooleanField(default=False, help_text="May open /admin/.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # Part of what every session is checked against: another value ends them all.
    session_salt = models.CharField(max_length=32, blank=True, default="", editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            # Besides the column's own: what is written past `clean` must not differ in case alone.
            models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case"),
            models.CheckConstraint(condition=Q(role__in=["patient", "clinician", "admin"]), name="user_has_a_role"),
            models.CheckConstraint(condition=Q(clinic__isnull=False) | Q(is_superuser=True), name="user_has_a_clinic"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Both public methods come by here. Without a salt it is the hash that Django makes: nobody is signed out by the update.
        made: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return salted_hmac(made, self.session_salt).hexdigest() if self.session_salt else made

    @property
    def is_patient_only(self) -> bool:
        """Neither works for a clinic nor runs the installation."""
        return self.role == Role.PATIENT and not self.is_staff and not self.is_superuser

    @property
    def speaks(self) -> str:
        """The language of the pages that this person reads."""
        # Staff read English throughout: notes, norms and reasons are stored in it.
        patient = getattr(self, "patient", None) if self.role == Role.PATIENT else None
        return patient.speaks if patient else settings.LANGUAGE_CODE

    @property
    def byline(self) -> str:
        return f"{self.name}, {self.title}" if self.title else self.name

    @property
    def first_name(self) -> str:
        # By any white space: a line break in a name would begin a line of its own in a mail.
        return (self.name.split() or [""])[0]

    @property
    def initials(self) -> str:
        """“A. F.” of Ana Maria Ferreira: the first and the last name."""
        letters = [next((c for c in word if c.isalnum()), "") for word in self.name.split()]
        kept = [f"{letter.upper()}." for letter in letters if letter]
        return " ".join(kept[:1] + kept[1:][-1:]) or "No name"


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: User) -> PatientQuerySet:
        """Staff see their clinic's patients, patients themselves, others nobody."""
        if user.role in (Role.CLINICIAN, Role.ADMIN) and user.clinic_id:
            return self.filter(clinic_id=user.clinic_id)
        return self.filter(user_id=user.pk)

    def named(self, text: str) -> PatientQuerySet:
        """Whose name or address holds `text`."""
        # No index serves this; it is asked of one clinic's patients only.
        return self.filter(Q(user__name__icontains=text) | Q(user__email__icontains=text)) if text else self


class Patient(models.Model):
    """Someone who recovers; the sign-in belongs to `user`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="patient")
    # Not the clinic's: the day of a log is a date where the patient is.
    time_zone = models.CharField(max_length=60, default="Europe/London", validators=[validate_time_zone])
    # In that zone; empty where the patient wants none.
    reminder_hour = models.PositiveSmallIntegerField(null=True, blank=True, default=18)
    language = models.CharField(max_length=10, choices=languages, default="en-gb", help_text="Of the pages and the mails.")
    enrolled_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reminder_hour__isnull=True) | Q(reminder_hour__lte=23), name="patient_reminder_hour_to_23"),
        ]
        indexes = [
            models.Index(fields=["clinic", "user"], name="patient_by_clinic"),
            models.Index(fields=["time_zone", "reminder_hour"], name="patient_by_reminder_hour"),
        ]

    def __str__(self) -> str:
        return self.user.name

    @property
    def speaks(self) -> str:
        return offered(self.language)

    def today(self, now: datetime | None = None) -> date:
        """The patient's local calendar date."""
        return (now or timezone.now()).astimezone(ZoneInfo(self.time_zone)).date()
