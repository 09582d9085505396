"""What the audit is asked for. What nobody knows is said, and never answered with the whole list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from patients.forms.fields import IsoDateField
from patients.forms.numbers import WholeNumberField, quoted
from patients.models import User
from patients.models.audit import KINDS

OTHERS = (("patients", "patients"), ("service", "this service, by itself"))


class AuditForm(forms.Form):
    """Bound to the address; `before` is the number of the event that the page begins behind."""

    kind = forms.ChoiceField(choices=[("", "any"), *((kind, said) for kind, (said, _) in KINDS.items())], required=False, label="What")
    person = forms.ChoiceField(required=False, label="Who")
    day = IsoDateField(required=False, label="Day")
    before = WholeNumberField(least=1, most=999_999_999, required=False)
    format = forms.ChoiceField(choices=[("csv", "CSV")], required=False)

    def __init__(self, data: Mapping[str, Any], people: Sequence[User]) -> None:
        super().__init__({name: data[name] for name in data})
        person = self.fields["person"]
        assert isinstance(person, forms.ChoiceField)
        person.choices = [("", "anybody"), *((str(user.uuid), user.byline) for user in people), *OTHERS]
        for name in ("kind", "person"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["day"].widget.attrs["class"] = "form-control"
        for name, field in self.fields.items():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = f"“%(value).40s” is no {name} of this page. Choose one of the list."

    def clean(self) -> dict[str, Any]:
        for name in sorted(set(self.data) - set(self.fields)):
            self.add_error(None, f"“{quoted(name)}” is not a filter of this page. Take it out of the address.")
        return super().clean() or {}

    @property
    def chosen(self) -> list[forms.BoundField]:
        return [self[name] for name in ("kind", "person", "day")]

    @property
    def problems(self) -> list[str]:
        return [str(said) for errors in self.errors.values() for said in errors]

    @property
    def kept(self) -> dict[str, Any]:
        """What is filtered, for the addresses of the other pages and of the file."""
        return {field.name: self.cleaned_data[field.name] for field in self.chosen if self.cleaned_data[field.name]}
