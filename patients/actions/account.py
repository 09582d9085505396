"""What people do with their own sign-in and record, written down."""

from __future__ import annotations

from collections.abc import Collection

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils.crypto import get_random_string

from patients import permissions
from patients.actions import audit
from patients.actions.erasure import sessions_by_owner
from patients.models import Clinic, ErasureRequest, Patient, User

ENDS_SESSIONS = {"email", "is_active", "role", "is_superuser", "is_staff", "clinic"}


def note_email_changed(*, by: User) -> None:
    """Within the transaction of the change. Never which address it was or is: the audit outlives both."""
    audit.record("e-mail changed", getattr(by, "patient", None) or by, by=by, clinic=by.clinic)


def sign_out_everywhere(*, by: User) -> None:
    """Ends every session of the person, the logs of their phones included. Who goes on in one must have it hashed anew."""
    with audit.atomic():
        by.session_salt = get_random_string(32)
        by.save(update_fields=["session_salt"])
        audit.record("signed out everywhere", getattr(by, "patient", None) or by, by=by, clinic=by.clinic)


def account_changed(*, by: User, user: User, fields: Collection[str]) -> None:
    """What a superuser changed about an account, within the transaction of the change; `fields` is empty for a new one.

    Whoever held the old address or the old role must come in anew, and a record is erased later for nobody who was let in again.
    """
    if "email" in fields:
        # Nobody else's either: addresses are people's alone, and one that was theirs once may stand there yet.
        EmailAddress.objects.filter(Q(user=user) | Q(email=user.email)).delete()
        # Verified, as at enrolment: the code that goes there is what proves it.
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if ENDS_SESSIONS & set(fields):
        user.session_salt = get_random_string(32)
        user.save(update_fields=["session_salt"])
        # Those half way in too: a code that went to the old address would still be taken.
        Session.objects.filter(pk__in=sessions_by_owner()[user.pk]).delete()
    if "is_active" in fields and user.is_active:
        ErasureRequest.objects.filter(patient__user=user).delete()
    # Of a patient about the record, as all else of them: it goes with it.
    about = getattr(user, "patient", None) or user
    audit.record("account changed" if fields else "account made", about, by=by, clinic=user.clinic, after=_named(fields))


def clinic_changed(*, by: User, clinic: Clinic, fields: Collection[str]) -> None:
    """What a superuser changed about a clinic, within the transaction of the change; `fields` is empty for a new one."""
    audit.record("clinic changed" if fields else "clinic made", clinic, by=by, clinic=clinic, after=_named(fields))


def _named(fields: Collection[str]) -> dict[str, list[str]] | None:
    return {"fields": sorted(fields)} if fields else None


def second_step_removed(*, by: User, user: User) -> None:
    """By a superuser, for somebody who has lost it; within the transaction of the removal."""
    audit.record("second step removed", getattr(user, "patient", None) or user, by=by, clinic=user.clinic)


def note_sign_in_changed(*, by: User, what: str) -> None:
    """What a person did about the second step of their sign-in."""
    with audit.atomic():
        audit.record(what, getattr(by, "patient", None) or by, by=by, clinic=by.clinic)


def note_download(*, by: User, patient: Patient) -> None:
    """Before the first byte: what was sent can be read, however little of it arrived."""
    permissions.check_own_record(by, patient)
    with audit.atomic():
        audit.record("record downloaded", patient, by=by, clinic=by.clinic)
