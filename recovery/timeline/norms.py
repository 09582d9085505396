"""The expected timeline as frozen values: bands by symptom and day, and what surrounds them.

Days count from the treatment's date (day 0); every run of days includes its first and its last day.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from recovery.timeline.course import Course
from recovery.timeline.scale import Severity, Urgency

UNKNOWN_SIGN = "Please call your clinic today."


@dataclass(frozen=True, slots=True)
class Band:
    """What is normal for one symptom over a run of days; `urgent_above` None: never urgent by grade alone."""

    symptom: str
    first_day: int
    last_day: int
    low: int
    typical: int
    high: int
    urgent_above: int | None
    rationale: str = ""

    def with_high_by(self, by: int, rationale: str = "") -> "Band":
        """The band with its upper edge moved; high stays within typical–4, urgent-above never below high."""
        # The order low, typical, high, urgent-above must survive any shift: adjusted bands are not proven again.
        high = min(Severity.SEVERE, max(self.typical, self.high + by))
        urgent_above = None if self.urgent_above is None else max(self.urgent_above, high)
        said = f"{self.rationale} {rationale}".strip()
        return replace(self, high=int(high), urgent_above=urgent_above, rationale=said)


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves the upper edge of a symptom's bands by `high_by` grades over a run of days."""

    symptom: str
    first_day: int
    last_day: int
    high_by: int
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A shift that a factor of the patient (acne-prone, blood thinners) brings."""

    factor: str
    label: str
    shift: Shift


@dataclass(frozen=True, slots=True)
class Symptom:
    """A symptom in plain and clinical words; `grades` are the five sentences from 0 to 4."""

    code: str
    name: str
    clinical_name: str
    question: str
    grades: tuple[str, ...]
    core: bool
    watch_worsening: bool
    snomed: str = ""


@dataclass(frozen=True, slots=True)
class WarningSign:
    """Something never normal, with what the patient should do at once."""

    code: str
    label: str
    urgency: Urgency
    first_usual_day: int
    last_usual_day: int
    advice: str
    basis: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source says of a symptom and days; kind: course, look, rate or warning."""

    source: str
    publisher: str
    grade: str
    topic: str
    first_day: int
    last_day: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """The numbers in the rules. Steps are grades, `from_day` days since the treatment."""

    worsening_symptoms: tuple[str, ...] = ()
    worsening_from_day: int = 3
    worsening_watch_step: int = 1
    worsening_urgent_step: int = 2
    cluster_size: int = 2
    last_session_step: int = 2
    baseline_from_day: int = 8
    results_worse_from_day: int = 30
    results_unchanged_from_day: int = 180


@dataclass(frozen=True)
class Norms:
    """One norm version as a value: all that comparing and explaining need."""

    label: str
    bands: tuple[Band, ...]
    symptoms: Mapping[str, Symptom]
    signs: Mapping[str, WarningSign]
    settings: RuleSettings = RuleSettings()
    adjustments: tuple[Adjustment, ...] = ()
    claims: tuple[Claim, ...] = field(default=(), repr=False)
    course: Course = field(default=Course(), repr=False)

    @cached_property
    def _runs(self) -> dict[str, tuple[list[int], list[Band]]]:
        runs = {}
        ordered = sorted(self.bands, key=lambda b: (b.symptom, b.first_day))
        for symptom, group in groupby(ordered, key=lambda b: b.symptom):
            found = list(group)
            runs[symptom] = ([b.first_day for b in found], found)
        return runs

    def band(self, symptom: str, day: int) -> Band | None:
        """The band of a symptom on a day; None where there is nothing to compare with."""
        # Kept, as the value never changes: judging many recoveries asks for the same few cells again and again.
        key = symptom, day
        if key not in self._found:
            self._found[key] = self._band(symptom, day)
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[str, int], Band | None]:
        return {}

    def _band(self, symptom: str, day: int) -> Band | None:
        starts, bands = self._runs.get(symptom, ([], []))
        at = bisect_right(starts, day) - 1  # the last run that starts on or before the day
        return bands[at] if at >= 0 and day <= bands[at].last_day else None

    def bands_of(self, symptom: str) -> list[Band]:
        return self._runs.get(symptom, ([], []))[1]

    @cached_property
    def last_day(self) -> int:
        # -1 without bands, so that no day is covered, not even day 0.
        return max((b.last_day for b in self.bands), default=-1)

    def covers(self, day: int) -> bool:
        return 0 <= day <= self.last_day

    def sign(self, code: str) -> WarningSign:
        """A warning sign; one that only other norms know, ticked under them, stays a reason to call the clinic."""
        if code in self.signs:
            return self.signs[code]
        label = code.replace("_", " ").capitalize()
        return WarningSign(code, label, Urgency.URGENT, 0, 0, UNKNOWN_SIGN, "a warning sign of other norms")

    def claims_on(self, symptom: str) -> list[Claim]:
        return [c for c in self.claims if c.topic == symptom]

    def adjusted(self, factors: Iterable[str], baseline: Mapping[str, int]) -> "Norms":
        """These norms for one patient: factors shift high; from a set day on the pre-treatment grade adds to it."""
        # Codes that these norms do not know shift nothing: factors are kept as they were on the day of the treatment.
        known = set(factors)
        shifts = [a.shift for a in self.adjustments if a.factor in known]
        shifts += [
            Shift(symptom, self.settings.baseline_from_day, self.last_day, grade, f"Baseline grade {grade} before the treatment.")
            for symptom, grade in baseline.items()
            if grade
        ]
        return replace(self, bands=shifted(self.bands, shifts)) if shifts else self


def edges(bands: Iterable[Band]) -> list[int]:
    """The days on which a band begins, and those after one ends: between two of them nothing changes."""
    return sorted({day for b in bands for day in (b.first_day, b.last_day + 1)})


def shifted(bands: Iterable[Band], shifts: Iterable[Shift]) -> tuple[Band, ...]:
    """The bands with every shift applied, split where a shift begins or ends."""
    result = tuple(bands)
    # One after the other: two factors on the same days add up, each within typical and 4.
    for shift in shifts:
        result = tuple(piece for band in result for piece in _split(band, shift))
    return result


def _split(band: Band, shift: Shift) -> list[Band]:
    first, last = max(band.first_day, shift.first_day), min(band.last_day, shift.last_day)
    if band.symptom != shift.symptom or first > last:
        return [band]
    # Before, within and after the shift: up to three pieces, so that days outside it keep their band.
    pieces = [replace(band, last_day=first - 1)] if band.first_day < first else []
    pieces.append(replace(band, first_day=first, last_day=last).with_high_by(shift.high_by, shift.rationale))
    if last < band.last_day:
        pieces.append(replace(band, first_day=last + 1))
    return pieces
