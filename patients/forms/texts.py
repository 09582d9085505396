"""A clinic's text and its periods, as typed. What may be published is judged by the actions, so that every way in hears the same."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from patients.actions.retention import state_of
from patients.actions.texts import PLACEHOLDERS
from patients.forms.numbers import quoted
from patients.models import ClinicText, Retention
from patients.models.retention import MOST_MONTHS

HELP = (
    "A blank line begins a new paragraph, a line that begins with “# ” is a heading, one that begins with “- ” is a row of a list. "
    f"These are filled in: {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}."
)


class ClinicTextForm(forms.Form):
    # No length here: a browser would cut what is pasted without a word.
    text = forms.CharField(required=False, strip=False, widget=forms.Textarea(attrs={"rows": 18}), help_text=HELP)
    asks_again = forms.BooleanField(
        required=False,
        label="Ask everybody again",
        help_text="Whoever has allowed photos is asked again, with this text, before the next photo. Photos that are there stay.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, kind: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if kind != ClinicText.Kind.PHOTOS:
            del self.fields["asks_again"]
        else:
            self.fields["text"].widget.attrs["rows"] = 10

    @property
    def seen_number(self) -> int:
        """Which version the person has read; a number that no version has where the page did not say."""
        seen = self.cleaned_data.get("seen", "") if self.is_valid() else ""
        return int(seen) if re.fullmatch("[0-9]{1,9}", seen) else -1


class MonthsField(forms.CharField):
    """A number of months, or nothing; only digits are one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if typed and not re.fullmatch("[0-9]{1,3}", typed):
            raise forms.ValidationError(f"“{quoted(typed)}” is not a number of months. Write one from 1 to {MOST_MONTHS}, or nothing.")
        return int(typed) if typed else None


class RetentionForm(forms.Form):
    keep_months = MonthsField(
        label="Months that records must be kept",
        help_text="What your law asks for, counted from the last activity. Empty: nothing is put off.",
    )
    delete_months = MonthsField(
        label="Months after which records are deleted by themselves",
        help_text="Counted from the last activity: a log, a treatment, a review or a sign-in. Empty: never.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, stands: Retention) -> None:
        initial = {"keep_months": stands.keep_months, "delete_months": stands.delete_months, "seen": state_of(stands)}
        super().__init__(data, initial=initial)

    def having_seen(self, stands: Retention) -> RetentionForm:
        """The same as typed, by somebody who has read what stands."""
        return RetentionForm({**{name: self.data.get(name, "") for name in self.fields}, "seen": state_of(stands)}, stands=stands)
