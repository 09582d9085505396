"""Who did what with a patient's record, in words for the patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_noop, pgettext

from patients.exports import words
from patients.models import AuditEvent, Patient, Photo, Treatment
from patients.models.audit import AuditEventQuerySet, Place, Subjects, subjects_of

# What somebody did; {at} is the session, or the session and the day of a log.
SAID = {
    "patient enrolled": gettext_noop("enrolled you"),
    "patient invited": gettext_noop("sent you an invitation"),
    "invitation not sent": gettext_noop("could not send the invitation"),
    "invitation withdrawn": gettext_noop("withdrew the invitation"),
    "invitation used": gettext_noop("signed in with the invitation"),
    "treatment recorded": gettext_noop("recorded a treatment: {at}"),
    "treatment planned": gettext_noop("planned a treatment: {at}"),
    "treatment rescheduled": gettext_noop("changed the date of a treatment: {at}"),
    "record seen": gettext_noop("opened your recovery: {at}"),
    "log seen": gettext_noop("looked at one log, without your name: {at}"),
    "thumbnails seen": gettext_noop("looked at the photos: {at}"),
    "photo seen": gettext_noop("looked at one photo in full: {at}"),
    "photo added": gettext_noop("added a photo: {at}"),
    "photo replaced": gettext_noop("replaced a photo: {at}"),
    "photo removed": gettext_noop("removed a photo: {at}"),
    "log recorded": gettext_noop("logged a day: {at}"),
    "log amended": gettext_noop("changed a log: {at}"),
    "recovery reviewed": gettext_noop("reviewed what you logged: {at}"),
    "review undone": gettext_noop("took a review back: {at}"),
    "review came second": gettext_noop("reviewed what a colleague had reviewed: {at}"),
    "recovery snoozed": gettext_noop("put your recovery off until a later day: {at}"),
    "snooze ended": gettext_noop("took up your recovery again: {at}"),
    "recovery assigned": gettext_noop("took on your recovery: {at}"),
    "recovery unassigned": gettext_noop("handed your recovery back: {at}"),
    "nudge sent": gettext_noop("asked you for an entry by e-mail"),
    "mail sent": gettext_noop("sent an e-mail about your recovery"),
    "recovery closed": gettext_noop("closed a recovery: {at}"),
    "recovery reopened": gettext_noop("opened a recovery again: {at}"),
    "recovery moved": gettext_noop("changed what is taken as usual: {at}"),
    "reminder sent": gettext_noop("sent a reminder"),
    "reminder hour changed": gettext_noop("changed the hour of the reminder"),
    "time zone changed": gettext_noop("changed the time zone"),
    "language changed": gettext_noop("changed the language"),
    "e-mail changed": gettext_noop("changed the e-mail address"),
    "account changed": gettext_noop("changed the account"),
    "second step removed": gettext_noop("removed the second step of the sign-in"),
    "signed out everywhere": gettext_noop("signed out everywhere"),
    "authenticator app added": gettext_noop("added an authenticator app to the sign-in"),
    "authenticator app removed": gettext_noop("removed the authenticator app from the sign-in"),
    "passkey added": gettext_noop("added a passkey to the sign-in"),
    "passkey removed": gettext_noop("removed a passkey from the sign-in"),
    "recovery codes made": gettext_noop("made new recovery codes for the sign-in"),
    "record downloaded": gettext_noop("downloaded everything"),
    "consent to photos given": gettext_noop("allowed photos"),
    "consent to photos withdrawn": gettext_noop("took back that photos are allowed, and all of them were deleted"),
    "erasure announced": gettext_noop("told you by e-mail that your account will be deleted"),
    "account closed": gettext_noop("asked for the account to be deleted"),
}
NO_PERSON = gettext_noop("This service, by itself")


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
            return gettext(NO_PERSON)
        return pgettext("who did it", "You") if event.actor_id == self.patient.user_id else event.actor_label

    def _what(self, event: AuditEvent) -> str:
        place = self.places[event.subject_type, event.subject_id]
        if event.action == "record seen" and place.session is None:
            return gettext("opened your page")
        # What has no words here yet is said as it was written down, rather than left out.
        return gettext(SAID.get(event.action, event.action)).format(at=_said_of(place, event))


def _said_of(place: Place, event: AuditEvent) -> str:
    held = event.after or event.before or {}
    day, view = held.get("day", place.day), held.get("view")
    parts = [gettext("session {number}").format(number=place.session)]
    if day is not None:
        parts.append(gettext("day {number}").format(number=day))
    if view:
        parts.append(Photo.View(view).label.lower())
    return ", ".join(parts)


# The same for the clinic: only that somebody looked, in its own words.
LOOKED = {"record seen": "opened the recovery", "thumbnails seen": "looked at the photos", "photo seen": "looked at a photo in full"}
MOST_LOOKS = 50


def looks_of(treatment: Treatment) -> list[Look]:
    """Who of the staff looked at this recovery, its photos or its patient's page; the newest fifty. One query."""
    patient, clinic = treatment.patient, treatment.clinic
    # Of this recovery alone: what was seen of the patient's others stands on their pages. Photos' events name the recovery.
    subjects = {"patient": [str(patient.uuid)], "treatment": [str(treatment.uuid)]}
    found = AuditEvent.objects.about(subjects).saying(*LOOKED).by_others(patient.user).newest_first()[:MOST_LOOKS]
    return [Look(clinic.local(event.at), event.actor_label, _looked(event)) for event in found]


def _looked(event: AuditEvent) -> str:
    if event.subject_type == "patient":
        return "opened the patient’s page"
    held = event.after or {}
    parts = [LOOKED[event.action]]
    if "day" in held:
        parts.append(f"day {held['day']}")
    if held.get("view"):
        parts.append(Photo.View(held["view"]).label.lower())
    return ", ".join(parts)
