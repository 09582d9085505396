"""Who did what with a patient's record, in words for the patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from patients.exports import words
from patients.models import AuditEvent, Patient, Photo
from patients.models.audit import AuditEventQuerySet, Place, Subjects, subjects_of

# What somebody did; {at} is the session, or the session and the day of a log.
SAID = {
    "patient enrolled": "enrolled you",
    "treatment recorded": "recorded a treatment: {at}",
    "record seen": "opened your recovery: {at}",
    "thumbnails seen": "looked at the photos: {at}",
    "photo seen": "looked at one photo in full: {at}",
    "photo added": "added a photo: {at}",
    "photo replaced": "replaced a photo: {at}",
    "photo removed": "removed a photo: {at}",
    "log recorded": "logged a day: {at}",
    "log amended": "changed a log: {at}",
    "recovery reviewed": "reviewed what you logged: {at}",
    "recovery moved": "changed what is taken as usual: {at}",
    "reminder sent": "sent a reminder",
    "reminder hour changed": "changed the hour of the reminder",
    "time zone changed": "changed the time zone",
    "e-mail changed": "changed the e-mail address",
    "record downloaded": "downloaded everything",
}
NO_PERSON = "This service, by itself"


@dataclass(frozen=True, slots=True)
class Look:
    """One line of the list: when in the patient's zone, who as written then, and what in plain words."""

    at: datetime
    who: str
    what: str

    @property
    def when(self) -> str:
        return f"{words.short_date(self.at.date())} {self.at:%Y, %H:%M}"


class Looks:
    """The events about one patient, and the words for them. Two queries, and one for the events."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.zone = ZoneInfo(patient.time_zone)

    @cached_property
    def subjects(self) -> Subjects:
        return subjects_of(self.patient)

    @cached_property
    def places(self) -> dict[tuple[str, str], Place]:
        return {(kind, name): place for kind, found in self.subjects.items() for name, place in found.items()}

    def events(self, *, with_own: bool) -> AuditEventQuerySet:
        found = AuditEvent.objects.about(self.subjects).newest_first()
        return found if with_own else found.by_others(self.patient.user)

    def said(self, events: Iterable[AuditEvent]) -> list[Look]:
        return [Look(event.at.astimezone(self.zone), self._who(event), self._what(event)) for event in events]

    def _who(self, event: AuditEvent) -> str:
        if event.actor_id is None:
            return NO_PERSON
        return "You" if event.actor_id == self.patient.user_id else event.actor_label

    def _what(self, event: AuditEvent) -> str:
        place = self.places[event.subject_type, event.subject_id]
        if event.action == "record seen" and place.session is None:
            return "opened your page"
        # What has no words here yet is said as it was written down, rather than left out.
        return SAID.get(event.action, event.action).format(at=_said_of(place, event))


def _said_of(place: Place, event: AuditEvent) -> str:
    held = event.after or event.before or {}
    day, view = held.get("day", place.day), held.get("view")
    parts = [f"session {place.session}", f"day {day}" if day is not None else "", Photo.View(view).label.lower() if view else ""]
    return ", ".join(part for part in parts if part)
