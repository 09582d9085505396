"""One row of each part of a draft. The limits are those of an import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.validators import MaxLengthValidator

from patients.forms.numbers import FIRST_DAY, WholeNumberField, day_field, order_fault, quoted
from recovery.timeline.cells import FIELDS, Text
from recovery.timeline.scale import MOST_DAY

BLANK = {"required": "This is blank. Fill it in, or remove the row."}
URGENCIES = [("watch", "watch: within two working days"), ("urgent", "urgent: the same day"), ("emergency", "emergency: seek help at once")]
LINE, MOST_LINES = 40, 8  # characters in a line of a text box; its lines before it scrolls
KINDS = [("do", "do"), ("avoid", "avoid")]


class Column(NamedTuple):
    """One cell of a row: its heading, the class that says how wide it is, and its lines of fields from top to bottom."""

    heading: str
    width: str
    lines: tuple[tuple[str, ...], ...]


class TextField(forms.CharField):
    """Text with line ends as they are stored, so that an unchanged text stays unchanged."""

    def __init__(self, *, cell: Text, rows: int = 0, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
        super().__init__(required=not cell.may_be_blank, error_messages=BLANK, widget=widget, **kwargs)
        # A limit on the widget itself would cut what is pasted without a word.
        self.validators.append(MaxLengthValidator(cell.most, "This has %(show_value)d characters; %(limit_value)d fit. Shorten it."))

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class ChosenField(forms.ChoiceField):
    """One of a list; nothing is chosen beforehand, so that a new row is not half filled in."""

    def __init__(self, *, choices: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        says = BLANK | {"invalid_choice": "“%(value)s” is not in the list. Choose one that is."}
        super().__init__(choices=[("", "choose"), *choices], error_messages=says, **kwargs)


class SourcesField(forms.MultipleChoiceField):
    """Keys of sources."""

    def __init__(self) -> None:
        super().__init__(required=False, label="Sources", widget=forms.CheckboxSelectMultiple)

    def validate(self, value: list[str]) -> None:
        if unknown := [key for key in value if not self.valid_value(key)]:
            raise forms.ValidationError(f"There is no source “{quoted(unknown[0])}”. Choose from the list.", code="invalid_choice")


class RowForm(forms.Form):
    """A row of the part `key`; `named_by` is the field that names it, `days` are the two that must be in order."""

    key: ClassVar[str]
    named_by: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    days: ClassVar[tuple[str, str]] = ("first_day", "last_day")
    number = 0  # counted from 1, as the page and its sentences name the row
    # Of a sign: it must stay; the draft has lost it and saving brings it back (patients.forms.parts.SignSet).
    stays = is_lost = False
    use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if fault := order_fault(data.get(self.days[0]), data.get(self.days[1])):
            self.add_error(self.days[1], fault)
        return data

    def plain(self) -> dict[str, Any]:
        """The row with its fields as the norms name and order them; only after is_valid()."""
        return {field: self.cleaned_data[field] for field in FIELDS[self.key]}

    def fit(self) -> None:
        """Makes each text box high enough for what stands in it."""
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.Textarea):
                lines = -(-len(str(self[name].value() or "")) // LINE)
                field.widget.attrs["rows"] = min(max(lines, field.widget.attrs["rows"]), MOST_LINES)

    @property
    def cells(self) -> list[list[list[forms.BoundField]]]:
        return [[[self[name] for name in line] for line in column.lines] for column in self.columns]


def _day(label: str, least: int = 0) -> WholeNumberField:
    return day_field(label, least=least, error_messages=BLANK)


def _text(key: str, field: str, label: str, rows: int = 0) -> TextField:
    cell = FIELDS[key][field]
    assert isinstance(cell, Text)
    return TextField(cell=cell, label=label, rows=rows)


class PhaseForm(RowForm):
    key, named_by = "phases", "name"
    columns = (
        Column("What patients read", "", (("name",), ("what_to_expect",))),
        Column("Days and check-in", "col-4", (("first_day", "last_day"), ("check_in_every_days",))),
    )
    name = _text("phases", "name", "Name")
    first_day, last_day = _day("First day"), _day("Last day")
    check_in_every_days = WholeNumberField(least=1, most=MOST_DAY, label="Check-in every (days)", error_messages=BLANK)
    what_to_expect = _text("phases", "what_to_expect", "What to expect", 3)


class MilestoneForm(RowForm):
    key, named_by = "milestones", "title"
    columns = (
        Column("What patients read", "", (("title",), ("detail",), ("sources",))),
        Column("Days", "col-4", (("first_day", "last_day"),)),
    )
    first_day, last_day = _day("First day", FIRST_DAY), _day("Last day", FIRST_DAY)
    title = _text("milestones", "title", "Title")
    detail = _text("milestones", "detail", "Detail, if any", 1)
    sources = SourcesField()


class GuidanceForm(RowForm):
    key, named_by = "guidance", "text"
    columns = (
        Column("What patients read", "", (("text",), ("sources_differ",), ("sources",))),
        Column("Kind and days", "col-4", (("kind",), ("first_day", "last_day"))),
    )
    first_day, last_day = _day("First day", FIRST_DAY), _day("Last day", FIRST_DAY)
    kind = ChosenField(choices=KINDS, label="Do or avoid")
    text = _text("guidance", "text", "Text", 2)
    sources_differ = _text("guidance", "sources_differ", "Where sources differ, if they do", 1)
    sources = SourcesField()


class SignForm(RowForm):
    key, named_by = "warning_signs", "label"
    days = ("first_usual_day", "last_usual_day")
    columns = (
        Column("What patients read", "", (("label",), ("advice",), ("basis",))),
        Column("Urgency and usual days", "col-4", (("urgency",), days)),
    )
    # A new row has none, and one that is not known is not taken: SignSet makes it from the label.
    code = forms.CharField(required=False, widget=forms.HiddenInput)
    label = _text("warning_signs", "label", "Sign", 2)
    urgency = ChosenField(choices=URGENCIES, label="Urgency")
    first_usual_day, last_usual_day = _day("First usual day"), _day("Last usual day")
    advice = _text("warning_signs", "advice", "Advice", 2)
    basis = _text("warning_signs", "basis", "Where it comes from", 1)


class AdjustmentForm(RowForm):
    key, named_by = "adjustments", "label"
    columns = (
        Column("Factor", "", (("label",), ("rationale",))),
        Column("What it moves", "col-5", (("symptom", "high_by"), ("first_day", "last_day"))),
    )
    # As with signs; AdjustmentSet makes it, or takes that of a row with the same label.
    factor = forms.CharField(required=False, widget=forms.HiddenInput)
    label = _text("adjustments", "label", "What is known of the patient")
    symptom = ChosenField(label="Symptom")
    high_by = WholeNumberField(least=-4, most=4, label="High by (grades)", error_messages=BLANK)
    first_day, last_day = _day("First day"), _day("Last day")
    rationale = _text("adjustments", "rationale", "Rationale, if any", 1)

    def clean_high_by(self) -> int:
        by: int = self.cleaned_data["high_by"]
        if by == 0:
            raise forms.ValidationError("0 moves nothing. Write -4 to -1, or 1 to 4.")
        return by
