"""Publishing a draft and moving recoveries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from patients.actions.norms import LONGEST_REASON
from patients.exports.impact import PERIODS, USUAL_DAYS
from patients.models import NormVersion

ANOTHER = "The draft you looked at was published or discarded, and this is another one. Nothing is published. Look at it, then publish."
GOING = "moving to"  # in the session: the version that a batch was just moved to


class PublishForm(forms.Form):
    """Why the norms change. `seen`: which draft the page showed, and its count of edits then."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Why these norms change",
        help_text="Kept with the version, with your name and the time.",
        error_messages={
            "required": "Write why these norms change. The reason is kept with the version.",
            "max_length": "The reason has %(show_value)d characters; %(limit_value)d fit. Shorten it.",
        },
    )
    move = forms.BooleanField(required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, draft: NormVersion) -> None:
        # A plain dict: `refuse` writes the new token into it, and a QueryDict is frozen.
        super().__init__(data.dict() if data is not None else None, initial={"seen": token(draft)})
        self.draft = draft

    def clean(self) -> dict[str, Any]:
        if fault := self._fault(self.data.get("seen", "")):
            self.refuse(fault, self.draft)
        return super().clean() or {}

    def refuse(self, says: str, draft: NormVersion) -> None:
        """Says why not. Beside it the draft is shown as it is now, so sending again publishes that."""
        self.add_error(None, says)
        self.data = {**self.data, "seen": token(draft)}

    def _fault(self, seen: str) -> str:
        if seen == token(self.draft):
            return ""
        if draft_in(seen) != str(self.draft.pk):
            return ANOTHER
        who = self.draft.edited_by.byline if self.draft.edited_by else "Somebody"
        at = f" at {timezone.localtime(self.draft.edited_at):%H:%M}" if self.draft.edited_at else ""
        return f"{who} saved another edit of this draft{at}. Nothing is published. Look at the changes, then publish."


class PeriodForm(forms.Form):
    """How far back the preview looks."""

    days = forms.TypedChoiceField(choices=list(PERIODS.items()), coerce=int, label="Logs of")

    def __init__(self, data: Any) -> None:
        # Always bound: the page answers before a period is chosen.
        super().__init__(data if "days" in data else {"days": USUAL_DAYS})
        # The precision cuts what is quoted: anything can be typed into an address.
        says = {"invalid_choice": "“%(value).40s” is not a period. Choose one of the list.", "required": "Choose a period."}
        self.fields["days"].error_messages |= says


def token(draft: NormVersion) -> str:
    # The count alone would also fit a draft that was started since.
    return f"{draft.pk}/{draft.edits}"


def draft_in(seen: str) -> str:
    """The key of the draft that a page showed."""
    return seen.partition("/")[0]
