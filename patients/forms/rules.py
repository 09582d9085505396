"""The numbers of the rules, each with what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms

from patients.forms.numbers import WholeNumberField
from patients.forms.refused import Refused
from recovery.timeline.difference import ROWS, replaced
from recovery.timeline.norms import Norms, WarningSign
from recovery.timeline.proof import FROM_DAYS, STEPS

BLANK = {"required": "This is blank. Write a number."}


def _step(label: str, help_text: str) -> WholeNumberField:
    return WholeNumberField(least=STEPS[0], most=STEPS[-1], label=f"{label} (grades)", help_text=help_text, error_messages=BLANK)


def _from_day(label: str, help_text: str) -> WholeNumberField:
    return WholeNumberField(least=FROM_DAYS[0], most=FROM_DAYS[-1], label=f"{label} (day)", help_text=help_text, error_messages=BLANK)


class RulesForm(forms.Form):
    """All of a version's RuleSettings."""

    use_required_attribute = False
    worsening_symptoms = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Symptoms whose worsening counts",
        help_text="Only these are compared with their own lowest grade so far.",
        error_messages={"invalid_choice": "There is no symptom “%(value)s”. Choose from the list."},
    )
    worsening_from_day = _from_day("Worsening counts from", "Before this day a rise is taken as part of the first reaction.")
    worsening_watch_step = _step("Rise that is watch", "This much above the lowest, above typical and held since the log before: watch.")
    worsening_urgent_step = _step("Rise that is urgent", "This much above the lowest, even inside the band: urgent.")
    cluster_size = WholeNumberField(
        # One symptom is no cluster; `most` follows from the symptoms, below.
        least=2,
        most=2,
        label="Cluster (symptoms)",
        help_text="This many symptoms above range on one day: each of them is urgent.",
        error_messages=BLANK,
    )
    last_session_step = _step("Above last session", "This much above the same day of the session before: watch.")
    baseline_from_day = _from_day("Baseline counts from", "From this day the grade before the treatment adds to high.")
    results_worse_from_day = _from_day("“Worse” counts from", "From this day a result rated worse is watch.")
    results_unchanged_from_day = _from_day("“No change” counts from", "From this day a result rated no change is a note.")

    def __init__(self, data: Any = None, *, norms: Norms, kept: Mapping[str, WarningSign]) -> None:
        self.norms = norms
        super().__init__(data, initial=ROWS["settings"](norms)[0])
        symptoms, cluster = self.fields["worsening_symptoms"], self.fields["cluster_size"]
        assert isinstance(symptoms, forms.MultipleChoiceField)
        assert isinstance(cluster, WholeNumberField)
        symptoms.choices = [(s.code, s.name) for s in norms.symptoms.values()]
        cluster.most = max(len(norms.symptoms), 2)

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        worsening = ["worsening_from_day", "worsening_watch_step", "worsening_urgent_step"]
        helper.layout = Layout(
            Fieldset("Worsening", "worsening_symptoms", _row(worsening)),
            Fieldset("Comparing", _row(["cluster_size", "last_session_step", "baseline_from_day"])),
            Fieldset("Results, on the improvement scale", _row(["results_worse_from_day", "results_unchanged_from_day"])),
        )
        return helper

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        watch, urgent = data.get("worsening_watch_step"), data.get("worsening_urgent_step")
        # Such a rise would be urgent before it could be a watch.
        if watch and urgent and watch > urgent:
            self.add_error("worsening_watch_step", f"{watch} is more than the rise that is urgent, {urgent}.")
        return data

    def apply(self) -> Norms:
        row = {name: self.cleaned_data[name] for name in self.fields}
        before = self.norms.settings.worsening_symptoms
        if set(before) == set(row["worsening_symptoms"]):  # ticking has no order: where nothing changed, keep the one there was
            row["worsening_symptoms"] = list(before)
        return replaced(self.norms, {"settings": [row]})

    @property
    def refused(self) -> list[Refused]:
        return [
            Refused(str(self.fields[name].label), str(says), self[name].id_for_label or self[name].auto_id)
            for name, errors in self.errors.items()
            for says in errors
        ]


def _row(names: list[str]) -> Row:
    return Row(*(Column(name, css_class="col-md-4") for name in names))
