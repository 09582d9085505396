"""What differs between two norm versions, and the plain rows of a version that are compared, written and read."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from recovery.timeline.course import Guidance, Milestone, Phase
from recovery.timeline.norms import Adjustment, Band, Norms, RuleSettings, Shift, WarningSign, edges
from recovery.timeline.tables import SIGN_URGENCIES

Plain = dict[str, Any]
Days = tuple[int, int]
Step = tuple[Days, list[Band], list[Band]]

# Each part as rows of numbers, texts and tuples, their fields named and ordered as those of the values.
ROWS: Mapping[str, Callable[[Norms], list[Plain]]] = {
    "bands": lambda norms: [asdict(b) for b in norms.bands],
    "phases": lambda norms: [asdict(p) for p in norms.course.phases],
    "milestones": lambda norms: [asdict(m) for m in norms.course.milestones],
    "guidance": lambda norms: [asdict(g) for g in norms.course.guidance],
    "warning_signs": lambda norms: [asdict(s) | {"urgency": s.urgency.word} for s in norms.signs.values()],
    "adjustments": lambda norms: [{"factor": a.factor, "label": a.label, **asdict(a.shift)} for a in norms.adjustments],
    "settings": lambda norms: [asdict(norms.settings)],
}
# The order in which the database hands the rows out again.
ORDER: Mapping[str, Callable[[Plain, list[str]], Any]] = {
    "bands": lambda row, codes: (codes.index(row["symptom"]), row["first_day"]),
    "phases": lambda row, codes: row["first_day"],
    "milestones": lambda row, codes: (row["first_day"], row["last_day"]),
    "guidance": lambda row, codes: row["first_day"],
    "warning_signs": lambda row, codes: -SIGN_URGENCIES[row["urgency"]],
    "adjustments": lambda row, codes: (row["factor"], row["first_day"]),
    "settings": lambda row, codes: 0,
}
# What makes two rows the same row, edited.
KEYS = {
    "phases": ("name",),
    "milestones": ("title",),
    "guidance": ("kind", "text"),
    "warning_signs": ("code",),
    "adjustments": ("factor", "symptom", "first_day"),
    "settings": (),
}
SUBJECTS: Mapping[str, Callable[[Plain, Norms], str]] = {
    "phases": lambda row, norms: str(row["name"]),
    "milestones": lambda row, norms: str(row["title"]),
    "guidance": lambda row, norms: f"{row['kind'].capitalize()}: {row['text']}",
    "warning_signs": lambda row, norms: str(row["label"]),
    "adjustments": lambda row, norms: f"{row['label']}, {_name(row['symptom'], norms).lower()}",
    "settings": lambda row, norms: "Settings",
}
BAND_FIELDS = ("low", "typical", "high", "urgent_above", "rationale")
WHOLE_ROW = "row"  # the field of a change that adds or removes a row
NONE, BLANK = "none", "blank"


@dataclass(frozen=True, slots=True)
class Change:
    """One field over a run of days, or a whole row that came or went; `before` and `after` in words."""

    part: str
    subject: str
    days: Days | None
    field: str
    before: str
    after: str

    def __str__(self) -> str:
        place = self.subject if self.days is None else f"{self.subject}, {_days(*self.days)}"
        if self.field == WHOLE_ROW:
            verb, held = ("added", self.after) if self.before == NONE else ("removed", self.before)
            return f"{place}: {verb} ({held})" if held else f"{place}: {verb}"
        return f"{place}: {self.field.replace('_', ' ')} {self.before or BLANK} → {self.after or BLANK}"


def differences(before: Norms, after: Norms) -> tuple[Change, ...]:
    """Everything that differs: bands by symptom and day, rows by what names them, settings by field; in the order of `after`."""
    rows = (change for part in KEYS for change in _row_changes(part, before, after))
    return (*_band_changes(before, after), *rows)


def replaced(norms: Norms, parts: Mapping[str, Iterable[Plain]]) -> Norms:
    """The norms with other rows, fields as in ROWS, in the place of their own. The rows must be proven before."""
    codes = list(norms.symptoms)
    for part, rows in parts.items():
        norms = _with(norms, part, sorted(rows, key=lambda row: ORDER[part](row, codes)))
    return norms


def _with(norms: Norms, part: str, rows: list[Plain]) -> Norms:
    match part:
        case "bands":
            return replace(norms, bands=tuple(Band(**row) for row in rows))
        case "warning_signs":
            return replace(norms, signs={row["code"]: WarningSign(**row | {"urgency": SIGN_URGENCIES[row["urgency"]]}) for row in rows})
        case "adjustments":
            return replace(norms, adjustments=tuple(_adjustment(**row) for row in rows))
        case "settings":
            return replace(norms, settings=RuleSettings(**_frozen(rows[0])))
    value = {"phases": Phase, "milestones": Milestone, "guidance": Guidance}[part]
    return replace(norms, course=replace(norms.course, **{part: tuple(value(**_frozen(row)) for row in rows)}))


def _adjustment(factor: str, label: str, **shift: Any) -> Adjustment:
    return Adjustment(factor, label, Shift(**shift))


def _frozen(row: Plain) -> Plain:
    return {field: tuple(value) if isinstance(value, list) else value for field, value in row.items()}


def _band_changes(before: Norms, after: Norms) -> Iterator[Change]:
    # Symptoms that only a draft's rows name come last, so that nothing is left out of the list.
    for code in dict.fromkeys([*after.symptoms, *(b.symptom for b in (*before.bands, *after.bands))]):
        steps = _steps(before.bands_of(code), after.bands_of(code))
        found = [change for field in BAND_FIELDS for change in _runs(steps, field, _name(code, after))]
        yield from sorted(found, key=lambda change: change.days or ())


def _steps(old: list[Band], new: list[Band]) -> list[Step]:
    """The days cut where any band begins or ends, with the bands that hold there."""
    # Cut by days and not compared row by row: a band split in two equal ones is no change to anybody.
    cuts = edges([*old, *new])
    days = [(first, after - 1) for first, after in pairwise(cuts)]
    return list(zip(days, _held(old, cuts), _held(new, cuts), strict=True))


def _held(bands: list[Band], cuts: list[int]) -> list[list[Band]]:
    """The bands from each cut to the next: none in a gap, several where a draft has an overlap."""
    held: list[list[Band]] = [[] for _ in cuts[1:]]
    for band in bands:
        for at in range(bisect_left(cuts, band.first_day), bisect_left(cuts, band.last_day + 1)):
            held[at].append(band)
    return held


def _runs(steps: list[Step], field: str, subject: str) -> Iterator[Change]:
    """The longest runs of days over which a field goes from one same value to another same value."""
    said = [(days, _said(old, field), _said(new, field)) for days, old, new in steps]
    for (old, new), same in groupby(said, key=lambda step: step[1:]):
        days = [step[0] for step in same]
        # Runs of equal values are grouped before they are left out, or two changes apart would join over the days between.
        if old != new:
            yield Change("bands", subject, (days[0][0], days[-1][1]), field, old, new)


def _said(bands: list[Band], field: str) -> str:
    words = [_words(getattr(band, field)) for band in bands]
    return " and ".join(word or BLANK for word in words) if len(words) > 1 else "".join(words or [NONE])


def _row_changes(part: str, before: Norms, after: Norms) -> Iterator[Change]:
    old, new = _keyed(part, before), _keyed(part, after)
    for key, row in new.items():
        # Under its old name, so that a new label reads as a change of the row that people know.
        subject = SUBJECTS[part](old.get(key, row), after)
        if key not in old:
            yield Change(part, subject, _days_of(row), WHOLE_ROW, NONE, _summary(part, row))
            continue
        for field, value in row.items():
            if value != old[key][field]:
                yield Change(part, subject, _days_of(row), field, _words(old[key][field]), _words(value))
    for key, row in old.items():
        if key not in new:
            yield Change(part, SUBJECTS[part](row, before), _days_of(row), WHOLE_ROW, _summary(part, row), NONE)


def _keyed(part: str, norms: Norms) -> dict[tuple[Any, ...], Plain]:
    """The rows by what names them and, since that may repeat, by how often it came before."""
    seen: Counter[tuple[Any, ...]] = Counter()
    found = {}
    for row in map(_frozen, ROWS[part](norms)):
        key = tuple(row[field] for field in KEYS[part])
        found[(*key, seen[key])] = row
        seen[key] += 1
    return found


def _summary(part: str, row: Plain) -> str:
    said = {*KEYS[part], "label", "first_day", "last_day", "first_usual_day", "last_usual_day"}
    return "; ".join(f"{field.replace('_', ' ')} {_words(value)}" for field, value in row.items() if field not in said and value)


def _words(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "; ".join(value)
    # Only urgent-above may be empty; the database and the cells hold that.
    return "never" if value is None else str(value)


def _days_of(row: Plain) -> Days | None:
    days = [value for field, value in row.items() if field.startswith(("first_", "last_")) and field.endswith("_day")]
    return (days[0], days[1]) if days else None


def _days(first: int, last: int) -> str:
    return f"day {first}" if first == last else f"days {first}–{last}" if first >= 0 else f"days {first} to {last}"


def _name(code: str, norms: Norms) -> str:
    return norms.symptoms[code].name if code in norms.symptoms else code
