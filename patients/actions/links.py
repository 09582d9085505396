"""Links in mails that need no password: signed, for one patient, with nothing in them that tells who or why."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from django.core.signing import BadSignature, dumps, loads
from django.utils.crypto import salted_hmac

from patients.models import Patient, Role, User

GOOD_FOR = timedelta(hours=36)
LOG_SESSION = "log_session"  # where the session of such a link keeps its token
# A salt each: a link that turns mails off must not open anything.
TO_LOG, TO_TURN_OFF = "patients.links.log", "patients.links.off"


def log_token(patient: Patient) -> str:
    """Opens the log page. Ends after 36 hours, and with the address or the password it was made for."""
    return dumps([patient.uuid.hex, _stamp(patient.user)], salt=TO_LOG)


def off_token(patient: Patient) -> str:
    """Turns reminders off. Without an end: who finds an old mail may still stop them."""
    return dumps(patient.uuid.hex, salt=TO_TURN_OFF)


def user_of_log_token(token: str, good_for: timedelta | None = GOOD_FOR) -> User | None:
    """Whose log it opens; None for one whose sign-in is switched off or has changed since.

    Raises SignatureExpired for an old token and BadSignature for anything that is none.
    """
    found = loads(token, salt=TO_LOG, max_age=good_for)
    user = User.objects.filter(patient__uuid=UUID(found[0]), role=Role.PATIENT, is_active=True).first()
    return user if user and hmac.compare_digest(found[1], _stamp(user)) else None


def patient_of_log_token(token: str) -> str:
    """The public id, without dashes, of the patient it was made for, however old it is; empty for one that is none."""
    try:
        return str(loads(token, salt=TO_LOG)[0])
    except BadSignature:
        return ""


def user_of_off_token(token: str) -> User:
    """Whose reminders it turns off, whatever became of their sign-in. Raises BadSignature."""
    user = User.objects.filter(patient__uuid=UUID(loads(token, salt=TO_TURN_OFF))).first()
    if user is None:
        raise BadSignature("no such patient")
    return user


def _stamp(user: User) -> str:
    """Changes with the address, the password and a sign-out everywhere, and tells none of them."""
    return salted_hmac("patients.links.stamp", f"{user.email}\n{user.password}{user.session_salt}").hexdigest()[:20]
