"""Deleting one's own account: two things to do, so that it never happens by a slip."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from patients.models import User


class EraseForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("Your e-mail address"),
        # Not an e-mail field of the browser, which would refuse a slip before we can say what is wrong.
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type the e-mail address that you sign in with.")},
    )
    is_sure = forms.BooleanField(
        label=gettext_lazy("Delete my account and everything in it. I know that it cannot be brought back."),
        error_messages={"required": gettext_lazy("Tick the box if you are sure.")},
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_email(self) -> str:
        typed = self.cleaned_data["email"]
        if typed.strip().lower() != self.user.email:
            said = gettext("That is not the address of this account. Type {email}, or leave this page.")
            raise forms.ValidationError(said.format(email=self.user.email))
        return str(typed)
