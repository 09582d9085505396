"""Recoveries to show and to measure with: the ten published courses, and invented ones that vary."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recovery.timeline.compare import Entry
from recovery.timeline.norms import Norms
from recovery.timeline.tables import read_rows

COURSES = Path(__file__).resolve().parent.parent / "data" / "courses.csv"
EXPECTED = COURSES.with_name("courses_expected.csv")
FIRST_NAMES = ["Ines", "Tomas", "Priya", "Joana", "Samuel", "Kenji", "Helle", "Lea", "Marta", "Oliver", "Amara", "Jonas", "Mei", "Farid"]
LAST_NAMES = ["Duarte", "Berg", "Nair", "Matos", "Adeyemi", "Mori", "Krog", "Hoffmann", "Silva", "Grant", "Okafor", "Lind", "Chen"]


@dataclass(frozen=True, slots=True)
class Course:
    """One recovery's logs, with the protocol it belongs to."""

    name: str
    protocol: str
    entries: tuple[Entry, ...]

    @property
    def last_day(self) -> int:
        return max(entry.day for entry in self.entries)


def published_courses() -> list[Course]:
    """The courses of the literature, as the CSV files give them."""
    protocols = {row.text("case"): row.text("protocol") for row in read_rows(EXPECTED)}
    entries: dict[str, list[Entry]] = {case: [] for case in protocols}
    for row in read_rows(COURSES):
        ratings = {code: row.whole(code) for code in row.cells if code not in ("case", "day", "signs") and row.text(code)}
        entries[row.text("case")].append(Entry(row.whole("day"), ratings, frozenset(row.text("signs").split())))
    return [Course(case, protocols[case], tuple(found)) for case, found in entries.items()]


def with_core_answers(entry: Entry, norms: Norms) -> Entry:
    """The form asks four symptoms every day; one the source is silent on is taken as typical of the day."""
    ratings = dict(entry.ratings)
    for symptom in norms.symptoms.values():
        band = norms.band(symptom.code, entry.day)
        if symptom.core and symptom.code not in ratings and band is not None:
            ratings[symptom.code] = band.typical
    return Entry(entry.day, ratings, entry.signs, entry.asked_for_review, entry.improvement)


def invented_course(norms: Norms, days: list[int], chance: random.Random, trouble: float) -> list[Entry]:
    """Logs near what is typical; with probability `trouble` a day goes wrong in one symptom or sign."""
    worse = chance.random() < trouble
    turning = chance.choice(days) if worse else -1
    subject = chance.choice(["redness", "swelling", "breakouts", "itching", "pain"])
    return [_invented(norms, day, chance, subject if worse and day >= turning else "") for day in days]


def _invented(norms: Norms, day: int, chance: random.Random, rising: str) -> Entry:
    ratings = {}
    for symptom in norms.symptoms.values():
        band = norms.band(symptom.code, day)
        if band is None or not (symptom.core or chance.random() < 0.3 or symptom.code == rising):
            continue
        # Typical counts twice, so that at least half of the answers are just that.
        usual = chance.choice([band.low, band.typical, band.typical, min(band.typical + 1, band.high)])
        # Mostly just above the band, at times far enough to be urgent.
        ratings[symptom.code] = min(band.high + chance.choice([1, 1, 2]), 4) if symptom.code == rising else usual
    signs = frozenset({chance.choice(list(norms.signs))}) if rising and chance.random() < 0.05 else frozenset()
    return Entry(day, ratings, signs, asked_for_review=chance.random() < 0.01)


def names(chance: random.Random) -> Iterator[str]:
    """Invented names, without end."""
    while True:
        yield f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
