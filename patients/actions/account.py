"""What people do with their own sign-in and record, written down."""

from __future__ import annotations

from django.utils.crypto import get_random_string

from patients import permissions
from patients.actions import audit
from patients.models import Patient, User


def note_email_changed(*, by: User) -> None:
    """Within the transaction of the change. Never which address it was or is: the audit outlives both."""
    audit.record("e-mail changed", getattr(by, "patient", None) or by, by=by, clinic=by.clinic)


def sign_out_everywhere(*, by: User) -> None:
    """Ends every session of the person, the logs of their phones included. Who goes on in one must have it hashed anew."""
    with audit.atomic():
        by.session_salt = get_random_string(32)
        by.save(update_fields=["session_salt"])
        audit.record("signed out everywhere", getattr(by, "patient", None) or by, by=by, clinic=by.clinic)


def note_sign_in_changed(*, by: User, what: str) -> None:
    """What a person did about the second step of their sign-in."""
    with audit.atomic():
        audit.record(what, getattr(by, "patient", None) or by, by=by, clinic=by.clinic)


def note_download(*, by: User, patient: Patient) -> None:
    """Before the first byte: what was sent can be read, however little of it arrived."""
    permissions.check_own_record(by, patient)
    with audit.atomic():
        audit.record("record downloaded", patient, by=by, clinic=by.clinic)
