"""Another date for a treatment, and one's own settings."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from patients.forms.fields import IsoDateField
from patients.models import Patient, User
from patients.models.people import languages


@cache
def time_zones(standing: str = "Europe/London") -> list[tuple[str, str]]:
    """Zones named by a city, and the one that stands, whatever its name: a list without it would show another as chosen."""
    # The others are aliases and fixed offsets, which do not follow summer time.
    cities = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return [(name, name) for name in sorted(cities | {standing})]


class NewDateForm(forms.Form):
    """Another date for a planned treatment."""

    treated_on = IsoDateField(label="New date of the treatment", help_text="Day 0 of the recovery.")


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
