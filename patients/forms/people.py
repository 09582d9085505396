"""Enrolling a patient, recording a treatment, one's own settings."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from patients.actions.people import Session
from patients.forms.fields import IsoDateField
from patients.models import Clinic, Patient, Protocol, Symptom, Treatment, User
from patients.models.people import languages
from recovery.timeline.scale import Severity

# 0 is the empty choice: neither “none” nor “not known” moves a band.
GRADES = [("", "none or not known"), *((str(int(s)), f"{int(s)} {s.word}") for s in Severity if s)]


@cache
def time_zones(standing: str = "Europe/London") -> list[tuple[str, str]]:
    """Zones named by a city, and the one that stands, whatever its name: a list without it would show another as chosen."""
    # The others are aliases and fixed offsets, which do not follow summer time.
    cities = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return [(name, name) for name in sorted(cities | {standing})]


class SessionForm(forms.Form):
    """One treatment: what was done and when; what is known of the skin before it is optional."""

    protocol = forms.ModelChoiceField(Protocol.objects.none(), empty_label=None, label="Protocol")
    treated_on = IsoDateField(
        label="Date of the treatment", help_text="Day 0 of the recovery. A day to come, up to 180 days ahead, plans the treatment."
    )
    area = forms.ChoiceField(choices=Treatment.Area.choices, initial=Treatment.Area.FACE)
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
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(*self.layout_parts())
        return helper

    def layout_parts(self) -> list[Any]:
        before = [Column(f"before_{symptom.code}", css_class="col-md-4") for symptom in self.symptoms]
        return [
            Row(Column("protocol", css_class="col-md-6"), Column("treated_on", css_class="col-md-6")),
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
            area=data["area"],
            device=data["device"],
            needle_depth_mm=data["needle_depth_mm"],
            factors=tuple(data["factors"]),
            baseline=baseline,
        )


class NewDateForm(forms.Form):
    """Another date for a planned treatment."""

    treated_on = IsoDateField(label="New date of the treatment", help_text="Day 0 of the recovery.")


class EnrolmentForm(SessionForm):
    """A new patient with the first treatment."""

    name = forms.CharField(max_length=120, label="Name")
    email = forms.EmailField(label="E-mail", help_text="The patient signs in with it.")
    time_zone = forms.ChoiceField(label="Time zone of the patient")
    language = forms.ChoiceField(
        choices=languages, required=False, label="Language of the patient", help_text="Of the patient’s pages and mails."
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, clinic=clinic, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = time_zones(clinic.time_zone)

    def layout_parts(self) -> list[Any]:
        who = [Row(*(Column(name, css_class="col-md-6") for name in ("name", "email", "time_zone", "language")))]
        return [*who, *super().layout_parts()]

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or settings.LANGUAGE_CODE


# A word for none: an empty choice could not be told from a page that does not send the field.
HOURS = [("off", gettext_lazy("Off")), *((str(hour), f"{hour}:00") for hour in range(24))]


def _hour(chosen: str) -> int | None:
    return None if chosen == "off" else int(chosen)


class OwnSettingsForm(forms.Form):
    """How the pages look, and for patients where their day begins and when they are reminded."""

    theme = forms.ChoiceField(choices=User.Theme.choices, widget=forms.RadioSelect, label=gettext_lazy("Colours"))
    # Not required: a page that was opened before this question leaves the answer as it stands.
    language = forms.ChoiceField(required=False, widget=forms.RadioSelect, label=gettext_lazy("Language"))
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), help_text=gettext_lazy("Your day begins at midnight there."))
    reminder_hour = forms.TypedChoiceField(
        choices=HOURS,
        coerce=_hour,
        empty_value=None,
        label=gettext_lazy("Reminder by e-mail"),
        help_text=gettext_lazy("At most one a day, and none once you have logged. After the first week they come less often."),
    )

    def __init__(self, data: Any, *, user: User) -> None:
        initial = {"theme": str(user.theme)}
        patient = getattr(user, "patient", None)
        super().__init__(data, initial=initial | (_standing(patient) if patient else {}))
        if patient is None:
            # Staff read times in the clinic's zone, and nobody reminds them.
            del self.fields["time_zone"], self.fields["reminder_hour"], self.fields["language"]
        else:
            zone, language = self.fields["time_zone"], self.fields["language"]
            assert isinstance(zone, forms.ChoiceField)
            assert isinstance(language, forms.ChoiceField)
            zone.choices = time_zones(patient.time_zone)
            # Each read aloud as what it is.
            language.choices = [(code, format_html('<span lang="{}">{}</span>', code, name)) for code, name in languages()]

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.initial["language"]


def _standing(patient: Patient) -> dict[str, str]:
    hour = patient.reminder_hour
    return {"time_zone": patient.time_zone, "language": patient.speaks, "reminder_hour": "off" if hour is None else str(hour)}
