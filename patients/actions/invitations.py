"""Inviting a new patient: one mail with a link that signs them in once, sent again or withdrawn."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from patients import permissions, policies
from patients.actions import audit, mail
from patients.models import Invitation, Patient, Role, User
from patients.models.invitations import GOOD_FOR

A_DAY = timedelta(days=1)


def invite(*, by: User, patient: Patient, now: datetime | None = None) -> Invitation:
    """Makes a new link and withdraws the one before; the mail goes out after the commit.

    Where no mail server takes it, the invitation has failed: read its state anew once the transaction is through.
    Raises NotAllowed, and NotNow for whoever has signed in, for the second within a minute and the sixth within a day.
    """
    permissions.check_invite(by, patient)
    now = now or timezone.now()
    token = secrets.token_urlsafe(32)
    with audit.atomic():
        # Two who press the button at once: the second finds the first one's invitation.
        user = Patient.objects.select_for_update(of=("self",)).select_related("user").get(pk=patient.pk).user
        patient.user.last_login, patient.user.email, patient.user.is_active = user.last_login, user.email, user.is_active
        mailed = Invitation.objects.filter(patient=patient).mailed_since(now - A_DAY)
        policies.check_can_be_invited(patient, list(mailed.values_list("made_at", flat=True)), now)
        Invitation.objects.filter(patient=patient).standing().update(withdrawn_at=now)
        invitation = Invitation.objects.create(
            clinic_id=patient.clinic_id,
            patient=patient,
            token_digest=_digest(token),
            address_digest=_digest_of_address(user.email),
            made_at=now,
            sent_by=by,
            expires_at=now + GOOD_FOR,
        )
        audit.record("patient invited", patient, by=by, clinic=by.clinic, after={"until": invitation.expires_at.isoformat()})
        _send_after_commit(invitation, token)
    return invitation


def _send_after_commit(invitation: Invitation, token: str) -> None:
    def send_it() -> None:
        _send(invitation, token)

    # Robust: what was enrolled stands, and the page says what became of the mail.
    transaction.on_commit(send_it, robust=True)


def _send(invitation: Invitation, token: str) -> None:
    patient = invitation.patient
    if mail.delivered(lambda: mail.invite(patient, token), f"invitation of patient {patient.uuid}"):
        Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
        return
    with audit.atomic():
        # Nobody has the link. Ended, it neither blocks the next one nor looks as if it were on its way.
        if Invitation.objects.standing().filter(pk=invitation.pk).update(failed_at=timezone.now()):
            why = "the mail server did not take it"
            audit.record("invitation not sent", patient, by=None, clinic=patient.clinic, why=why)


def withdraw(*, by: User, patient: Patient) -> bool:
    """The link that was sent opens nothing any more. False where there was none: safe to repeat."""
    permissions.check_invite(by, patient)
    with audit.atomic():
        if not Invitation.objects.filter(patient=patient).standing().update(withdrawn_at=timezone.now()):
            return False
        audit.record("invitation withdrawn", patient, by=by, clinic=by.clinic)
    return True


def invitation_of(token: str) -> Invitation | None:
    """The invitation that this link still opens. None for every other one, whatever the reason."""
    known = Invitation.objects.standing().select_related("patient__user", "patient__clinic")
    found = known.filter(token_digest=_digest(token), expires_at__gt=timezone.now()).first()
    return found if found and _leads_somewhere(found) else None


def _leads_somewhere(invitation: Invitation) -> bool:
    user = invitation.patient.user
    # Who has signed in by a code needs it no more, and a link in a mailbox should not outlive its use.
    is_new = user.is_active and user.role == Role.PATIENT and user.last_login is None
    return is_new and constant_time_compare(invitation.address_digest, _digest_of_address(user.email))


def is_own(token: str, user: User) -> bool:
    """Whether this link was this person's, whatever has become of it."""
    return Invitation.objects.filter(token_digest=_digest(token), patient__user=user).exists()


def accept(token: str) -> User | None:
    """Uses the link up; whom to sign in. None where it opens nothing any more: of two who come at once, one gets in."""
    found = invitation_of(token)
    if found is None:
        return None
    user = found.patient.user
    with audit.atomic():
        # A conditional update, as SQLite has no row locks.
        if not Invitation.objects.standing().filter(pk=found.pk).update(used_at=timezone.now()):
            return None
        # An address that was corrected since is nobody's way in any more.
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        # Who has the mail has the address; allauth signs in verified ones only.
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
        audit.record("invitation used", found.patient, by=user, clinic=found.patient.clinic)
    return user


def _digest(token: str) -> str:
    # Plain: 256 random bits cannot be guessed from it.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _digest_of_address(email: str) -> str:
    # Keyed: addresses can be guessed.
    return salted_hmac("patients.invitations.address", email, algorithm="sha256").hexdigest()
