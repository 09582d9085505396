"""A clinic's hours and promises as a form; its holidays stand in patients.forms.holidays."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from django import forms

from patients.forms.numbers import quoted
from patients.forms.refused import Refused
from patients.models import Clinic
from patients.models.people import WEEKDAYS
from recovery.timeline.promise import OpeningHours

SAME_DAY = "day"  # a word: an empty choice could not be told from a form that did not send it


class ClockTimeField(forms.TimeField):
    """A time as browsers send it; Python alone would read full-width digits too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), **kwargs)

    def to_python(self, value: Any) -> time | None:
        text = str(value or "").strip()
        found = re.fullmatch("([01][0-9]|2[0-3]):([0-5][0-9])(:00)?", text)
        if text and not found:
            raise forms.ValidationError(f"“{quoted(text)}” is not a time this page can read. Write it as 09:00.", code="invalid")
        return time(int(found[1]), int(found[2])) if found else None


def _days(number: int) -> str:
    return "the next working day" if number == 1 else f"{number} working days later"


class ClockForm(forms.Form):
    """Opening hours and promises; `clean` refuses what no clinic can promise, at the field."""

    use_required_attribute = False
    opens_at = ClockTimeField(label="Opens", error_messages={"required": "Say when the clinic opens, such as 09:00."})
    closes_at = ClockTimeField(label="Closes", error_messages={"required": "Say when the clinic closes, such as 18:00."})
    weekdays = forms.MultipleChoiceField(
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS, 1)],
        widget=forms.CheckboxSelectMultiple,
        label="Working days",
        error_messages={
            "required": "Choose at least one working day.",
            "invalid_choice": "“%(value).40s” is no day of the week. Choose again.",
        },
    )
    watch_days = forms.TypedChoiceField(
        choices=[(number, f"By closing time, {_days(number)}") for number in range(1, 6)],
        coerce=int,
        label="A watch is answered",
        help_text="The day it comes in is not counted.",
        error_messages={"invalid_choice": "“%(value).40s” is not in the list. Choose one that is.", "required": "Choose one of the list."},
    )
    urgent_hours = forms.ChoiceField(
        choices=[
            (SAME_DAY, "By closing time, the same working day"),
            *((str(number), f"Within {number} working hour{'s' if number > 1 else ''}") for number in range(1, 25)),
        ],
        label="What is urgent is answered",
        help_text="What comes in after closing counts from the next opening. An emergency is promised the same.",
        error_messages={"invalid_choice": "“%(value).40s” is not in the list. Choose one that is.", "required": "Choose one of the list."},
    )

    def __init__(self, data: Any, *, clinic: Clinic) -> None:
        hours = SAME_DAY if clinic.urgent_hours is None else str(clinic.urgent_hours)
        initial = {name: getattr(clinic, name) for name in ("opens_at", "closes_at", "watch_days")}
        super().__init__(data, initial=initial | {"weekdays": list(clinic.weekdays), "urgent_hours": hours})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", f"The clinic must open before it closes: {opens:%H:%M} is not before {closes:%H:%M}.")
        return data

    def clean_urgent_hours(self) -> int | None:
        chosen = self.cleaned_data["urgent_hours"]
        return None if chosen == SAME_DAY else int(chosen)

    def clean_weekdays(self) -> str:
        return "".join(sorted(set(self.cleaned_data["weekdays"])))

    def hours(self, holidays: dict[date, str]) -> OpeningHours:
        """Only after is_valid()."""
        data = self.cleaned_data
        weekdays = frozenset(int(day) for day in data["weekdays"])
        return OpeningHours(data["opens_at"], data["closes_at"], weekdays, frozenset(holidays), data["watch_days"], data["urgent_hours"])

    @property
    def refused(self) -> list[Refused]:
        return [
            Refused(str(self.fields[name].label), str(says), self[name].id_for_label or self[name].auto_id)
            for name, errors in self.errors.items()
            for says in errors
        ]
