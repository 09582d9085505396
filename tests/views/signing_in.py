"""What the tests of signing in share: people with passwords, and what an authenticator app or a mail would show."""

import re
import time

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.urls import reverse

from patients.models import User

PASSWORD = "a long password"
LOGIN, CODE, CONFIRM, RESET = "/accounts/login/", "/accounts/login/code/", "/accounts/login/code/confirm/", "/accounts/password/reset/"
STEP = "/accounts/2fa/authenticate/"


def with_password(user):
    """The same person with a password and a confirmed address."""
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return User.objects.get(pk=user.pk)


def with_app(user):
    """The secret of a new authenticator app."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def with_passkey(user, name="Phone"):
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}})


def recovery_codes(user):
    return RecoveryCodes.activate(user).get_unused_codes()


def shown_by_app(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def code_in(mail):
    return re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", mail.body, re.MULTILINE)[1]


def link_in(mail):
    return re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.body)[1]


def is_in(browser):
    return browser.get(reverse("settings")).status_code == 200


def by_password(browser, user, mailoutbox=None, password=PASSWORD, **more):
    return browser.post(LOGIN, {"login": user.email, "password": password, **more})


def by_code(browser, user, mailoutbox, **more):
    browser.post(CODE, {"email": user.email})
    return browser.post(CONFIRM, {"code": code_in(mailoutbox[-1]), **more})


def by_reset(browser, user, mailoutbox):
    """A new password by the link in the mail, and in with it."""
    browser.post(RESET, {"email": user.email})
    form = browser.get(link_in(mailoutbox[-1])).url
    browser.post(form, {"password1": "another long password", "password2": "another long password"})
    return by_password(browser, user, password="another long password")
