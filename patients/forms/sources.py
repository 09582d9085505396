"""A source, and a claim: what it says of a symptom and days."""

from __future__ import annotations

import re
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms

from patients.forms.numbers import FIRST_DAY, day_field, order_fault
from patients.models import Claim, Source, Symptom

GRADES = [
    ("A", "A: a regulator, the labelling of a device, or a peer-reviewed paper"),
    ("B", "B: a clinic’s handout or a maker"),
    ("C", "C: a blog or compiled answers"),
]
KINDS = [
    ("course", "course: how long it lasts"),
    ("look", "look: how it looks on these days"),
    ("rate", "rate: how many patients have it"),
    ("warning", "warning: what should worry"),
]
NEW = "new"  # an address under /norms/sources/ that is a page
TOO_LONG = "This has %(show_value)d characters; %(limit_value)d fit. Shorten it."
MISSING = "This is blank. Fill it in."


class SourceForm(forms.ModelForm):
    """A source; its key is asked for once, since rows of norms and claims hold it."""

    url = forms.URLField(
        required=False, assume_scheme="https", label="Address on the web, if any", error_messages={"invalid": "This is not a web address."}
    )
    grade = forms.ChoiceField(choices=GRADES, widget=forms.RadioSelect, label="Grade", error_messages={"required": "Choose a grade."})

    class Meta:
        model = Source
        fields = ["key", "title", "publisher", "year", "url", "grade"]
        labels = {"key": "Key", "year": "Year, if known"}
        help_texts = {"key": "Short and lasting, such as chu-2021: small letters a to z, digits and hyphens. It never changes."}
        error_messages = {name: {"required": MISSING, "max_length": TOO_LONG} for name in ("key", "title", "publisher", "year")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = not self.instance.pk
        if not self.is_new:
            del self.fields["key"]
        for field in self.fields.values():
            field.widget.attrs.pop("maxlength", None)  # a browser would cut what is pasted without a word
        self.helper = _helper(
            [("key", 4), ("publisher", 5), ("year", 3)] if self.is_new else [("publisher", 9), ("year", 3)],
            [("title", 12)],
            [("url", 12)],
            [("grade", 12)],
        )

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", key):
            raise forms.ValidationError(f"“{key}” does not fit. Write small letters a to z, digits and hyphens.")
        if key == NEW:
            raise forms.ValidationError("“new” is the address of a page. Choose another key.")
        # The model's own check would speak of a “Source with this Key”.
        if Source.objects.filter(key=key).exists():
            raise forms.ValidationError(f"There is a source with the key “{key}” already. Choose another.")
        return key

    def clean_year(self) -> str:
        year: str = self.cleaned_data["year"]
        if year and not re.fullmatch("[0-9]{4}", year):
            raise forms.ValidationError(f"“{year}” is not a year. Write four digits, or nothing.")
        return year

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        # Django's own check also takes ftp, which browsers no longer open.
        if url and not url.startswith(("http://", "https://")):
            raise forms.ValidationError("This is not a web address. It begins with https:// or http://.")
        return url


class ClaimForm(forms.ModelForm):
    """What a source says of a symptom and days."""

    symptom = forms.ModelChoiceField(Symptom.objects.all(), error_messages={"required": "Choose a symptom."})
    kind = forms.ChoiceField(choices=KINDS, widget=forms.RadioSelect, label="Kind", error_messages={"required": "Choose a kind."})
    first_day = day_field("First day", least=FIRST_DAY, help_text="Days since the treatment.", error_messages={"required": MISSING})
    last_day = day_field("Last day", least=FIRST_DAY, error_messages={"required": MISSING})

    class Meta:
        model = Claim
        fields = ["symptom", "first_day", "last_day", "kind", "text"]
        labels = {"text": "Claim"}
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"text": "State what the source says in your own words; do not quote."}
        error_messages = {"text": {"required": MISSING, "max_length": TOO_LONG}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs.pop("maxlength", None)
        self.helper = _helper([("symptom", 6), ("first_day", 3), ("last_day", 3)], [("kind", 12)], [("text", 12)])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if fault := order_fault(data.get("first_day"), data.get("last_day")):
            self.add_error("last_day", fault)
        return data


def _helper(*rows: list[tuple[str, int]]) -> FormHelper:
    """Rows of fields, each with how many twelfths of the row it takes."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*(Row(*(Column(name, css_class=f"col-md-{wide}") for name, wide in row)) for row in rows))
    return helper
