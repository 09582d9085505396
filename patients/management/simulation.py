"""A clinic's queue over some months, made up: no database, the same rules of order, promise and mail as in earnest.

Patients arrive, log around the bands of the starting norms, some with a bad course; clinicians look at the queue
for a few hours a week. The same seed makes the same clinic.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from patients.actions.outbox import MOST_NAMED
from patients.management.samples import invented_course
from recovery.timeline.compare import Entry, Finding, compare_course
from recovery.timeline.episode import is_worth_a_mail, news
from recovery.timeline.norms import Norms
from recovery.timeline.promise import OpeningHours, answer_due
from recovery.timeline.rank import is_overdue, rank_key
from recovery.timeline.scale import Rule, Urgency
from recovery.timeline.tables import read_starting

DATA = Path(__file__).resolve().parent.parent / "data"
BEGIN = date(2026, 1, 5)  # a Monday
HOURS = OpeningHours(time(9), time(18), frozenset({1, 2, 3, 4, 5}), frozenset({BEGIN + timedelta(days=28)}))
# Who works the queue, on which weekdays and when; nobody does it all day.
SHIFTS = (
    (frozenset({1, 2, 3, 4, 5}), time(9, 30), time(10, 30)),
    (frozenset({1, 3, 5}), time(16, 30), time(17, 30)),
    (frozenset({2, 4}), time(13), time(14)),
)
CLINICIANS, ON_CALL = 2, 1
MINUTES_A_ROW = 8
HOURS_A_WEEK = sum(len(days) * (ends.hour * 60 + ends.minute - begins.hour * 60 - begins.minute) / 60 for days, begins, ends in SHIFTS)
AWAY = 0.15  # how often a shift falls out
ARRIVALS = (2, 3, 4, 5, 6, 8, 11)  # treatments on a working day
CHECK_INS = (0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 58, 88)
LOGGED = 0.85  # of the days that ask for a log
TROUBLE = 0.35
SETTLED = timedelta(days=10)  # before the end: what was open by then must have been opened


@dataclass(frozen=True, slots=True)
class OpenFlag:
    """A finding that waits for an answer."""

    finding: Finding
    raised_at: datetime
    due: datetime


@dataclass(slots=True)
class Course:
    """One recovery: what it was logged, what is open and what was answered. In the queue it is one row."""

    pk: int
    norms: Norms
    entries: list[Entry] = field(default_factory=list)
    flags: list[OpenFlag] = field(default_factory=list)
    answered: list[Finding] = field(default_factory=list)
    mailed: tuple[int, int] = (0, 0)
    is_mailed_about: bool = False  # in this episode, by an alert or by name in the mail of what is overdue

    @property
    def open_urgency(self) -> int:
        return max(flag.finding.urgency for flag in self.flags)

    @property
    def open_asked(self) -> bool:
        return any(flag.finding.rule is Rule.ASKED_FOR_REVIEW for flag in self.flags)

    @property
    def open_distance(self) -> int:
        return max(0, *(flag.finding.distance for flag in self.flags), 0)

    @property
    def open_since(self) -> datetime:
        return min(flag.raised_at for flag in self.flags)

    @property
    def answer_due(self) -> datetime:
        return min(flag.due for flag in self.flags)


@dataclass(frozen=True, slots=True)
class Opened:
    """A row that a clinician opened and answered."""

    urgency: Urgency
    waited: timedelta
    is_within_promise: bool


@dataclass(slots=True)
class Outcome:
    """What one run showed."""

    logs: int = 0
    flags: int = 0  # one mail each is what we compare with
    alerts: int = 0
    overdue_mails: int = 0
    inversions: int = 0  # a watch row opened while something more urgent waited
    opened: list[Opened] = field(default_factory=list)
    still_waiting: int = 0  # at the end, of the rows that were open ten days before
    lost: int = 0  # of the same, those that nobody was mailed about; and urgent ones opened without a mail

    @property
    def mails(self) -> int:
        return self.alerts + self.overdue_mails

    @property
    def saved(self) -> float:
        """The share by which mails fall against one for each flag."""
        return 1 - self.mails / self.flags if self.flags else 0.0

    def longest(self, urgency: Urgency) -> timedelta:
        return max((row.waited for row in self.opened if row.urgency is urgency), default=timedelta())

    def within_promise(self, urgency: Urgency) -> float:
        kept = [row.is_within_promise for row in self.opened if row.urgency is urgency]
        return sum(kept) / len(kept) if kept else 1.0

    def count(self, urgency: Urgency) -> int:
        return sum(row.urgency is urgency for row in self.opened)


class Simulation:
    """One clinic from its first day on."""

    def __init__(self, days: int, seed: int) -> None:
        self.days, self.chance = days, random.Random(seed)  # noqa: S311 - the same clinic every time
        start = read_starting(DATA)
        self.norms = [start.norms_for(protocol.slug) for protocol in start.protocols]
        self.courses: list[Course] = []
        self.outcome = Outcome()

    def run(self) -> Outcome:
        # The kind last: at the same moment a log comes before the clinician's look.
        events = sorted([*self._logs(), *self._looks(), *self._mornings()], key=lambda event: (event[0], event[1]))
        for at, kind, course, entry in events:
            if kind == 0 and course is not None and entry is not None:
                self._log(course, entry, at)
            elif kind == 1:
                self._count_overdue(at)
            else:
                self._open_first(at)
        self._take_stock()
        return self.outcome

    @property
    def waiting(self) -> list[Course]:
        return [course for course in self.courses if course.flags]

    def _dates(self) -> Iterator[datetime]:
        yield from (datetime.combine(BEGIN + timedelta(days=day), time(), UTC) for day in range(self.days))

    def _working_days(self) -> Iterator[datetime]:
        yield from (day for day in self._dates() if HOURS.is_working_day(day))

    def _logs(self) -> Iterator[tuple[datetime, int, Course | None, Entry | None]]:
        end = datetime.combine(BEGIN + timedelta(days=self.days), time(), UTC)
        for treated in self._working_days():
            for _ in range(self.chance.choice(ARRIVALS)):
                course = Course(len(self.courses) + 1, self.chance.choice(self.norms))
                self.courses.append(course)
                days = [day for day in CHECK_INS if day == 0 or self.chance.random() < LOGGED]
                for entry in invented_course(course.norms, days, self.chance, TROUBLE):
                    at = treated + timedelta(days=entry.day, minutes=self.chance.randrange(7 * 60, 23 * 60))
                    if at < end:
                        yield at, 0, course, entry

    def _mornings(self) -> Iterator[tuple[datetime, int, Course | None, Entry | None]]:
        for day in self._working_days():
            yield day.replace(hour=HOURS.opens.hour, minute=HOURS.opens.minute), 1, None, None

    def _looks(self) -> Iterator[tuple[datetime, int, Course | None, Entry | None]]:
        """The moments at which a clinician opens the first row of the queue."""
        for day in self._working_days():
            for weekdays, begins, ends in SHIFTS:
                if day.isoweekday() not in weekdays or self.chance.random() < AWAY:
                    continue
                at = day.replace(hour=begins.hour, minute=begins.minute)
                while at.time() < ends:
                    yield at, 2, None, None
                    at += timedelta(minutes=MINUTES_A_ROW)

    def _log(self, course: Course, entry: Entry, at: datetime) -> None:
        course.entries.append(entry)
        found = [f for f in compare_course(course.entries, course.norms)[entry.day] if f.urgency.is_flag]
        self.outcome.logs += 1
        self.outcome.flags += len(found)
        course.flags += [OpenFlag(f, at, answer_due(f.urgency, at, HOURS)) for f in news(course.answered, found)]
        if course.flags and is_worth_a_mail(course.open_urgency, course.open_distance, *course.mailed):
            course.mailed = max(course.open_urgency, course.mailed[0]), max(course.open_distance, course.mailed[1])
            course.is_mailed_about = True
            self.outcome.alerts += ON_CALL

    def _count_overdue(self, at: datetime) -> None:
        late = [course for course in self.waiting if is_overdue(course, at)]
        # Those that the mail names; of the others it only says how many there are.
        for course in sorted(late, key=lambda row: rank_key(row, at))[:MOST_NAMED]:
            course.is_mailed_about = True
        self.outcome.overdue_mails += CLINICIANS if late else 0

    def _open_first(self, at: datetime) -> None:
        waiting = self.waiting
        if not waiting:
            return
        course = min(waiting, key=lambda row: rank_key(row, at))
        urgency = Urgency(course.open_urgency)
        self.outcome.inversions += urgency is Urgency.WATCH and any(row.open_urgency > urgency for row in waiting)
        # Urgent, and nobody was told at once: the mails that we save must not be these.
        self.outcome.lost += urgency >= Urgency.URGENT and course.mailed[0] < urgency
        self.outcome.opened.append(Opened(urgency, at - course.open_since, not is_overdue(course, at)))
        course.answered += [flag.finding for flag in course.flags]
        course.flags, course.mailed, course.is_mailed_about = [], (0, 0), False

    def _take_stock(self) -> None:
        settled = datetime.combine(BEGIN + timedelta(days=self.days), time(), UTC) - SETTLED
        left = [course for course in self.waiting if course.open_since < settled]
        self.outcome.still_waiting = len(left)
        self.outcome.lost += sum(not course.is_mailed_about for course in left)


def total(outcomes: list[Outcome]) -> Counter[str]:
    """The counts of several runs together."""
    names = ("logs", "flags", "alerts", "overdue_mails", "inversions", "still_waiting", "lost")
    return Counter({name: sum(getattr(outcome, name) for outcome in outcomes) for name in names})
