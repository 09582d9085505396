"""A clinic's holidays as rows of a form, with empty ones for more."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, BaseFormSet, formset_factory
from django.utils.html import format_html

from patients import policies
from patients.errors import NotNow
from patients.forms.fields import IsoDateField, parse_iso
from patients.forms.refused import Refused
from patients.models import Clinic

EMPTY_ROWS = 3
LONGEST_NAME = 80
MOST_ROWS = policies.MOST_HOLIDAYS + EMPTY_ROWS
SENTENCES = {
    "missing_management_form": "This page did not arrive whole. Load it again.",
    "too_many_forms": f"At most {MOST_ROWS} rows fit. Remove some that are over.",
}


class HolidayForm(forms.Form):
    """A day on which the clinic is closed; an empty row is none."""

    number = 0  # counted from 1, as the page and its sentences name the row
    use_required_attribute = False
    day = IsoDateField(required=False, label="Date")
    name = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        label="Name",
        error_messages={"max_length": "This has %(show_value)d characters; %(limit_value)d fit. Shorten it."},
    )

    def __init__(self, *args: Any, known: frozenset[date], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.today = known, today
        # A limit on the widget itself would cut what is pasted without a word.
        self.fields["name"].widget.attrs.pop("maxlength", None)

    @property
    def is_over(self) -> bool:
        """Of those that stood there, whether to fold it away; a row with something wrong in it never is."""
        value = self["day"].value()
        day = parse_iso(value) if isinstance(value, str) else value
        return bool(not self.empty_permitted and day and day < self.today and not (self.is_bound and self.errors))

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day and day not in self.known:
            try:
                policies.check_holiday(day, self.today)
            except NotNow as refusal:
                raise forms.ValidationError(str(refusal)) from None
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("day") and "name" in data and not data["name"]:
            self.add_error("name", "Give it a name, such as “Good Friday”.")
        if data.get("name") and "day" in data and not data["day"]:
            self.add_error("day", "Choose the date, or remove the row.")
        return data


class HolidaySet(BaseFormSet):
    """The holidays that stand, in the order of their dates, and empty rows for more."""

    def __init__(self, data: Any, *, clinic: Clinic) -> None:
        standing = list(clinic.holidays.values("day", "name"))
        self.today = clinic.today()
        common = {"known": frozenset(row["day"] for row in standing), "today": self.today}
        super().__init__(data, initial=standing, prefix="holidays", form_kwargs=common, error_messages=SENTENCES)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.number = (index or 0) + 1
        for name, field in form.fields.items():
            if name == DELETION_FIELD_NAME:
                field.label = "Remove"
            # Heard, not seen, several fields called “Date” could not be told apart.
            field.label = format_html('{}<span class="visually-hidden">, row {}</span>', field.label, form.number)

    def clean(self) -> None:
        # Fewer rows than were shown did not come from the page; taking them would remove the others without a word.
        if self.total_form_count() < max(self.initial_form_count(), 1):
            raise forms.ValidationError(SENTENCES["missing_management_form"])
        rows: dict[date, int] = {}
        for form in filter(_stays, self.forms):
            if (first := rows.setdefault(form.cleaned_data["day"], form.number)) != form.number:
                form.add_error("day", f"Row {first} has this date too. Clear one of the two.")

    def by_date(self) -> dict[date, str]:
        """Only after is_valid()."""
        return {f.cleaned_data["day"]: f.cleaned_data["name"] for f in self.forms if _stays(f)}

    @property
    def over(self) -> list[HolidayForm]:
        return [form for form in self.forms if form.is_over]

    @property
    def ahead(self) -> list[HolidayForm]:
        return [form for form in self.forms if not form.is_over]

    @property
    def refused(self) -> list[Refused]:
        found = [Refused("Holidays", str(says), "holidays") for says in self.non_form_errors()]
        for form in self.forms:
            for name, errors in form.errors.items() if form.is_bound and not _is_removed(form) else ():
                found += [Refused(f"Holiday in row {form.number}", str(says), form[name].auto_id) for says in errors]
        return found


def _is_removed(form: HolidayForm) -> bool:
    return bool(form.cleaned_data.get(DELETION_FIELD_NAME))


def _stays(form: HolidayForm) -> bool:
    return bool(form.cleaned_data.get("day")) and not _is_removed(form)


Holidays: type[HolidaySet] = formset_factory(  # type: ignore[assignment]
    HolidayForm,
    formset=HolidaySet,
    extra=EMPTY_ROWS,
    max_num=MOST_ROWS,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)
