"""Whole numbers as people type them, and nothing that merely looks like one."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from recovery.timeline.scale import MOST_DAY

FIRST_DAY = -366  # guidance begins up to a year before the treatment
LONGEST_QUOTE = 40


class WholeNumberField(forms.Field):
    """ASCII digits within a range: `int` would also take "1_0" and full-width digits."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        # Text, not type=number: a browser hands over nothing at all for a number that it cannot read.
        # The number pads of phones have no minus.
        mode = {} if least < 0 else {"inputmode": "numeric"}
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", **mode}))
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def to_python(self, value: Any) -> int | None:
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        # Nine digits at most: of thousands `int` makes an error of its own.
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
            raise forms.ValidationError(f"“{quoted(text)}” is not a whole number. Write {self.words}.", code="invalid")
        if not self.least <= int(text) <= self.most:
            raise forms.ValidationError(f"{int(text)} does not fit. Write {self.words}.", code="range")
        return int(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        # Compared as typed: “5” is what 5 was shown as.
        return str(initial if initial is not None else "") != str(data or "").strip()

    @property
    def words(self) -> str:
        return f"{self.least} to {self.most}"


def day_field(label: str, *, least: int = 0, **kwargs: Any) -> WholeNumberField:
    return WholeNumberField(least=least, most=MOST_DAY, label=label, **kwargs)


def order_fault(first: int | None, last: int | None) -> str:
    """The sentence for a run of days that ends before it begins, or nothing."""
    return f"Day {last} is before the first day, {first}." if first is not None and last is not None and last < first else ""


def quoted(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def count_of(sent: str) -> int:
    """A count that a page sent back; -1, which nothing counts to, for what cannot be read."""
    return int(sent) if re.fullmatch("[0-9]{1,9}", sent) else -1
