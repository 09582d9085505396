"""A realistic load for measuring: many recoveries of one clinic, judged by the engine and stored in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from patients.actions import audit
from patients.actions.flags import flag_from, open_state, promised
from patients.actions.silence import check_in_state
from patients.management import samples
from patients.models import AuditEvent, Clinic, Flag, Log, NormVersion, Patient, Rating, Review, Role, Treatment, User
from patients.models.norm_values import norms_for, with_claims
from recovery.timeline.compare import Entry, Finding, compare_course
from recovery.timeline.episode import covers
from recovery.timeline.explain import explain
from recovery.timeline.scale import Disposition

# A top level that can belong to nobody (RFC 2606): no mail reaches anyone.
DOMAIN = "seed.example"
CHUNK = 250
RUNNING = 120  # how many recoveries are under way at once, however long the clinic's history is
UNLOGGED = 3  # today and the days before that a running recovery has not logged, for whoever measures logging
RUNNING_LOGS = 8
FINISHED_DAYS = ([0, 1, 2, 3, 4, 5, 6, 7, 10, 14], [0, 1, 2, 3, 5, 7, 10, 14, 21, 28], [0, 1, 2, 3, 4, 5, 6, 7, 14, 28, 58])
TROUBLE, TROUBLE_RUNNING = 0.35, 0.85
ANSWERED_NEXT_DAY = 0.7  # how often a flagged log is reviewed before the next one
STILL_OPEN, STILL_OPEN_RUNNING = 0.03, 0.9  # of the flagged recoveries, how many wait for a review after the last log
REPLY = "Thank you for logging. This is common at this stage and settles within the week. Keep the skin moist and log again tomorrow."
NOTES = ("", "", "", "Felt tight after washing, fine by the evening.", "Slept badly; the cheeks were warm in the morning.")


@dataclass(slots=True)
class Batch:
    """The rows of some recoveries, in the order in which they are stored."""

    users: list[User] = field(default_factory=list)
    addresses: list[EmailAddress] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    ratings: list[Rating] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)

    @transaction.atomic
    def store(self) -> None:
        # Parents first: each step fills in the keys that the next one stores.
        User.objects.bulk_create(self.users)
        EmailAddress.objects.bulk_create(self.addresses)
        Patient.objects.bulk_create(self.patients)
        Treatment.objects.bulk_create(self.treatments)
        Log.objects.bulk_create(self.logs)
        Rating.objects.bulk_create(self.ratings)
        Review.objects.bulk_create(self.reviews)
        Flag.objects.bulk_create(self.flags)
        audit.append(self.events)


class Load:
    """Makes recoveries of one clinic, of all shared protocols or of those named.

    The same random seed makes the same patients and courses; only public ids differ.
    """

    def __init__(self, clinic: Clinic, clinician: User, random_seed: int, protocols: Sequence[str] = ()) -> None:
        self.clinic, self.clinician = clinic, clinician
        self.chance = random.Random(random_seed)  # noqa: S311 - the same load every time
        self.names = samples.names(self.chance)
        # In a fixed order, or the same random seed would draw other protocols.
        versions = NormVersion.objects.in_force().filter(protocol__clinic=None).select_related("protocol").order_by("protocol__slug")
        self.versions = [v for v in versions if not protocols or v.protocol.slug in protocols]
        # The same for everybody: read once, not for each recovery.
        self.claims = with_claims(norms_for(Treatment(norm_version=self.versions[0]))).claims
        self.now = timezone.now()
        self.no_password = make_password(None)  # nobody signs in with one; hashing anew for each would only cost time

    def batches(self, recoveries: int) -> Iterator[Batch]:
        """Unstored rows, the running recoveries first."""
        numbers = iter(range(recoveries))
        while chunk := list(islice(numbers, CHUNK)):
            batch = Batch()
            for number in chunk:
                self._add(batch, number)
            yield batch

    def _add(self, batch: Batch, number: int) -> None:
        is_running = number < RUNNING
        treatment = self._enrolled(batch, number, self._age(is_running))
        norms = norms_for(treatment)
        entries = samples.invented_course(norms, self._days(treatment, is_running), self.chance, TROUBLE_RUNNING if is_running else TROUBLE)
        found = compare_course(entries, norms)
        logs = {entry.day: self._log(treatment, entry, found[entry.day]) for entry in entries}
        flags = self._answered(batch, treatment, logs, found, STILL_OPEN_RUNNING if is_running else STILL_OPEN)
        state = open_state(treatment, [flag for flag in flags if flag.review is None])
        state |= check_in_state(treatment, self.clinic.time_zone, logs[max(logs)]) | _answered_state(flags, logs)
        for name, value in state.items():
            setattr(treatment, name, value)
        batch.logs += logs.values()
        batch.flags += flags
        for entry in entries:
            batch.ratings += self._ratings(logs[entry.day], entry)
            batch.events.append(self._event(treatment, logs[entry.day], entry))

    def _age(self, is_running: bool) -> int:
        """Days since the treatment."""
        return self.chance.randint(RUNNING_LOGS + UNLOGGED - 1, RUNNING_LOGS + UNLOGGED + 1) if is_running else self.chance.randint(60, 700)

    def _days(self, treatment: Treatment, is_running: bool) -> list[int]:
        if not is_running:
            return list(self.chance.choice(FINISHED_DAYS))
        age = treatment.day_of(self.clinic.today())
        return sorted(self.chance.sample(range(age - UNLOGGED + 1), RUNNING_LOGS))

    def _enrolled(self, batch: Batch, number: int, age: int) -> Treatment:
        clinic, version = self.clinic, self.chance.choice(self.versions)
        user = User(
            email=f"patient{number}.clinic{clinic.pk}@{DOMAIN}",
            name=next(self.names),
            role=Role.PATIENT,
            clinic=clinic,
            password=self.no_password,
        )
        patient = Patient(user=user, clinic=clinic, time_zone=clinic.time_zone)
        treatment = Treatment(
            clinic=clinic,
            patient=patient,
            protocol=version.protocol,
            norm_version=version,
            treated_on=clinic.today() - timedelta(days=age),
            # Invented shares, so that adjusted norms are measured too.
            factors=["acne_prone"] if self.chance.random() < 0.2 else [],
            baseline={"breakouts": 1} if self.chance.random() < 0.1 else {},
            recorded_by=self.clinician,
            # On its day: what was recorded late is asked for no earlier, and nobody would ever be quiet.
            recorded_at=datetime.combine(clinic.today() - timedelta(days=age), time(12), clinic.zone),
        )
        batch.users.append(user)
        batch.addresses.append(EmailAddress(user=user, email=user.email, verified=True, primary=True))
        batch.patients.append(patient)
        batch.treatments.append(treatment)
        return treatment

    def _log(self, treatment: Treatment, entry: Entry, found: Sequence[Finding]) -> Log:
        """As if entered on the evening of its day, one in ten the day after."""
        days_late = int(self.chance.random() < 0.1)
        evening = datetime.combine(treatment.date_of(entry.day + days_late), time(19, self.chance.randrange(60)), self.clinic.zone)
        return Log(
            clinic=self.clinic,
            treatment=treatment,
            day=entry.day,
            days_late=days_late,
            signs=sorted(entry.signs),
            note=self.chance.choice(NOTES),
            asked_for_review=entry.asked_for_review,
            urgency=max((int(f.urgency) for f in found), default=0),
            entered_at=min(evening, self.now),
        )

    def _ratings(self, log: Log, entry: Entry) -> list[Rating]:
        return [Rating(clinic=self.clinic, log=log, symptom_id=code, severity=severity) for code, severity in entry.ratings.items()]

    def _answered(
        self, batch: Batch, treatment: Treatment, logs: Mapping[int, Log], found: Mapping[int, Sequence[Finding]], still_open: float
    ) -> list[Flag]:
        """The flags as they were raised log by log, most of them reviewed before the next log; a review covers what comes after it."""
        norms = replace(norms_for(treatment), claims=self.claims)
        flags: list[Flag] = []
        last = max(logs)
        for day, log in logs.items():
            raised = [flag_from(treatment, log, f, log.entered_at) for f in found[day] if f.urgency.is_flag]
            for flag in raised:
                flag.answer_due = promised(flag, self.clinic)
                flag.log, flag.why = log, explain(flag.finding, norms)  # the log gets its key when the batch is stored
                flag.review = next((old.review for old in flags if old.review and covers(old, flag)), None)
            flags += raised
            waiting = [flag for flag in flags if flag.review is None]
            if waiting and self.chance.random() < (1 - still_open if day == last else ANSWERED_NEXT_DAY):
                batch.reviews.append(self._review(treatment, waiting, log.entered_at))
        return flags

    def _review(self, treatment: Treatment, waiting: Sequence[Flag], logged_at: datetime) -> Review:
        """One answer to all flags that wait, on the morning after the log."""
        review = Review(
            clinic=self.clinic,
            treatment=treatment,
            disposition=Disposition.EXPECTED.value,
            reply=REPLY if self.chance.random() < 0.3 else "",
            reviewed_by=self.clinician,
            reviewed_at=min(logged_at + timedelta(hours=15), self.now),
        )
        for flag in waiting:
            flag.review = review
        return review

    def _event(self, treatment: Treatment, log: Log, entry: Entry) -> AuditEvent:
        user = treatment.patient.user
        return AuditEvent(
            at=log.entered_at,
            clinic=self.clinic,
            actor=user,
            actor_label=f"{user.byline} ({user.role})",
            role=user.role,
            action="log recorded",
            subject_type="log",
            subject_id=str(log.uuid),
            after={
                "ratings": dict(entry.ratings),
                "signs": sorted(entry.signs),
                "note": log.note,
                "asked_for_review": entry.asked_for_review,
                "improvement": entry.improvement,
            },
        )


def _answered_state(flags: Sequence[Flag], logs: Mapping[int, Log]) -> dict[str, Any]:
    """The newest review, and whether the next step is the patient's since then."""
    newest = max((flag.review for flag in flags if flag.review), key=lambda review: review.reviewed_at, default=None)
    if newest is None:
        return {}
    awaits = Disposition(newest.disposition).awaits_patient(newest.reply) and newest.reviewed_at >= max(
        log.entered_at for log in logs.values()
    )
    return {
        "reviewed_at": newest.reviewed_at,
        "reviewed_by": newest.reviewed_by,
        "awaits_since": newest.reviewed_at if awaits else None,
    }


def make_clinic(name: str) -> tuple[Clinic, User]:
    """A clinic of its own with one clinician."""
    # The telephone number is of the range that Ofcom keeps for fiction.
    clinic = Clinic.objects.create(name=name, phone="020 7946 0145", emergency_number="999", time_zone="Europe/London")
    email = f"clinician.clinic{clinic.pk}@{DOMAIN}"
    clinician = User.objects.create_user(email, None, name="Mira Osei", title="nurse", role=Role.CLINICIAN, clinic=clinic)
    EmailAddress.objects.create(user=clinician, email=email, verified=True, primary=True)
    return clinic, clinician
