"""One norm version as JSON, and the check of the rows of each of its parts. A refusal names the place and what was expected.

Gaps and overlaps between bands are let through: the proof of the draft names them.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import Enum
from functools import partial
from itertools import pairwise
from typing import Any

from recovery.timeline.cells import FIELDS, GRADES, RUN, USUAL_RUN, is_texts
from recovery.timeline.difference import ROWS, Plain, replaced
from recovery.timeline.norms import Norms
from recovery.timeline.tables import TableError

# The number goes up when a reader of old files would misread a new one.
FORMAT, FORMAT_VERSION = "recovery-norms", 1
# A page of faults; a wrong column would otherwise name every one of thousands of rows.
MOST_SAID = 20
Place = Callable[[int, str], str]
# Pairs of which the second must not be below the first: as the constraints of the database, but with a sentence.
RISING = (*pairwise(GRADES), tuple(RUN), tuple(USUAL_RUN))
# As the unique constraints of the database, which would stop with an error that names no place.
ONCE = {"bands": ("symptom", "first_day"), "warning_signs": ("code",)}


class Odd(Enum):
    """Stands where a document has no usable value; no cell takes it."""

    MISSING = "no such key"
    TWICE = "the key twice"


def to_json(protocol: str, norms: Norms) -> str:
    """The version as a document that `from_json` reads back exactly; the same value always gives the same text."""
    parts = {part: rows(norms) for part, rows in ROWS.items()}
    head = {"format": FORMAT, "format_version": FORMAT_VERSION, "protocol": protocol}
    # Keys in the order of the fields, not sorted: two exports can be compared line by line, and people read them.
    return json.dumps({**head, **parts, "settings": parts["settings"][0]}, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str, protocol: str, base: Norms) -> Norms:
    """The version that a document holds, with the symptoms, claims and label of `base`. Raises TableError naming every place."""
    document = _parsed(text)
    for key, expected in {"format": FORMAT, "format_version": FORMAT_VERSION, "protocol": protocol}.items():
        found = document.pop(key, Odd.MISSING)
        # By type as well: True equals 1, and so does 1.0.
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
    # json takes the last of two equal keys without a word; half of what somebody wrote would be gone.
    times = Counter(key for key, _ in pairs)
    return {key: value if times[key] == 1 else Odd.TWICE for key, value in pairs}


def _place_in(part: str) -> Place:
    return lambda index, field: ", ".join(word for word in (part, f"row {index + 1}" * (part != "settings"), field) if word)


def faults(part: str, rows: Any, symptoms: Collection[str], place: Place) -> list[str]:
    """Everything that keeps rows from being this part's; `place` names a field by the row's index, counted from 0."""
    if not isinstance(rows, list):
        return [f"{part}: expected a list of rows, found {shown(rows)}"]
    found = [fault for index, row in enumerate(rows) for fault in _row_faults(part, row, symptoms, partial(place, index))]
    # Only whole rows have keys to compare.
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
    # Order is checked once every value is of its kind, or the comparison itself would fail.
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
