"""Loading a thing and being allowed to hold it, in one call. Strangers get 404, the wrong role 403."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext

from patients import permissions, policies
from patients.actions.bulk import NOT_SHOWN
from patients.actions.links import LOG_SESSION
from patients.actions.norms import draft_of
from patients.actions.seen import note_record_seen
from patients.errors import NotAllowed
from patients.models import Clinic, NormVersion, Patient, Photo, Protocol, Review, Treatment, User


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


def privacy_admin(request: HttpRequest) -> tuple[User, Clinic]:
    """An admin, with the clinic whose texts and periods they set."""
    user = user_of(request)
    permissions.check_set_privacy(user)
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
    patient = get_object_or_404(Patient.objects.visible_to(user).select_related("user", "erasure_request"), uuid=uuid)
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
