"""A clinician's decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django import forms

from patients.actions.reviews import Decision
from patients.exports.moments import read_moment
from patients.forms.queue import OUT_OF_DATE, FlagsField
from recovery.timeline.scale import Disposition


class ReviewForm(forms.Form):
    """Which flags were seen, what was decided, what to tell the patient."""

    # Any ids: only the action, which holds the lock, can tell which flags are still open.
    flags = FlagsField()
    # When the page was made: what changed since is shown before it is decided about.
    read_at = forms.CharField(required=False, widget=forms.HiddenInput)
    disposition = forms.ChoiceField(
        choices=[(d.value, d.words) for d in Disposition],
        widget=forms.RadioSelect,
        label="Decision",
        error_messages={
            "required": "Choose a decision.",
            "invalid_choice": "“%(value)s” is not a decision. Choose one of the list.",
        },
    )
    reply = forms.CharField(required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    note = forms.CharField(required=False, max_length=2000, label="Note for the clinic")

    @classmethod
    def kept(cls, typed: Mapping[str, str], reply: str) -> ReviewForm:
        """What was typed so far with another reply; nothing is judged before it is sent."""
        return cls(initial={"disposition": typed.get("disposition", ""), "note": typed.get("note", ""), "reply": reply})

    def clean_read_at(self) -> datetime | None:
        try:
            return read_moment(self.cleaned_data["read_at"]) if self.cleaned_data["read_at"] else None
        except ValueError:
            raise forms.ValidationError(OUT_OF_DATE) from None

    def decision(self) -> Decision:
        data = self.cleaned_data
        return Decision(Disposition(data["disposition"]), data["note"], data["reply"])
