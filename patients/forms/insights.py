"""What the insights are asked for. Every value of the address is one that is known, or the page says which is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from patients.exports import words
from patients.exports.adherence import STEPS
from patients.exports.insight_rows import STATES
from patients.exports.insights import DAY_WORDS, DAYS, PERIODS, USUAL_PERIOD
from patients.forms.numbers import WholeNumberField, quoted
from recovery.timeline.scale import Rule, Urgency

URGENCIES = {str(int(u)): u.word.capitalize() for u in Urgency if u.is_flag}


class PeriodForm(forms.Form):
    """How far back, and whether as a file. Nothing else may stand in the address: a filter that nobody knows would filter nothing."""

    period = forms.ChoiceField(choices=list(PERIODS.items()), label="Logs of")
    format = forms.ChoiceField(choices=[("csv", "CSV")], required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        # Always bound: the page answers before anything is chosen. The last of several values, as forms read them.
        super().__init__({"period": USUAL_PERIOD} | {name: data[name] for name in data})
        for name, field in self.fields.items():
            if isinstance(field, forms.ChoiceField):
                field.widget.attrs["class"] = "form-select"
                # The precision cuts what is quoted: anything can be typed into an address.
                says = f"“%(value).40s” is not {NOUNS[name]} of this page. Choose one of the list."
                field.error_messages |= {"invalid_choice": says, "required": f"Choose {NOUNS[name]}."}

    def clean(self) -> dict[str, Any]:
        for name in sorted(set(self.data) - set(self.fields)):
            self.add_error(None, f"“{quoted(name)}” is not a filter of this page. Take it out of the address.")
        return super().clean() or {}

    @property
    def chosen(self) -> list[forms.BoundField]:
        """The fields that the page shows."""
        return [self[name] for name in self.fields if name not in ("format", "page")]

    @property
    def problems(self) -> list[str]:
        return [str(said) for errors in self.errors.values() for said in errors]


class PagedForm(PeriodForm):
    page = WholeNumberField(least=1, most=999_999, required=False)


class FlagsForm(PagedForm):
    """The filters of the list of flags."""

    rule = forms.ChoiceField(choices=[("", "any")] + [(r.value, r.words) for r in Rule], required=False, label="Rule")
    symptom = forms.ChoiceField(required=False, label="Symptom or sign")
    days = forms.ChoiceField(choices=[("", "any"), *((code, DAY_WORDS[code]) for code in DAYS)], required=False, label="Day")
    urgency = forms.ChoiceField(choices=[("", "any"), *URGENCIES.items()], required=False, label="Urgency")
    state = forms.ChoiceField(choices=[("", "any"), *((code, said[0]) for code, said in STATES.items())], required=False, label="Outcome")

    def __init__(self, data: Mapping[str, Any], subjects: Mapping[str, str]) -> None:
        super().__init__(data)
        choices = sorted(subjects.items(), key=lambda pair: pair[1].lower())
        # Cut: the label of a sign is a sentence, and a select is as wide as its longest choice.
        self.fields["symptom"].choices = [("", "any"), *((code, words.shortened(name, 60)) for code, name in choices)]  # type: ignore[attr-defined]

    @property
    def filters(self) -> dict[str, str]:
        """What was chosen, without the page and the format."""
        return {name: self.cleaned_data[name] for name in ("period", *CHOSEN) if self.cleaned_data[name]}


class CheckInsForm(PagedForm):
    """The recoveries of one figure of adherence."""

    step = forms.ChoiceField(choices=[(s.code, s.name) for s in STEPS], label="Day or check-in")
    logged = forms.ChoiceField(choices=[("", "any"), ("yes", "logged"), ("no", "not logged")], required=False, label="Logged")


CHOSEN = ("rule", "symptom", "days", "urgency", "state")
NOUNS = {
    "period": "a period", "format": "a file format", "rule": "a rule", "symptom": "a symptom or sign", "days": "a run of days",
    "urgency": "an urgency", "state": "an outcome", "step": "a day or check-in", "logged": "an answer",
}  # fmt: skip
