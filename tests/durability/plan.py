"""What is sent: for each patient a row of entries, new ones and changes of earlier ones, each unlike every other."""

import random
from dataclasses import asdict, dataclass, field
from itertools import islice
from uuid import uuid4

MOST_EACH = 20  # entries of one patient; each writer takes one patient after the other
CORE, MORE = ("redness", "swelling", "flaking", "breakouts"), ("itching", "pain", "dryness")
SIGNS = ("fever", "pus", "firm_bumps")


@dataclass(slots=True)
class Entry:
    """One submission. `number` stands in its note, so that it is found again among all others."""

    number: int
    date: str
    ratings: dict[str, int]
    signs: list[str]
    asked: bool
    key: str = field(default_factory=lambda: str(uuid4()))
    acknowledged: bool = False
    resent_at: float = 0.0  # when the attempt began that was acknowledged, where others before it broke

    @property
    def note(self):
        return f"Entry {self.number}"

    @property
    def fields(self):
        """As the form sends it."""
        chosen = [(symptom, str(severity)) for symptom, severity in self.ratings.items()]
        signs = [("any_sign", "some" if self.signs else "none"), *(("signs", sign) for sign in self.signs)]
        return [("date", self.date), ("key", self.key), ("note", self.note), *chosen, *signs, *([("look", "on")] if self.asked else [])]


@dataclass(slots=True)
class Diary:
    """The entries of one patient, in the order in which they are sent."""

    session: str
    treatment: str
    entries: list[Entry]

    def told(self):
        return asdict(self) | {"entries": [asdict(entry) | {"note": entry.note} for entry in self.entries]}


def each_of(submissions, writers):
    """How many entries a patient has: not so many that some writers have no patient."""
    return max(min(MOST_EACH, submissions // writers), 1)


def diaries(people, submissions, each, chance: random.Random):
    """Of these people, so many entries each."""
    made, numbers = [], iter(range(1, submissions + 1))
    for person in people:
        entries = [_entry(number, person["dates"], chance) for number in islice(numbers, each)]
        made.append(Diary(person["session"], person["treatment"], entries))
    return made


def _entry(number, dates, chance):
    """Most entries are calm, some raise flags, so that every way through the rules is taken."""
    worst = chance.choice([1, 1, 1, 2, 4])
    ratings = {symptom: chance.randint(0, worst) for symptom in (*CORE, *chance.sample(MORE, chance.randint(0, 2)))}
    signs = sorted(chance.sample(SIGNS, chance.choice([0] * 8 + [1, 2])))
    return Entry(number, chance.choice(dates), ratings, signs, chance.random() < 0.1)
