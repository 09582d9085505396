"""Everything about one patient as values: what the archive of the download is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, time
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import models

from patients.exports.seen import Looks
from patients.language import norm_text, say
from patients.models import (
    AuditEvent,
    Consent,
    ErasureNotice,
    ErasureRequest,
    Flag,
    Invitation,
    Log,
    OutgoingMail,
    Patient,
    Photo,
    Reminder,
    Review,
    Treatment,
)
from patients.models.norm_values import norms_for
from recovery.timeline.compare import Entry, compare_course
from recovery.timeline.scale import MOST_DAY, Urgency
from recovery.timeline.verdict import Verdict, verdict

Row = TypeVar("Row")
# All columns go in but these: keys that mean nothing outside, names in the storage, what links are known by,
# and what is said to colleagues only. The keys of forms (Submission) are left out: they hold nothing but random numbers and digests.
LEFT_OUT = {
    "photo": {"full", "thumb"},
    "invitation": {"token_digest", "address_digest"},
    "treatment": {"closed_why"},
    "review": {"note"},
    "user": {"password", "is_active", "is_staff", "is_superuser"},
}


class Record:
    """What is stored of a patient, read in a number of queries that neither logs nor photos change."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        known = Treatment.objects.filter(patient=patient).select_related("protocol", "norm_version", "recorded_by")
        self.treatments = list(known.order_by("session_number"))
        self.logs: dict[int, dict[int, Log]] = defaultdict(dict)
        for log in Log.objects.filter(treatment__in=self.treatments).with_ratings().order_by("treatment", "day"):
            self.logs[log.treatment_id][log.day] = log
        self.photos = _by(Photo.objects.filter(log__treatment__in=self.treatments).in_order(), lambda p: p.log_id)
        self.flags = _by(Flag.objects.filter(treatment__in=self.treatments).most_urgent_first(), lambda f: f.log_id)
        self.reviews = _by(Review.objects.filter(treatment__in=self.treatments).newest_first(), lambda r: r.treatment_id)

    def in_order(self) -> Iterable[tuple[Treatment, Log]]:
        return ((treatment, log) for treatment in self.treatments for log in self.logs[treatment.pk].values())

    @cached_property
    def files(self) -> list[tuple[str, Photo]]:
        """Every photo with its name in the archive."""
        return [(photo_name(t, log, photo), photo) for t, log in self.in_order() for photo in self.photos[log.pk]]

    @cached_property
    def verdicts(self) -> dict[int, Verdict]:
        """What the page says of each log, by key."""
        return {key: said for treatment in self.treatments for key, said in self._verdicts_of(treatment)}

    def _verdicts_of(self, treatment: Treatment) -> Iterable[tuple[int, Verdict]]:
        logs, norms = self.logs[treatment.pk], norms_for(treatment)
        entries = {day: _entry(log) for day, log in logs.items()}
        before = {day: log.severities for day, log in self.logs[treatment.session_before_id or 0].items()}
        found = compare_course(entries.values(), norms, before, range(MOST_DAY + 1))
        return ((log.pk, verdict(day, found[day], norms, entries[day].ratings)) for day, log in logs.items())

    def signs(self, treatment: Treatment, log: Log) -> list[str]:
        return [norm_text(norms_for(treatment).sign(code).label) for code in log.signs]

    def whole(self) -> dict[str, Any]:
        """The content of record.json."""
        patient, looks = self.patient, Looks(self.patient)
        events = list(looks.events(with_own=True))
        seen = zip(looks.said(events), events, strict=True)
        return {
            "sign_in": _row(patient.user),
            "patient": _row(patient),
            "clinic": _row(patient.clinic),
            "treatments": [self._treatment(treatment) for treatment in self.treatments],
            "reminders": [_row(reminder) for reminder in Reminder.objects.filter(patient=patient).order_by("day")],
            "invitations": [_row(row) | {"sent_by": row.sent_by.byline} for row in self._invitations()],
            "consents": [_row(row) for row in Consent.objects.filter(patient=patient).order_by("given_at")],
            "mails_about_replies": [_row(row) for row in OutgoingMail.objects.filter(patient=patient).order_by("queued_at")],
            "erasure_announced": [_row(row) for row in ErasureNotice.objects.filter(patient=patient)],
            "erasure_asked_for": [_row(row) for row in ErasureRequest.objects.filter(patient=patient)],
            "addresses": [_row(row) for row in EmailAddress.objects.filter(user=patient.user)],
            "who_looked": [
                {"at": look.at.isoformat(), "who": look.who, "what": look.what} | self._own_change(event) for look, event in seen
            ],
        }

    def _own_change(self, event: AuditEvent) -> dict[str, Any]:
        """What one changed oneself, as it was and as it became; what staff wrote down may hold what they say to each other."""
        return {"before": event.before, "after": event.after} if event.actor_id == self.patient.user_id else {}

    def _invitations(self) -> Iterable[Invitation]:
        return Invitation.objects.filter(patient=self.patient).select_related("sent_by").order_by("made_at")

    def _treatment(self, treatment: Treatment) -> dict[str, Any]:
        return _row(treatment) | {
            "protocol": treatment.protocol.name,
            "norm_version": treatment.norm_version.number,
            "recorded_by": treatment.recorded_by.byline,
            "logs": [self._log(treatment, log) for log in self.logs[treatment.pk].values()],
            "reviews": [_review(review) for review in self.reviews[treatment.pk]],
        }

    def _log(self, treatment: Treatment, log: Log) -> dict[str, Any]:
        said = self.verdicts[log.pk]
        return _row(log) | {
            "date": treatment.date_of(log.day).isoformat(),
            "ratings": log.severities,
            "signs_in_words": self.signs(treatment, log),
            "said_to_you": {
                "word": say(said.word),
                "sentence": say(said.headline),
                "details": [*map(say, said.details)],
                "advice": [*map(say, said.advice)],
            },
            "flags": [_flag(flag) for flag in self.flags[log.pk]],
            "photos": [_row(photo) | {"file": photo_name(treatment, log, photo)} for photo in self.photos[log.pk]],
        }


def photo_name(treatment: Treatment, log: Log, photo: Photo) -> str:
    return f"photos/session-{treatment.session_number}-day-{log.day:02d}-{photo.view}.jpg"


def _entry(log: Log) -> Entry:
    return Entry(log.day, log.severities, frozenset(log.signs), log.asked_for_review, log.improvement)


def _review(review: Review) -> dict[str, Any]:
    return _row(review) | {"reviewed_by": review.reviewed_by.byline, "decision": review.get_disposition_display()}


def _flag(flag: Flag) -> dict[str, Any]:
    return _row(flag) | {"urgency_word": Urgency(flag.urgency).word, "is_answered": flag.review_id is not None}


def _row(row: models.Model) -> dict[str, Any]:
    """The columns of a row by name, keys of other rows aside; a column that is added later is in it."""
    out = LEFT_OUT.get(row._meta.model_name or "", set()) | {"id"}
    return {f.name: _plain(getattr(row, f.name)) for f in row._meta.concrete_fields if not f.is_relation and f.name not in out}


def _plain(value: Any) -> Any:
    """As JSON has it; no digit of a moment is lost."""
    if isinstance(value, date | time):  # a moment is a date too
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def _by(rows: Iterable[Row], key: Callable[[Row], int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
