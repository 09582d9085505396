"""The expected timeline as frozen values: bands by symptom and day, and the proof that they are whole.

Days count from the treatment's date (day 0); every run of days includes its first and its last day.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, pairwise

from recovery.timeline.course import Course
from recovery.timeline.scale import Severity, Urgency

JUMP_THAT_NEEDS_A_REASON = 2  # grades between neighbouring days


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


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a table of bands, with the cell it is about."""

    symptom: str
    day: int
    says: str

    def __str__(self) -> str:
        return f"{self.symptom}, day {self.day}: {self.says}"


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
        starts, bands = self._runs.get(symptom, ([], []))
        at = bisect_right(starts, day) - 1  # the last run that starts on or before the day
        return bands[at] if at >= 0 and day <= bands[at].last_day else None

    def bands_of(self, symptom: str) -> list[Band]:
        return self._runs.get(symptom, ([], []))[1]

    @cached_property
    def last_day(self) -> int:
        return max((b.last_day for b in self.bands), default=-1)

    def covers(self, day: int) -> bool:
        return 0 <= day <= self.last_day

    def claims_on(self, symptom: str) -> list[Claim]:
        return [c for c in self.claims if c.topic == symptom]

    def adjusted(self, factors: Iterable[str], baseline: Mapping[str, int]) -> "Norms":
        """These norms for one patient: factors shift high; from day 8 the pre-treatment grade adds to it."""
        known = set(factors)
        shifts = [a.shift for a in self.adjustments if a.factor in known]
        shifts += [
            Shift(symptom, self.settings.baseline_from_day, self.last_day, grade, f"Baseline grade {grade} before the treatment.")
            for symptom, grade in baseline.items()
            if grade
        ]
        return replace(self, bands=shifted(self.bands, shifts)) if shifts else self


def shifted(bands: Iterable[Band], shifts: Iterable[Shift]) -> tuple[Band, ...]:
    """The bands with every shift applied, split where a shift begins or ends."""
    result = tuple(bands)
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


def problems(bands: Iterable[Band], symptoms: Iterable[str]) -> list[Problem]:
    """Everything that keeps a table from being whole; empty means proven.

    For each symptom: days 0 to the table's last day without gap or overlap,
    0 ≤ low ≤ typical ≤ high ≤ 4, urgent-above empty or from high to 4, and a reason for each step over 2.
    """
    table, codes = list(bands), list(symptoms)
    last_day = max((b.last_day for b in table), default=0)
    found = [Problem(b.symptom, b.first_day, "no such symptom") for b in table if b.symptom not in codes]
    for symptom in codes:
        runs = sorted((b for b in table if b.symptom == symptom), key=lambda b: (b.first_day, b.last_day))
        found += _day_problems(symptom, runs, last_day)
        found += [Problem(symptom, b.first_day, says) for b in runs for says in _cell_problems(b)]
        found += [
            Problem(symptom, b.first_day, f"high steps from {a.high} to {b.high}; a step over 2 needs a rationale")
            for a, b in pairwise(runs)
            if abs(a.high - b.high) > JUMP_THAT_NEEDS_A_REASON and not b.rationale
        ]
    return found


def _day_problems(symptom: str, runs: list[Band], last_day: int) -> list[Problem]:
    found, next_day = [], 0
    for band in runs:
        if band.last_day < band.first_day:
            found.append(Problem(symptom, band.first_day, f"ends on day {band.last_day}, before it begins"))
        if band.first_day > next_day:
            found.append(Problem(symptom, next_day, f"gap: no band for days {next_day} to {band.first_day - 1}"))
        elif band.first_day < next_day:
            found.append(Problem(symptom, band.first_day, f"overlap: two bands from day {band.first_day}"))
        next_day = max(next_day, band.last_day + 1)
    if next_day <= last_day:
        found.append(Problem(symptom, next_day, f"gap: no band for days {next_day} to {last_day}"))
    return found


def _cell_problems(band: Band) -> list[str]:
    found = []
    if not Severity.NONE <= band.low <= band.typical <= band.high <= Severity.SEVERE:
        found.append(f"low {band.low}, typical {band.typical}, high {band.high} must rise within 0 to 4")
    if band.urgent_above is not None and not band.high <= band.urgent_above <= Severity.SEVERE:
        found.append(f"urgent above is {band.urgent_above}; it must be {band.high} to 4, or empty")
    return found
