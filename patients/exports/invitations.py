"""What has become of an invitation, in words for the clinic."""

from __future__ import annotations

from datetime import datetime

from patients.exports import words
from patients.models import Clinic, Invitation, Patient
from patients.models.invitations import InvitationState


def in_short(patient: Patient, invitation: Invitation | None, now: datetime) -> str:
    """For a row of a list; nothing of who has signed in, and of who was never invited."""
    if invitation is None or patient.user.last_login is not None:
        return ""
    return {
        InvitationState.OPEN: "invited, not yet signed in",
        InvitationState.EXPIRED: "invitation expired",
        InvitationState.WITHDRAWN: "invitation withdrawn",
        InvitationState.UNSENT: "invitation not sent",
    }.get(invitation.state(now), "")


def in_full(patient: Patient, invitation: Invitation | None, clinic: Clinic, now: datetime) -> str:
    """For the patient's page."""
    user = patient.user
    if user.last_login is not None:
        return f"{user.first_name} has signed in, last {_at(user.last_login, clinic, now)}."
    if invitation is None:
        return f"{user.first_name} has not signed in yet and was sent no invitation."
    made, until = _at(invitation.made_at, clinic, now), _at(invitation.expires_at, clinic, now)
    return {
        InvitationState.OPEN: f"Invited {made}, not yet signed in. The link works once, until {until}.",
        InvitationState.EXPIRED: f"Invited {made}, not yet signed in. The link expired {until}.",
        InvitationState.WITHDRAWN: f"The invitation of {made} was withdrawn. A code from the sign-in page still works.",
        InvitationState.UNSENT: f"The mail server did not take the invitation of {made}. Nothing was sent: send it again.",
        InvitationState.USED: f"The invitation of {made} was used.",
    }[invitation.state(now)]


def _at(moment: datetime, clinic: Clinic, now: datetime) -> str:
    return words.lower_first(words.clock(clinic.local(moment), clinic.local(now)))
