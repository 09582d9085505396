"""What is sent from the rows of the queue."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from patients.forms.fields import IsoDateField
from recovery.timeline.scale import Disposition

OUT_OF_DATE = "This page is out of date. Load it again; your text is kept below."
Ticked = dict[UUID, list[UUID]]  # recovery: the flags that were open on the page


class FlagsField(forms.Field):
    """Public ids of flags, as a page has them: “flag,flag”."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(error_messages={"required": OUT_OF_DATE})

    def to_python(self, value: Any) -> list[UUID]:
        try:
            return [UUID(text) for text in value.split(",")] if value else []
        except ValueError:
            raise ValidationError(OUT_OF_DATE) from None


class SnoozeForm(forms.Form):
    """A date of one's own, or that of one of the quick choices, which goes before it; and what was open on the page."""

    flags = FlagsField()
    until = IsoDateField(required=False)
    quick = IsoDateField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not (data.get("quick") or data.get("until")):
            raise ValidationError("Choose the date until which it is snoozed.")
        return data

    @property
    def date(self) -> date:
        return self.cleaned_data["quick"] or self.cleaned_data["until"]

    @property
    def problem(self) -> str:
        return next(str(error) for errors in self.errors.values() for error in errors)


class TickedField(forms.Field):
    """Check boxes, each with a row and the flags that were open in it: “recovery:flag,flag”."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> Ticked:
        try:
            pairs = [text.split(":") for text in value or []]
            return {UUID(row): [UUID(flag) for flag in flags.split(",")] for row, flags in pairs}
        except ValueError:
            raise ValidationError("This page is out of date. Load the queue again, and tick the rows there.") from None


class BulkForm(forms.Form):
    """One decision for all rows that are ticked."""

    row = TickedField(error_messages={"required": "Tick at least one row, then choose the decision."})
    disposition = forms.ChoiceField(
        choices=[(d.value, d.words) for d in Disposition],
        error_messages={
            "required": "Choose a decision for the rows that are ticked.",
            "invalid_choice": "“%(value)s” is not a decision. Choose one of the list.",
        },
    )

    @property
    def problem(self) -> str:
        return next(str(error) for errors in self.errors.values() for error in errors)
