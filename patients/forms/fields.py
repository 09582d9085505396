"""Fields that more than one form needs."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext


class IsoDateField(forms.DateField):
    """A date as browsers send it. Any other form is refused: "05/01/2026" would be read as 1 May or as 5 January."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> date | None:
        # A first value comes as a date; whatever was typed comes as text.
        if isinstance(value, date):
            return value
        text = str(value).strip() if value else ""
        found = parse_iso(text)
        if text and found is None:
            raise forms.ValidationError(not_a_date(text), code="invalid")
        return found


def parse_iso(text: str) -> date | None:
    """A date written as 2026-11-20 in ASCII digits, or None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # Python would read week dates too
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def not_a_date(text: str) -> str:
    return gettext("“{date}” is not a date this page can read. Choose the day, or write it as 2026-11-20.").format(date=text)
