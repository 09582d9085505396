"""The daily log: one row of five answers for each symptom, warning signs, a note, a question to the clinic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from patients.actions.logs import Said
from patients.exports import words
from patients.forms.fields import IsoDateField
from recovery.timeline.norms import Norms, Symptom

IMPROVEMENT_FROM_DAY = 14
NONE_OF_THESE, SOME = "none", "some"
LONGEST_NOTE = 2000
# The Global Aesthetic Improvement Scale, 1 to 5.
IMPROVEMENT = [
    ("", pgettext_lazy("answer", "Not now")),
    ("1", gettext_lazy("Very much improved")),
    ("2", gettext_lazy("Much improved")),
    ("3", gettext_lazy("Improved")),
    ("4", gettext_lazy("No change")),
    ("5", gettext_lazy("Worse")),
]


class Words:
    """What every symptom's field says, looked up once a page: there are eleven."""

    def __init__(self) -> None:
        self.grades = [(str(grade), capfirst(str(word))) for grade, word in enumerate(words.GRADES)]
        self.missing = gettext("{symptom}: choose one of the five answers.")
        self.unknown = gettext("{symptom}: “%(value)s” is not an answer. Choose one of the five, 0 to 4.")


class GradeField(forms.ChoiceField):
    """One symptom's severity; exactly one of "0" to "4", nothing that merely looks like a number."""

    def __init__(self, symptom: Symptom, said: Words) -> None:
        super().__init__(
            choices=said.grades,
            required=symptom.core,
            widget=forms.RadioSelect,
            label=symptom.question,
            error_messages={
                "required": said.missing.format(symptom=symptom.name),
                "invalid_choice": said.unknown.format(symptom=symptom.name),
            },
        )
        self.symptom = symptom
        self.was: int | None = None  # what was chosen last time, to be marked
        self.options = [(value, word, grade) for (value, word), grade in zip(said.grades, symptom.grades, strict=True)]


class LogForm(forms.Form):
    """Built for the norms of one treatment; `said()` hands over what the patient said of the day."""

    date = IsoDateField(widget=forms.HiddenInput, error_messages={"required": gettext_lazy("Choose the day this log is about.")})
    # Not required by itself: `clean` says one sentence for this question and its boxes together.
    any_sign = forms.ChoiceField(
        choices=[(NONE_OF_THESE, gettext_lazy("None of these")), (SOME, gettext_lazy("Yes, or not sure"))],
        required=False,
        widget=forms.RadioSelect,
    )
    signs = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    look = forms.BooleanField(required=False, label=gettext_lazy("Should the clinic look at this today?"))
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        label=gettext_lazy("Note for yourself and the clinic"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "max_length": gettext_lazy("The note is longer than %(limit_value)d characters. Shorten it; nothing of it is lost yet.")
        },
    )

    def __init__(self, *args: Any, norms: Norms, day: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norms = norms
        said = Words()
        for symptom in norms.symptoms.values():
            self.fields[symptom.code] = GradeField(symptom, said)
        # Before the second week there is no result to rate; asking would only worry.
        if day >= IMPROVEMENT_FROM_DAY:
            label = gettext_lazy("How does the treated skin look compared with before the treatment?")
            self.fields["improvement"] = forms.ChoiceField(choices=IMPROVEMENT, required=False, label=label)
        self.order_fields(["date", *norms.symptoms, "improvement", "any_sign", "signs", "look", "note"])  # as errors are listed
        signs = self.fields["signs"]
        assert isinstance(signs, forms.MultipleChoiceField)
        signs.choices = [(sign.code, sign.label) for sign in norms.signs.values()]
        signs.error_messages["invalid_choice"] = gettext("“%(value)s” is not one of the warning signs. Tick the ones in the list.")

    def mark_last_time(self, ratings: Mapping[str, int]) -> None:
        """Marks what was chosen on the day before; only a page that is shown needs it."""
        for code, severity in ratings.items():
            field = self.fields.get(code)
            if isinstance(field, GradeField):
                field.was = severity

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True  # the page's own <form> holds the token
        helper.layout = self._layout()
        return helper

    def _layout(self) -> Layout:
        anything_else = gettext("Anything else?")
        core = [s.code for s in self.norms.symptoms.values() if s.core]
        others = [s.code for s in self.norms.symptoms.values() if not s.core]
        asks = [Field(code, template="log/_grades.html") for code in core]
        more = Div(*(Field(code, template="log/_more_symptom.html") for code in others), css_class="chips")
        result = [Field("improvement", template="log/_improvement.html")] if "improvement" in self.fields else []
        return Layout(
            Field("date", template="log/_date.html"),
            *asks,
            # “chips” tells a symptom that was closed again from a sender that never had any to close (`_is_shown`).
            HTML(
                f'<section class="group" aria-labelledby="else"><h2 id="else">{anything_else}</h2>'
                '<input type="hidden" name="chips" value="1">'
            ),
            more,
            HTML("</section>"),
            *result,
            Field("signs", template="log/_signs.html"),
            Field("look", template="log/_look.html"),
            HTML('<section class="group" aria-labelledby="ph">{% include "log/_photos.html" %}'),
            Field("note", template="log/_note.html"),
            HTML("</section>"),
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        answer, ticked = data.get("any_sign"), data.get("signs")
        # One sentence about the signs is enough; a second would contradict the first.
        if "signs" in self.errors or "any_sign" in self.errors:
            return data
        if ticked and answer == NONE_OF_THESE:
            self.add_error("signs", gettext("You chose “None of these” and ticked a sign as well. Which is right?"))
        elif not ticked and answer == SOME:
            self.add_error("signs", gettext("Tick the signs you have. If none fits but you are worried, ask the clinic to look below."))
        elif not ticked and not answer:
            self.add_error("signs", gettext("Any of these today? Choose “None of these”, or tick what you have."))
        return data

    def _is_shown(self, code: str) -> bool:
        """What a person has closed again cannot be seen and is not saved; a sender without the chips closes nothing."""
        if "chips" not in self.data or self.norms.symptoms[code].core:
            return True
        ticked = forms.CheckboxSelectMultiple().value_from_datadict(self.data, self.files, "add")
        return code in (ticked or [])

    def said(self) -> Said:
        """The answers as the engine reads them; only after is_valid()."""
        data = self.cleaned_data
        return Said(
            ratings={code: int(data[code]) for code in self.norms.symptoms if data.get(code) and self._is_shown(code)},
            signs=frozenset(data["signs"]),
            note=data["note"],
            asked_for_review=data["look"],
            improvement=int(data["improvement"]) if data.get("improvement") else None,
        )


def key_from(typed: Mapping[str, Any]) -> UUID | None:
    """The key that the page was made with; None where there is none, or none that a page would hold: the log is taken all the same."""
    text = str(typed.get("key", ""))
    try:
        key = UUID(text)
    except ValueError:
        return None
    return key if str(key) == text.lower() else None  # Python reads braces and missing dashes too


def initial_from(said: Said, when: date) -> dict[str, Any]:
    """What was said of a day as the form's first values."""
    return {
        "date": when.isoformat(),
        **{code: str(severity) for code, severity in said.ratings.items()},
        "any_sign": SOME if said.signs else NONE_OF_THESE,
        "signs": sorted(said.signs),
        "note": said.note,
        "look": said.asked_for_review,
        "improvement": str(said.improvement or ""),
    }


def initial_typed(typed: MultiValueDict) -> dict[str, Any]:
    """What was typed and not saved yet, to be shown again without judging it."""
    return {name: typed.get(name) for name in typed} | {"signs": typed.getlist("signs"), "look": "look" in typed}
