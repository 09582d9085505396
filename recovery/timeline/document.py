"""One norm version as JSON, and what may stand in each of its parts. A refusal names the place and what was expected.

Gaps and overlaps between bands are let through: the proof of the draft names them.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import pairwise
from typing import Any, TypeGuard

from recovery.timeline.difference import ROWS, Plain, replaced
from recovery.timeline.norms import Norms
from recovery.timeline.tables import SIGN_URGENCIES, TableError

FORMAT, FORMAT_VERSION = "recovery-norms", 1
MOST_DAY = 3650
LONGEST_TEXT = 100_000  # characters; a longer cell would not come back from a CSV file
MOST_SAID = 20
CODE = "[A-Za-z0-9_-]{1,30}"  # logs list signs with spaces between them
KEY = r"(?!\s)[^;\0\ud800-\udfff]{1,40}(?<!\s)"
Place = Callable[[int, str], str]


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
    "settings": {
        **{"worsening_symptoms": Words(of_symptoms=True), "cluster_size": Whole(0, 100)},
        **dict.fromkeys(["worsening_watch_step", "worsening_urgent_step", "last_session_step"], Whole(0, 4)),
        **dict.fromkeys(["worsening_from_day", "baseline_from_day", "results_worse_from_day", "results_unchanged_from_day"], DAY),
    },
}
RISING = (*pairwise(GRADES), tuple(RUN), tuple(USUAL_RUN))
ONCE = {"bands": ("symptom", "first_day"), "warning_signs": ("code",)}


class Odd(Enum):
    """Stands where a document has no usable value; no cell takes it."""

    MISSING = "no such key"
    TWICE = "the key twice"


def to_json(protocol: str, norms: Norms) -> str:
    """The version as a document that `from_json` reads back exactly; the same value always gives the same text."""
    parts = {part: rows(norms) for part, rows in ROWS.items()}
    head = {"format": FORMAT, "format_version": FORMAT_VERSION, "protocol": protocol}
    return json.dumps({**head, **parts, "settings": parts["settings"][0]}, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str, protocol: str, base: Norms) -> Norms:
    """The version that a document holds, with the symptoms, claims and label of `base`. Raises TableError naming every place."""
    document = _parsed(text)
    for key, expected in {"format": FORMAT, "format_version": FORMAT_VERSION, "protocol": protocol}.items():
        found = document.pop(key, Odd.MISSING)
        if type(found) is not type(expected) or found != expected:
            refuse([f"{key}: expected {shown(expected)}, found {shown(found)}"])
    parts = {part: document.pop(part, Odd.MISSING) for part in FIELDS}
    parts["settings"] = [parts["settings"]]
    wrong = [f"expected no key {shown(key)}; the parts are {', '.join(FIELDS)}" for key in document]
    refuse(wrong + [fault for part, rows in parts.items() for fault in faults(part, rows, base.symptoms, _place_in(part))])
    return replaced(base, parts)


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once_each)
    except json.JSONDecodeError as error:
        raise TableError(f"line {error.lineno}, column {error.colno}: not JSON ({error.msg})") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets within brackets
        raise TableError("not JSON that can be read: a number is too long, or brackets stand too deep") from error
    if not isinstance(document, dict):
        raise TableError(f"expected a document with the key format, found {shown(document)}")
    return document


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    times = Counter(key for key, _ in pairs)
    return {key: value if times[key] == 1 else Odd.TWICE for key, value in pairs}


def _place_in(part: str) -> Place:
    return lambda index, field: ", ".join(word for word in (part, f"row {index + 1}" * (part != "settings"), field) if word)


def faults(part: str, rows: Any, symptoms: Collection[str], place: Place) -> list[str]:
    """Everything that keeps rows from being this part's; `place` names a field by the row's index, counted from 0."""
    if not isinstance(rows, list):
        return [f"{part}: expected a list of rows, found {shown(rows)}"]
    found = [fault for index, row in enumerate(rows) for fault in _row_faults(part, row, symptoms, partial(place, index))]
    return found or list(_repeats(part, rows, place))


def _row_faults(part: str, row: Any, symptoms: Collection[str], place: Callable[[str], str]) -> list[str]:
    fields = FIELDS[part]
    if not isinstance(row, dict):
        return [f"{place('')}: expected {', '.join(fields)}; found {shown(row)}"]
    found = [f"{place('')}: expected no key {shown(key)}; the keys are {', '.join(fields)}" for key in row if key not in fields]
    for field, cell in fields.items():
        value = row.get(field, Odd.MISSING)
        if expected := cell.expected(value, symptoms):
            found.append(f"{place(field)}: expected {expected}, found {shown(value)}")
    return found or [
        f"{place(upper)}: expected {row[lower]} or more, as {lower} is {row[lower]}; found {row[upper]}"
        for lower, upper in RISING
        if row.get(upper) is not None and row[lower] > row[upper]
    ]


def _repeats(part: str, rows: Sequence[Plain], place: Place) -> Iterator[str]:
    names, seen = ONCE.get(part, ()), set()
    for index, row in enumerate(rows):
        key = tuple(row[name] for name in names)
        if names and key in seen:
            yield f"{place(index, names[-1])}: expected each {' and '.join(names)} once, found {' and '.join(map(str, key))} again"
        seen.add(key)


def shown(value: object) -> str:
    """A value as a refusal quotes it: short, on one line, in characters that can be printed."""
    if isinstance(value, Odd):
        return str(value.value)
    if isinstance(value, list | dict) and not is_texts(value):
        return "a list" if isinstance(value, list) else "an object"  # not written out: it may be deep
    text = "; ".join(value) if is_texts(value) else value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.encode(errors="replace").decode().replace("\0", "?").split())
    short = f"{text[:60]}…" if len(text) > 60 else text
    return "nothing" if value is None or not text else f"“{short}”" if isinstance(value, str | list) else short


def refuse(found: Sequence[str]) -> None:
    """Raises TableError with what was found, a line each, if anything was."""
    more = [f"and {len(found) - MOST_SAID} more"] if len(found) > MOST_SAID else []
    if found:
        raise TableError("\n".join([*found[:MOST_SAID], *more]))
