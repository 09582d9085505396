"""The second step of signing in: who must have one, which is the last one, and how its secrets are kept."""

from __future__ import annotations

import base64
import logging
from enum import Enum
from functools import lru_cache

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, gettext_lazy

from patients.errors import NotAllowed
from patients.models import User
from patients.permissions import needs_second_factor

logger = logging.getLogger(__name__)
SET_UP_HERE = "second_factor"  # in the session in which somebody has just set one up
STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]  # recovery codes stand in for one of these
# All that is reached without one: setting it up, proving who one is for that, and leaving.
SET_UP = {
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "account_reauthenticate", "account_logout",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "session", "health",
}  # fmt: skip


class Wanted(Enum):
    """What is asked of somebody before anything else."""

    NOTHING = "nothing"
    SET_UP = "set up"  # they have none
    SIGN_IN = "sign in"  # they have one, and this session has not shown it: it may be somebody else's who knew the password first


def wanted(request: HttpRequest) -> Wanted:
    """Looked up each time: one that was taken away, or set up in another browser, counts at once."""
    user = request.user
    if not isinstance(user, User) or not needs_second_factor(user):
        return Wanted.NOTHING
    if not MFAAdapter().is_mfa_enabled(user, STEPS):
        request.session.pop(SET_UP_HERE, None)
        return Wanted.SET_UP
    shown = any(one.get("method") == "mfa" for one in get_authentication_records(request, user))
    return Wanted.NOTHING if shown or request.session.get(SET_UP_HERE) else Wanted.SIGN_IN


@lru_cache
def _keys(*secrets: str) -> MultiFernet:
    # One of its own for this use: what is signed with SECRET_KEY elsewhere tells nothing about it.
    made = [salted_hmac("patients.second_factor", "key", secret, algorithm="sha256").digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])


def _fernet() -> MultiFernet:
    return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": gettext_lazy("This is your only second step, and staff must have one. Add another one first."),
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            # Made with a SECRET_KEY that is neither in use nor among its fallbacks.
            logger.error("the secret of a second step cannot be read: has SECRET_KEY changed?")
            said = gettext("Your second step can no longer be checked here. Use a passkey if you have one, or call your clinic.")
            raise NotAllowed(said) from error

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey {number}").format(number=number)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=STEPS).exclude(pk=authenticator.pk)
        return not needs_second_factor(authenticator.user) or others.exists()
