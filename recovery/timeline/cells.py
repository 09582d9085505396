"""What may stand in each field of a norm version's parts, in words for whoever wrote something else there."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from recovery.timeline.scale import MOST_DAY
from recovery.timeline.tables import SIGN_URGENCIES

LONGEST_TEXT = 100_000  # characters; a longer cell would not come back from a CSV file
CODE = "[A-Za-z0-9_-]{1,30}"  # logs list signs with spaces between them
# No semicolon: it parts the words of a list in a CSV cell, and blanks around them are cut there.
KEY = r"(?!\s)[^;\0\ud800-\udfff]{1,40}(?<!\s)"


@dataclass(frozen=True, slots=True)
class Whole:
    least: int
    most: int
    or_nothing: bool = False

    def expected(self, value: object, symptoms: Collection[str]) -> str:
        """What should stand there, in words; empty when the value is right."""
        if value is None and self.or_nothing:
            return ""
        words = f"{self.least} to {self.most}{' or nothing' if self.or_nothing else ''}"
        if type(value) is not int:  # isinstance would take True
            return f"a whole number, {words}"
        return "" if self.least <= value <= self.most else words


@dataclass(frozen=True, slots=True)
class Text:
    most: int = LONGEST_TEXT
    may_be_blank: bool = False

    def expected(self, value: object, symptoms: Collection[str]) -> str:
        if not isinstance(value, str) or not (self.may_be_blank or value.strip()):
            return "text"
        # PostgreSQL refuses a zero in text, and a lone surrogate cannot be written as UTF-8.
        if re.search("[\0\ud800-\udfff]", value):
            return "text without characters that cannot be stored"
        return "" if len(value) <= self.most else f"at most {self.most} characters"


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words or of the symptoms' codes; a code of its own where there is nothing to choose from."""

    known: tuple[str, ...] = ()
    of_symptoms: bool = False

    def expected(self, value: object, symptoms: Collection[str]) -> str:
        if self == Word():
            return "" if isinstance(value, str) and re.fullmatch(CODE, value) else "1 to 30 of the letters a to z, digits, - and _"
        known = tuple(symptoms) if self.of_symptoms else self.known
        return "" if isinstance(value, str) and value in known else f"one of {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Words:
    """A list, each word once: symptoms' codes or sources' keys."""

    of_symptoms: bool = False

    def expected(self, value: object, symptoms: Collection[str]) -> str:
        said = f"symptoms out of {', '.join(symptoms)}" if self.of_symptoms else "keys of sources"
        known = "|".join(map(re.escape, symptoms)) if self.of_symptoms else KEY
        fit = is_texts(value) and all(re.fullmatch(known, word) for word in value) and len(set(value)) == len(value)
        return "" if fit else f"a list of {said}, each once"


def is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


Cell = Whole | Text | Word | Words
# Before day 0 stands the preparation, which the starting guidance begins on day -14; a year leaves room.
GRADE, DAY, FROM_DAY = Whole(0, 4), Whole(0, MOST_DAY), Whole(-366, MOST_DAY)
NOTE, SYMPTOM, FLAG = Text(may_be_blank=True), Word(of_symptoms=True), Word(tuple(SIGN_URGENCIES))
RUN, LONG_RUN = {"first_day": DAY, "last_day": DAY}, {"first_day": FROM_DAY, "last_day": FROM_DAY}
USUAL_RUN = {"first_usual_day": DAY, "last_usual_day": DAY}
GRADES = {"low": GRADE, "typical": GRADE, "high": GRADE, "urgent_above": Whole(0, 4, or_nothing=True)}
FIELDS: Mapping[str, Mapping[str, Cell]] = {
    "bands": {"symptom": SYMPTOM, **RUN, **GRADES, "rationale": NOTE},
    "phases": {"name": Text(80), **RUN, "check_in_every_days": Whole(1, MOST_DAY), "what_to_expect": Text()},
    "milestones": {**LONG_RUN, "title": Text(120), "detail": NOTE, "sources": Words()},
    "guidance": {**LONG_RUN, "kind": Word(("do", "avoid")), "text": Text(), "sources": Words(), "sources_differ": NOTE},
    "warning_signs": {"code": Word(), "label": Text(200), "urgency": FLAG, **USUAL_RUN, "advice": Text(), "basis": Text(200)},
    "adjustments": {"factor": Word(), "label": Text(80), "symptom": SYMPTOM, **RUN, "high_by": Whole(-4, 4), "rationale": NOTE},
    # Wider than what may be published: a draft may hold it while it is worked on, and the proof says what is wrong.
    "settings": {
        **{"worsening_symptoms": Words(of_symptoms=True), "cluster_size": Whole(0, 100)},
        **dict.fromkeys(["worsening_watch_step", "worsening_urgent_step", "last_session_step"], Whole(0, 4)),
        **dict.fromkeys(["worsening_from_day", "baseline_from_day", "results_worse_from_day", "results_unchanged_from_day"], DAY),
    },
}
