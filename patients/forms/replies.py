"""A text for replies, as typed. What fits is judged by patients.policies, so that every way in hears the same."""

from __future__ import annotations

import re

from django import forms

from patients.models.replies import LONGEST_NAME, LONGEST_TEXT


class ReplyTemplateForm(forms.Form):
    # No lengths here: a browser would cut what is pasted without a word.
    name = forms.CharField(required=False, label="Name", help_text=f"How the list calls it, up to {LONGEST_NAME} letters.")
    text = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=f"Up to {LONGEST_TEXT} letters. {{name}} becomes the patient’s first name, {{clinic}} and {{phone}} your clinic’s.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def seen_edit(self) -> int:
        """Which edit of the text the person has read; 0 where the page did not say, which matches none."""
        seen = self.cleaned_data.get("seen", "") if self.is_valid() else ""
        return int(seen) if re.fullmatch("[0-9]{1,9}", seen) else 0

    def having_seen(self, edit: int) -> ReplyTemplateForm:
        """The same as typed, by somebody who has read that edit."""
        typed = {name: self.data.get(name, "") for name in self.fields}
        return ReplyTemplateForm(typed | {"seen": str(edit)})
