"""Closing a recovery: why, in a few words."""

from django import forms


class CloseForm(forms.Form):
    why = forms.CharField(
        required=False,
        # as the column has it
        max_length=200,
        label="Why, if you want to say",
        help_text="For colleagues: the patient does not see it.",
        error_messages={"max_length": "Keep the reason under 200 letters; this one has %(show_value)d."},
    )
