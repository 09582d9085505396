"""The proof that a norm version is whole: everything that is wrong with it, each with the place it is about."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from recovery.timeline.editing import day_words
from recovery.timeline.norms import Band, Norms, RuleSettings
from recovery.timeline.scale import Severity

JUMP_THAT_NEEDS_A_REASON = 2  # grades between neighbouring days
STEPS = range(1, Severity.SEVERE + 1)  # what a rule may count in grades
FROM_DAYS = range(366)  # the first days from which a rule may hold


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a version; `symptom` and `day` name the cell, elsewhere `symptom` is the row's name."""

    symptom: str
    day: int
    says: str
    part: str = "bands"

    def __str__(self) -> str:
        return f"{self.symptom}, day {self.day}: {self.says}" if self.part == "bands" else f"{self.symptom}: {self.says}"


class DayRun(Protocol):
    """Whatever holds over a run of days."""

    @property
    def first_day(self) -> int: ...
    @property
    def last_day(self) -> int: ...


def proof(norms: Norms, before: Norms | None = None, sources: Collection[str] | None = None) -> list[Problem]:
    """Everything that keeps a version from being published; empty means proven.

    `before`: the version in force, whose warning signs must stay. `sources`: the keys that rows may name.
    """
    found = problems(norms.bands, norms.symptoms)
    found += _unfounded(norms)
    found += _phase_problems(norms)
    found += _sign_problems(norms, before)
    found += [
        Problem(a.label, a.shift.first_day, f"there is no symptom “{a.shift.symptom}”", "adjustments")
        for a in norms.adjustments
        if a.shift.symptom not in norms.symptoms
    ]
    found += _setting_problems(norms.settings, norms.symptoms)
    # The keys are in the database, which this layer does not know: the caller hands them in.
    if sources is not None:
        found += _unknown_sources(norms, sources)
    return found


def problems(bands: Iterable[Band], symptoms: Iterable[str]) -> list[Problem]:
    """Everything that keeps a table of bands from being whole.

    For each symptom: days 0 to the table's last day without gap or overlap,
    0 ≤ low ≤ typical ≤ high ≤ 4, urgent-above empty or from high to 4, and a reason for each step over 2.
    """
    table, codes = list(bands), list(symptoms)
    # The longest symptom sets the table's end for all: a log of a covered day is then compared in every rating.
    last_day = max((b.last_day for b in table), default=0)
    found = [Problem(b.symptom, b.first_day, "no such symptom") for b in table if b.symptom not in codes]
    for symptom in codes:
        runs = sorted((b for b in table if b.symptom == symptom), key=lambda b: (b.first_day, b.last_day))
        found += [Problem(symptom, day, says) for day, says in _day_problems(runs, last_day, "band")]
        found += [Problem(symptom, b.first_day, says) for b in runs for says in _cell_problems(b)]
        found += [
            Problem(symptom, b.first_day, f"high steps from {a.high} to {b.high}; a step over 2 needs a rationale")
            for a, b in pairwise(runs)
            if abs(a.high - b.high) > JUMP_THAT_NEEDS_A_REASON and not b.rationale.strip()
        ]
    return found


def _day_problems(runs: Sequence[DayRun], last_day: int, what: str) -> Iterator[tuple[int, str]]:
    """Where ordered runs of days leave a gap, overlap or end before they begin."""
    next_day = 0
    for run in runs:
        if run.last_day < run.first_day:
            yield run.first_day, f"ends on day {run.last_day}, before it begins"
        if run.first_day > next_day:
            yield next_day, f"gap: no {what} for {day_words(next_day, run.first_day - 1)}"
        elif run.first_day < next_day:
            yield run.first_day, f"overlap: two {what}s from day {run.first_day}"
        # Never backwards: behind a run inside a longer one, the rest of the longer one is no gap.
        next_day = max(next_day, run.last_day + 1)
    if next_day <= last_day:
        yield next_day, f"gap: no {what} for {day_words(next_day, last_day)}"


def _cell_problems(band: Band) -> list[str]:
    found = []
    if not Severity.NONE <= band.low <= band.typical <= band.high <= Severity.SEVERE:
        found.append(f"low {band.low}, typical {band.typical}, high {band.high} must rise within 0 to 4")
    if band.urgent_above is not None and not band.high <= band.urgent_above <= Severity.SEVERE:
        found.append(f"urgent above is {band.urgent_above}; it must be {band.high} to 4, or empty")
    return found


def _unfounded(norms: Norms) -> list[Problem]:
    """A line between normal and not must say where it comes from."""
    return [
        Problem(b.symptom, b.first_day, "has no rationale, and no source speaks of these days; write why it is so")
        for b in norms.bands
        if not b.rationale.strip() and not any(c.first_day <= b.last_day and c.last_day >= b.first_day for c in norms.claims_on(b.symptom))
    ]


def _phase_problems(norms: Norms) -> list[Problem]:
    """Each day has one phase: it says how often to ask for a log."""
    runs = sorted(norms.course.phases, key=lambda p: (p.first_day, p.last_day))
    found = [Problem(f"Day {day}", day, says, "phases") for day, says in _day_problems(runs, norms.last_day, "phase")]
    return found + [Problem(p.name, p.first_day, "ask for a log every 1 day or more", "phases") for p in runs if p.check_in_every_days < 1]


def _sign_problems(norms: Norms, before: Norms | None) -> list[Problem]:
    """Logs hold the codes of signs, so a sign that was published once can be reworded but not removed."""
    if before is None:
        return []
    missing = [s for code, s in before.signs.items() if code not in norms.signs]
    return [Problem(s.label, s.first_usual_day, "was removed; logs may hold it, so reword it instead", "signs") for s in missing]


def _setting_problems(settings: RuleSettings, symptoms: Collection[str]) -> list[Problem]:
    found = [(f"Symptom “{code}”", "is not known") for code in settings.worsening_symptoms if code not in symptoms]
    for name in ("worsening_watch_step", "worsening_urgent_step", "last_session_step"):
        if getattr(settings, name) not in STEPS:
            found.append((name.replace("_", " ").capitalize(), "must be 1 to 4 grades"))
    for name in ("worsening_from_day", "baseline_from_day", "results_worse_from_day", "results_unchanged_from_day"):
        if getattr(settings, name) not in FROM_DAYS:
            found.append((name.replace("_", " ").capitalize(), "must be a day from 0 to 365"))
    if settings.worsening_watch_step > settings.worsening_urgent_step:
        found.append(("Worsening", "the step to watch must not be above the step to urgent"))
    if not 2 <= settings.cluster_size <= max(len(symptoms), 2):
        found.append(("Cluster size", f"must be 2 to {max(len(symptoms), 2)} symptoms"))
    return [Problem(name, 0, says, "rules") for name, says in found]


def _unknown_sources(norms: Norms, known: Collection[str]) -> list[Problem]:
    named = [(m.title, m.first_day, m.sources, "milestones") for m in norms.course.milestones]
    named += [(g.text, g.first_day, g.sources, "guidance") for g in norms.course.guidance]
    return [Problem(name, day, f"there is no source “{key}”", part) for name, day, keys, part in named for key in keys if key not in known]
