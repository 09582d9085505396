"""Enrolling a patient and recording a treatment: first what must be said, then what may be left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.conf import settings

from patients.actions.people import Session
from patients.forms.fields import IsoDateField
from patients.forms.people import time_zones
from patients.models import Clinic, Protocol, Symptom, Treatment
from patients.models.people import languages
from recovery.timeline.scale import Severity

# 0 is the empty choice: neither “none” nor “not known” moves a band.
GRADES = [("", "none or not known"), *((str(int(s)), f"{int(s)} {s.word}") for s in Severity if s)]


class SessionForm(forms.Form):
    """One treatment: what was done and when; what is known of the skin before it is optional."""

    protocol = forms.ModelChoiceField(Protocol.objects.none(), empty_label=None, label="Protocol")
    treated_on = IsoDateField(
        label="Date of the treatment", help_text="Day 0 of the recovery. A day to come, up to 180 days ahead, plans the treatment."
    )
    # Not required: who leaves it out means what is usual.
    area = forms.ChoiceField(choices=Treatment.Area.choices, required=False, initial=Treatment.Area.FACE)
    needle_depth_mm = forms.DecimalField(
        required=False,
        min_value=Decimal("0.01"),
        # as the constraint treatment_depth_up_to_5_mm has it
        max_value=Decimal(5),
        max_digits=3,
        decimal_places=2,
        label="Depth in mm, if known",
    )
    device = forms.CharField(required=False, max_length=80, label="Device, if known")
    factors = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What shifts the norms for this patient",
        help_text="Fixed with the treatment, so that its logs are always compared the same way.",
    )

    def __init__(self, *args: Any, clinic: Clinic, factors: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        protocol, field = self.fields["protocol"], self.fields["factors"]
        assert isinstance(protocol, forms.ModelChoiceField)
        assert isinstance(field, forms.MultipleChoiceField)
        # What is offered when the page is asked for; the action asks once more when it records.
        protocol.queryset = Protocol.objects.of_clinic(clinic).offered()
        field.choices = factors
        # Any symptom may have been there before: rosacea is redness, acne is breakouts.
        self.symptoms = list(Symptom.objects.all())
        for symptom in self.symptoms:
            self.fields[f"before_{symptom.code}"] = forms.ChoiceField(choices=GRADES, required=False, label=symptom.name)

    @property
    def helper(self) -> FormHelper:
        """What must be said."""
        return _helper(self.first_parts())

    @property
    def more_helper(self) -> FormHelper:
        """What may be left out, behind one “more”."""
        return _helper(self.more_parts())

    @property
    def opens_more(self) -> bool:
        """Whether something behind it is wrong or was filled in: nothing typed is hidden."""
        first = {"name", "email", "protocol", "treated_on"}
        return self.is_bound and bool((set(self.errors) | set(self.changed_data)) - first)

    def first_parts(self) -> list[Any]:
        return [_pair("protocol", "treated_on")]

    def more_parts(self) -> list[Any]:
        before = [Column(f"before_{symptom.code}", css_class="col-md-4") for symptom in self.symptoms]
        return [
            Row(
                Column("area", css_class="col-md-4"),
                Column("needle_depth_mm", css_class="col-md-4"),
                Column("device", css_class="col-md-4"),
            ),
            "factors",
            Fieldset("Skin before the treatment, where it was not clear", Row(*before)),
        ]

    def session(self) -> Session:
        data = self.cleaned_data
        baseline = {s.code: int(data[f"before_{s.code}"]) for s in self.symptoms if data.get(f"before_{s.code}")}
        return Session(
            protocol=data["protocol"],
            treated_on=data["treated_on"],
            area=data["area"] or Treatment.Area.FACE,
            device=data["device"],
            needle_depth_mm=data["needle_depth_mm"],
            factors=tuple(data["factors"]),
            baseline=baseline,
        )


def _pair(*names: str) -> Row:
    return Row(*(Column(name, css_class="col-md-6") for name in names))


def _helper(parts: list[Any]) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*parts)
    return helper


class EnrolmentForm(SessionForm):
    """A new patient with the first treatment."""

    name = forms.CharField(max_length=120, label="Name", error_messages={"required": "Type the name of the patient."})
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="The patient signs in with it. The invitation goes there.",
        error_messages={"required": "Type the e-mail address: the patient signs in with it."},
    )
    time_zone = forms.ChoiceField(required=False, label="Time zone of the patient")
    language = forms.ChoiceField(
        choices=languages,
        required=False,
        initial=settings.LANGUAGE_CODE,
        label="Language of the patient",
        help_text="Of the patient’s pages and mails.",
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, clinic=clinic, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = time_zones(clinic.time_zone)
        self.clinic_zone = clinic.time_zone

    def first_parts(self) -> list[Any]:
        return [_pair("name", "email"), *super().first_parts()]

    def more_parts(self) -> list[Any]:
        return [_pair("time_zone", "language"), *super().more_parts()]

    def clean_time_zone(self) -> str:
        return self.cleaned_data["time_zone"] or self.clinic_zone

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or settings.LANGUAGE_CODE
