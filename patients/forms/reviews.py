"""A clinician's decision."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django import forms

from patients.actions.reviews import Decision
from recovery.timeline.scale import Disposition

OUT_OF_DATE = "This page is out of date. Load it again; your text is kept below."


class ReviewForm(forms.Form):
    """Which flags were seen, what was decided, what to tell the patient."""

    # Any ids: only the action, which holds the lock, can tell which flags are still open.
    flags = forms.CharField(widget=forms.HiddenInput, error_messages={"required": OUT_OF_DATE})
    # When the page was read; the queue's own form does not say.
    read_at = forms.DateTimeField(required=False, widget=forms.HiddenInput, error_messages={"invalid": OUT_OF_DATE})
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

    def clean_flags(self) -> list[UUID]:
        try:
            return [UUID(text) for text in self.cleaned_data["flags"].split(",")]
        except ValueError:
            raise forms.ValidationError(OUT_OF_DATE) from None

    def decision(self) -> Decision:
        data = self.cleaned_data
        return Decision(Disposition(data["disposition"]), data["note"], data["reply"])
