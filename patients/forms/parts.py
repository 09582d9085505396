"""A part of a draft as one form: a table of rows, or the numbers of the rules. `apply` hands over the norms with what was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, BaseFormSet, formset_factory
from django.utils.html import format_html

from patients.forms.codes import code_of
from patients.forms.numbers import quoted
from patients.forms.part_rows import AdjustmentForm, GuidanceForm, MilestoneForm, PhaseForm, RowForm, SignForm
from patients.forms.refused import Refused
from patients.forms.rules import RulesForm
from patients.models import Source
from recovery.timeline.difference import ROWS, Plain, replaced
from recovery.timeline.norms import Norms, WarningSign

MOST_ROWS = 100
SENTENCES = {
    "missing_management_form": "This page did not arrive whole. Load it again.",
    "too_many_forms": f"At most {MOST_ROWS} rows fit. Remove some.",
}


class RowSet(BaseFormSet):
    """The rows of a part, and an empty one at the end. `norms` are what they replace; the signs in `kept` must stay."""

    form: type[RowForm]

    def __init__(self, data: Any = None, *, norms: Norms, kept: Mapping[str, WarningSign]) -> None:
        self.norms, self.kept = norms, kept
        self.choices = {"sources": source_choices(norms), "symptom": [(s.code, s.name) for s in norms.symptoms.values()]}
        # What was sent is compared with nothing: the rows behind it may be others than those that were shown.
        initial = self.rows_shown() if data is None else None
        super().__init__(data, initial=initial, prefix="rows", error_messages=SENTENCES)

    def rows_shown(self) -> list[Plain]:
        return ROWS[self.form.key](self.norms)

    def add_fields(self, form: RowForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.number = (index or 0) + 1
        for name, field in form.fields.items():
            if name in self.choices:
                field.choices = [*([("", "choose")] if name == "symptom" else []), *self.choices[name]]  # type: ignore[attr-defined]
            if name == DELETION_FIELD_NAME:
                field.label = "Remove"
            # Heard, not seen, a hundred fields called “Name” could not be told apart.
            field.label = format_html('{}<span class="visually-hidden">, row {}</span>', field.label, form.number)
        form.fit()

    def is_removed(self, form: RowForm) -> bool:
        return bool(form.cleaned_data.get(DELETION_FIELD_NAME))

    @property
    def live(self) -> Iterator[RowForm]:
        """The rows that stay or come; the empty one and those ticked for removal are left out."""
        return (form for form in self.forms if not (form.empty_permitted and not form.has_changed()) and not self.is_removed(form))

    def clean(self) -> None:
        # Fewer rows than were shown did not come from the page; taking them would remove the others without a word.
        if self.total_form_count() < max(self.initial_form_count(), 1):
            raise forms.ValidationError(SENTENCES["missing_management_form"])

    def plain_rows(self) -> list[Plain]:
        rows = [form.plain() for form in self.live]
        orders = {frozenset(row["sources"]): list(row["sources"]) for row in self.rows_shown() if "sources" in row}
        for row in rows:
            if "sources" in row:  # ticking has no order: where nothing changed, keep the one there was
                row["sources"] = orders.get(frozenset(row["sources"]), row["sources"])
        return rows

    def apply(self) -> Norms:
        return replaced(self.norms, {self.form.key: self.plain_rows()})

    @property
    def refused(self) -> list[Refused]:
        found = [Refused("", str(says), "main") for says in self.non_form_errors()]
        for form in self.forms:
            if form.is_bound and not self.is_removed(form):
                found += [_refused(form, name, str(says)) for name, errors in form.errors.items() for says in errors]
        return found


class SignSet(RowSet):
    form = SignForm

    def rows_shown(self) -> list[Plain]:
        """Signs that the version in force has and the draft lost stand at the end: saving brings them back."""
        lost = {code: sign for code, sign in self.kept.items() if code not in self.norms.signs}
        return ROWS["warning_signs"](replace(self.norms, signs={**self.norms.signs, **lost}))

    def add_fields(self, form: RowForm, index: int | None) -> None:
        super().add_fields(form, index)
        code = form["code"].value()
        form.stays, form.is_lost = code in self.kept, code in self.kept and code not in self.norms.signs
        if form.stays:
            # No box where publishing would refuse the removal.
            form.fields.pop(DELETION_FIELD_NAME, None)

    def plain_rows(self) -> list[Plain]:
        rows = super().plain_rows()
        known = {*self.norms.signs, *self.kept}
        used: set[str] = set()
        for row in rows:
            # Never shown, or sent twice: a new row, whatever code it claims.
            if row["code"] not in known or row["code"] in used:
                row["code"] = code_of(row["label"], known | used, "sign")
            used.add(row["code"])
        return rows


class AdjustmentSet(RowSet):
    form = AdjustmentForm

    def clean(self) -> None:
        """One factor has one label, and one label one factor: both are how clinicians choose it."""
        super().clean()
        labels: dict[str, tuple[str, int]] = {}
        for form in self.live:
            label, factor = form.cleaned_data.get("label", ""), form.cleaned_data.get("factor", "")
            said, number = labels.setdefault(factor, (label, form.number)) if factor else (label, 0)
            if label and said != label:
                form.add_error("label", f"Row {number} has the same factor and says “{quoted(said)}”. Give both the same words.")

    def plain_rows(self) -> list[Plain]:
        rows = super().plain_rows()
        known = {a.factor for a in self.norms.adjustments}
        factors = {row["label"]: row["factor"] for row in rows if row["factor"] in known}
        for row in rows:
            if row["factor"] not in known:
                # A new row with the label of a known factor belongs to it.
                row["factor"] = factors.setdefault(row["label"], code_of(row["label"], known | set(factors.values()), "factor"))
        return rows


def _rows(rows: type[RowSet], form: type[RowForm]) -> type[RowSet]:
    limits = {"extra": 1, "max_num": MOST_ROWS, "validate_max": True, "can_delete": True, "can_delete_extra": False}
    return formset_factory(form, formset=rows, **limits)  # type: ignore[arg-type, return-value]


PARTS: Mapping[str, Any] = {
    "phases": _rows(RowSet, PhaseForm),
    "milestones": _rows(RowSet, MilestoneForm),
    "guidance": _rows(RowSet, GuidanceForm),
    "signs": _rows(SignSet, SignForm),
    "rules": RulesForm,
    "adjustments": _rows(AdjustmentSet, AdjustmentForm),
}


def source_choices(norms: Norms) -> list[tuple[str, str]]:
    """Every source, and the keys that rows name without there being one: leaving them out would drop them at the next save."""
    known = [(s.key, f"{s} ({s.grade}): {s.key}") for s in Source.objects.all()]
    named = {key for rows in (norms.course.milestones, norms.course.guidance) for row in rows for key in row.sources}
    return known + [(key, f"{key}: no such source") for key in sorted(named - {key for key, _ in known})]


def _refused(form: RowForm, name: str, says: str) -> Refused:
    # A group of boxes has no label of its own to lead to, so the list falls back on its id.
    words = form.base_fields[name].label if name in form.base_fields else ""
    return Refused(f"Row {form.number}, {str(words).lower()}", says, form[name].id_for_label or form[name].auto_id)
