"""How allauth signs people in here: nobody registers alone, clinics enrol their patients."""

from contextlib import suppress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from patients import sessions
from patients.actions import audit, mail
from patients.actions.account import note_email_changed, note_sign_in_changed
from patients.forms.sign_in import OWN_PHONE
from patients.models import User
from patients.second_factor import SET_UP_HERE
from patients.views.typed import typed_fields

# What is changed about the second step, by the mail that tells of it, as the audit says it.
WRITTEN_DOWN = {
    "mfa/email/totp_activated": "authenticator app added",
    "mfa/email/totp_deactivated": "authenticator app removed",
    "mfa/email/webauthn_added": "passkey added",
    "mfa/email/webauthn_removed": "passkey removed",
    "mfa/email/recovery_codes_generated": "recovery codes made",
}
STEP_ADDED = {"mfa/email/totp_activated", "mfa/email/webauthn_added"}
LONGEST = 254  # characters that the column of an address holds
# Texts of allauth that its own Spanish says too familiarly, or not at all; ours go before them (settings.LOCALE_PATHS).
SAID_BY_ALLAUTH = [
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("This email address is already associated with this account."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("You must type the same password each time."),
    gettext_noop("Please type your current password."),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("Incorrect code."),
    gettext_noop("Password successfully changed."),
    gettext_noop("Password successfully set."),
    gettext_noop("You have signed out."),
    gettext_noop("A sign-in code has been sent to %(recipient)s."),
    gettext_noop("New Password"),
    gettext_noop("New Password (again)"),
    gettext_noop("Email address"),
    gettext_noop("Email"),
    gettext_noop("Password"),
    gettext_noop("Password (again)"),
    gettext_noop("Current Password"),
    gettext_noop("Code"),
    gettext_noop("Forgot your password?"),
    gettext_noop("Use your password"),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Use a security key"),
    gettext_noop("Authenticator code"),
    gettext_noop("You cannot generate recovery codes without having two-factor authentication enabled."),
]


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # allauth says it of wrong codes too, to people who have signed in long ago.
        "too_many_login_attempts": gettext_lazy("That was wrong too often. Please wait a few minutes, then start again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # A person who registers alone would belong to no clinic, and that the database refuses.
        return False

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The address that a code has confirmed takes the place of the old one, all of it or nothing."""
        user = User.objects.get(pk=email_address.user_id)
        try:
            with audit.atomic():
                is_done = bool(super().confirm_email(request, email_address))
                # At the first sign-in the same address is only confirmed.
                if is_done and user.email != email_address.email:
                    note_email_changed(by=user)
        except IntegrityError:
            # Somebody else has confirmed the same address meanwhile.
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt")
            return False
        return is_done

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        return reverse("settings") if self.request.user.is_authenticated else super().get_email_verification_redirect_url(email_address)

    def clean_email(self, email: str) -> str:
        if len(email) > LONGEST:
            raise ValidationError(gettext("This address is too long. Check it, or use another one."))
        return email

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        asked = request.session.pop(OWN_PHONE, False)
        # Only by the way in that asks it: what somebody ticked who then went away is not the next one's answer.
        ways = {one.get("method") for one in get_authentication_records(request, user)}
        sessions.start(request, user, is_own_phone=asked and bool(ways & {"password", "code"}))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        # Who has signed in a moment ago has just shown it; their first second step would be asked for twice.
        return super().is_reauthentication_required(app=app, **kwargs) and not sessions.has_just_begun(self.request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """As far as one's own proxies vouch for it. A header that is too short or no address says nothing: the sender counts."""
        with suppress(ImproperlyConfigured, PermissionDenied):
            return super().get_client_ip(request)
        return request.META.get("REMOTE_ADDR") or "unknown"

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tells people what was changed about their sign-in, at the address that it was until then."""
        if template_prefix in WRITTEN_DOWN:
            note_sign_in_changed(by=user, what=WRITTEN_DOWN[template_prefix])
        if template_prefix in STEP_ADDED:
            self.request.session[SET_UP_HERE] = True  # whoever has set it up here need not show it here
        # Told whose mail it is: by now the old address belongs to nobody.
        with translation.override(user.speaks):
            mail = self.render_mail(template_prefix, email or user.email, {"user": user, **(context or {})})

        def send() -> None:
            mail.send()

        # Robust: what was changed stands, whether the mail server is up or not.
        transaction.on_commit(send, robust=True)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail says how to reach the clinic, so it needs the person whose address it is."""
        # None for an address that nobody signs in with: allauth writes there too, so that no form tells who is a patient.
        known = User.objects.filter(email=email.strip().lower()).first()
        said = {"user": known, **context}
        # The person's language, not that of the browser that asked: it may be somebody else's.
        with translation.override(said["user"].speaks if said["user"] else translation.get_language()):
            if not mail.delivered(lambda: super(AccountAdapter, self).send_mail(template_prefix, email, said), "a mail of the sign-in"):
                # The same for every address, as each is mailed something.
                raise ImmediateHttpResponse(self._mail_is_down())

    def _mail_is_down(self) -> HttpResponse:
        request = context.request
        response = render(request, "account/mail_down.html", {"typed": typed_fields(request)}, status=503)
        add_never_cache_headers(response)
        return response

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """The same mail whether the address is free or taken, and without the clinic: a stranger may read it by mistake."""
        address, said = emailconfirmation.email_address, {"user": None, "code": emailconfirmation.key}
        # Of who asked for it; whose address it may be beside theirs is nobody's to learn.
        with translation.override(address.user.speaks):
            self.send_mail("account/email/email_confirmation", address.email, said)
