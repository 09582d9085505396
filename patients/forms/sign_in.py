"""allauth's forms of signing in, with one more question: whether this is the person's own phone."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, LoginForm
from allauth.core import context
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy

OWN_PHONE = "own_phone"  # in the session of who is about to sign in


def own_phone_field() -> forms.BooleanField:
    return forms.BooleanField(
        required=False,
        label=gettext_lazy("This is my own phone"),
        help_text=gettext_lazy("For patients: for 30 days your log opens here without signing in. Nothing else does."),
    )


class AsksForPhone:
    """The answer waits in the session until the person is in: a second step may come in between."""

    def clean(self) -> dict[str, Any]:
        # Raises where password or code are wrong.
        cleaned: dict[str, Any] = super().clean()  # type: ignore[misc]
        context.request.session.pop(OWN_PHONE, None)
        if cleaned.get("own_phone"):
            context.request.session[OWN_PHONE] = True
        return cleaned


class OwnLoginForm(AsksForPhone, LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Here and not as an attribute: allauth would put it before the address.
        self.fields["own_phone"] = own_phone_field()


class OwnConfirmLoginCodeForm(AsksForPhone, ConfirmLoginCodeForm):
    own_phone = own_phone_field()


class OwnAddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(required=False, max_length=60, label=gettext_lazy("Name"), help_text=gettext_lazy("To tell it from others."))
    # Ticked from the start: what most people mean by a passkey.
    passwordless = forms.BooleanField(required=False, initial=True, label=gettext_lazy("It signs me in alone, without a password"))
