"""Publishing a draft and moving recoveries."""

from __future__ import annotations

from typing import Any

from django import forms

from patients.actions.norms import LONGEST_REASON
from patients.exports.impact import PERIODS


class PublishForm(forms.Form):
    """Why the norms change. `seen`: the draft's count of edits when its effect was shown."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Why these norms change",
        help_text="Kept with the version, with your name and the time.",
        error_messages={"required": "Write why these norms change. The reason is kept with the version."},
    )
    move = forms.BooleanField(required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class PeriodForm(forms.Form):
    """How far back the preview looks."""

    days = forms.TypedChoiceField(choices=list(PERIODS.items()), coerce=int, label="Logs of")

    def __init__(self, data: Any) -> None:
        super().__init__(data if "days" in data else {"days": "90"})
        self.fields["days"].error_messages["invalid_choice"] = "“%(value)s” is not a period. Choose one of the list."
