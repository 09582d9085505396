"""Loading a thing and being allowed to hold it, in one call. Strangers get 404, the wrong role 403."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext

from patients import permissions, policies
from patients.actions.bulk import NOT_SHOWN
from patients.actions.links import LOG_SESSION, user_of_log_token
from patients.actions.norms import draft_of
from patients.actions.seen import note_record_seen
from patients.errors import NotAllowed
from patients.models import Clinic, NormVersion, Patient, Photo, Protocol, Review, Treatment, User

READ_FOR, SEND_FOR = timedelta(minutes=30), timedelta(hours=2)
# All that a reminder's link opens, and for how long: method and name of the address. Everything else asks to sign in.
# What is on the page at the end can still be sent, and its answer read: nothing typed is lost.
REACHED_BY_LINK = {
    **{(method, name): READ_FOR for method in ("GET", "HEAD") for name in ("log", "log-day")},
    **{("POST", name): SEND_FOR for name in ("log", "log-day")},
    **{(method, "log-saved"): SEND_FOR for method in ("GET", "HEAD")},
    # The form and its answer show the day's photos, small. Removing one is part of the form; the photos themselves ask to sign in.
    **{(method, "photo-thumb"): SEND_FOR for method in ("GET", "HEAD")},
}


def start_log_session(request: HttpRequest, token: str, user: User) -> None:
    """A session that reaches the log pages only, as its person is kept apart from where sign-ins are."""
    # Where it stands already, the mail was tapped again: a new one would refuse the form that is open, and lose what is typed.
    if _log_session_owner(request) != user:
        # Never in another session that was there before: its key may be known to somebody else.
        request.session.flush()
        rotate_token(request)
    request.session[LOG_SESSION] = {"token": token, "at": timezone.now().isoformat()}


def _log_session_owner(request: HttpRequest) -> User | None:
    started = request.session.get(LOG_SESSION)
    if started is None:
        return None
    try:
        # Looked up anew each time: a sign-in that is switched off ends it. How old the link is was asked at its start.
        return user_of_log_token(started["token"], good_for=None)
    except BadSignature:
        return None  # the key of the installation has changed


def log_session_user(request: HttpRequest, name: str) -> User | None:
    """Who may open this address in the session of a reminder's link; None where they may not, and for who has signed in."""
    started = request.session[LOG_SESSION]
    if request.user.is_authenticated:
        del request.session[LOG_SESSION]  # signing in replaces it, and signing out must not bring it back
        return None
    reach = REACHED_BY_LINK.get((request.method or "", name))
    if reach is None or timezone.now() - datetime.fromisoformat(started["at"]) > reach:
        return None
    return _log_session_owner(request)


def check_reach(request: HttpRequest, when: date) -> None:
    """Who came by a reminder's link reads the days that can still be logged; 404 for the others."""
    if LOG_SESSION in request.session and (own_patient(request).today() - when).days > policies.DAYS_BACK:
        raise Http404("beyond the link")


def user_of(request: HttpRequest) -> User:
    """The signed-in person; LoginRequiredMiddleware lets nobody else reach a view."""
    return cast(User, request.user)


def own_patient(request: HttpRequest) -> Patient:
    permissions.check_patient_pages(user_of(request))
    patient = getattr(user_of(request), "patient", None)
    if patient is None:
        raise NotAllowed(gettext("Your clinic has not finished enrolling you. Please call them."))
    patient.user = user_of(request)  # spares asking for the user whom the session has loaded
    patient.clinic = user_of(request).clinic
    return patient


def own_recovery(request: HttpRequest, uuid: UUID) -> Treatment:
    """The patient's treatment of this id, planned or not."""
    patient = own_patient(request)
    return _of(patient, get_object_or_404(Treatment.objects.visible_to(user_of(request)), uuid=uuid))


def own_recovery_on(request: HttpRequest, when: date) -> Treatment | None:
    """The recovery that a log of this date belongs to, or the patient's first one for a date before it; None before it has begun."""
    patient = own_patient(request)
    mine = Treatment.objects.visible_to(user_of(request))
    found = mine.on(when).first() or mine.on(patient.today()).last()
    return found and _of(patient, found)


def own_sessions(request: HttpRequest) -> tuple[Treatment | None, Treatment | None]:
    """The patient's running recovery and the session that is planned next, each if there is one; one query for both."""
    patient = own_patient(request)
    today = patient.today()
    # One is planned at most; on the way west the one before it may lie ahead again.
    newest = [_of(patient, treatment) for treatment in Treatment.objects.visible_to(user_of(request)).newest_first()[:3]]
    ahead = [treatment for treatment in newest if treatment.treated_on > today]
    return next((t for t in newest if t not in ahead), None), ahead[-1] if ahead else None


def _of(patient: Patient, treatment: Treatment) -> Treatment:
    # Both came with the session's user: no queries for them.
    treatment.patient, treatment.clinic = patient, patient.clinic
    return treatment


def seen_photo(request: HttpRequest, uuid: UUID) -> Photo:
    """A photo of a recovery that this person sees."""
    user = user_of(request)
    permissions.check_see_photos(user)
    return get_object_or_404(Photo.objects.visible_to(user).with_recovery(), uuid=uuid)


def own_photo(request: HttpRequest, uuid: UUID) -> Photo:
    own_patient(request)
    return get_object_or_404(Photo.objects.visible_to(user_of(request)).with_recovery(), uuid=uuid)


def clinic_user(request: HttpRequest) -> User:
    permissions.check_clinic_pages(user_of(request))
    return user_of(request)


def clinic_staff(request: HttpRequest) -> tuple[User, Clinic]:
    """Clinicians and admins, with their clinic."""
    user = user_of(request)
    permissions.check_read_clock(user)
    # Nobody without one passes.
    return user, cast(Clinic, user.clinic)


def clinic_colleague(request: HttpRequest, uuid: UUID) -> User:
    """A clinician of the same clinic who can sign in."""
    _, clinic = clinic_staff(request)
    found = next((user for user in clinic.clinicians() if user.uuid == uuid), None)
    if found is None:
        raise Http404("no such clinician")
    return found


# Written down here, where a record is handed to staff, so that no page of theirs can forget it.
def clinic_recovery(request: HttpRequest, uuid: UUID) -> Treatment:
    user = clinic_user(request)
    known = Treatment.objects.visible_to(user).with_people().select_related("norm_version", "recorded_by", "session_before")
    treatment = get_object_or_404(known, uuid=uuid)
    note_record_seen(by=user, subject=treatment)
    return treatment


# From the queue one acts on a row without opening the record: nothing is noted as seen.
def queue_recovery(request: HttpRequest, uuid: UUID) -> Treatment:
    known = Treatment.objects.visible_to(clinic_user(request)).with_people().select_related("assigned_to", "reviewed_by")
    return get_object_or_404(known, uuid=uuid)


def queue_recoveries(request: HttpRequest, uuids: Collection[UUID]) -> dict[UUID, Treatment]:
    """All of them, or none: one that this person does not see was on no page of theirs."""
    found = {t.uuid: t for t in Treatment.objects.visible_to(clinic_user(request)).with_people().filter(uuid__in=uuids)}
    if set(uuids) - set(found):
        raise NotAllowed(NOT_SHOWN)
    return found


def queue_review(request: HttpRequest, uuid: UUID) -> Review:
    return get_object_or_404(Review.objects.visible_to(clinic_user(request)).with_people(), uuid=uuid)


def clinic_patient(request: HttpRequest, uuid: UUID) -> Patient:
    user = clinic_user(request)
    patient = get_object_or_404(Patient.objects.visible_to(user).select_related("user"), uuid=uuid)
    note_record_seen(by=user, subject=patient)
    return patient


def norms_reader(request: HttpRequest) -> User:
    permissions.check_read_norms(user_of(request))
    return user_of(request)


def norms_protocol(request: HttpRequest, slug: str) -> Protocol:
    """The protocol of this address as this person's clinic works with it: its own copy before the shared one."""
    user = norms_reader(request)
    # At most one: `of_clinic` leaves out a shared protocol of which the clinic has a copy.
    return get_object_or_404(Protocol.objects.visible_to(user), slug=slug)


def norms_editor(request: HttpRequest, slug: str) -> Protocol:
    """The same for who may change its norms."""
    protocol = norms_protocol(request, slug)
    permissions.check_edit_norms(user_of(request), protocol)
    return protocol


def edited_draft(request: HttpRequest, slug: str) -> NormVersion:
    """The protocol's draft; 404 where there is none."""
    draft = draft_of(norms_editor(request, slug))
    if draft is None:
        raise Http404("no draft")
    return draft
