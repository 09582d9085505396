"""What is asked, and the rounds in which each kind of request takes its turn."""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from django.core.management.base import CommandError

from patients.management.measuring.client import Answer, Browser
from patients.management.measuring.server import Server

Ask = Callable[[], Answer]
POST, RECOVERY, QUEUE = "log POST", "recovery page", "queue of 50"
PAGE, INSERT, LEAN = "minimal page", "minimal insert", "lean page"
KINDS = (POST, RECOVERY, QUEUE, PAGE, INSERT, LEAN)
STATUS = {POST: 302, INSERT: 302}  # a form that is shown again answers 200, and was refused
# Requests of a kind: before anything counts, and in a round; rounds; requests whose queries are counted.
WARM_UP, BATCH, ROUNDS, COUNTED = 32, 10, 20, 6
SETTLE = 0.02  # seconds a worker may still need after the last byte, to close and to wait again
NOTE = "Felt tight after washing, fine by the evening."


@dataclass(slots=True)
class Figures:
    """Of one kind at one size: CPU milliseconds a request by round, and every answer."""

    cpu_ms: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    queries: set[int] = field(default_factory=set)

    @property
    def cpu(self) -> float:
        """The lower quartile of the rounds: whatever else the machine does only ever adds to a round."""
        return sorted(self.cpu_ms)[len(self.cpu_ms) // 4]

    @property
    def wall_ms(self) -> float:
        return statistics.median(answer.seconds for answer in self.answers) * 1000

    @property
    def size(self) -> int:
        return round(statistics.median(answer.size for answer in self.answers))


class Site:
    """One size of the database: who is signed in, and requests that use nobody's day twice."""

    def __init__(self, prepared: str) -> None:
        told: dict[str, Any] = json.loads(prepared)
        self.logs: int = told["logs"]
        self.open: int = told["open"]
        self.figures: dict[str, Figures] = defaultdict(Figures)
        self.server: Server
        self._clinician: str = told["clinician"]
        self._readers: Iterator[str] = cycle(told["readers"])
        self._days: Iterator[list[str]] = iter(told["days"])

    def ask(self, kind: str) -> Ask:
        """A request ready to be sent; the form of a POST is opened already."""
        if kind == POST:
            session, date = self._next_day()
            return self._browser(session).filled("/log/", log_of(date))
        if kind == INSERT:
            return self._browser(next(self._readers)).filled("/bench/notes/new/", note())
        if kind == QUEUE:
            return lambda: self._browser(self._clinician).get("/clinic/")
        path = {RECOVERY: "/recovery/", PAGE: "/bench/page/", LEAN: "/bench/lean/"}[kind]
        session = next(self._readers)
        return lambda: self._browser(session).get(path)

    def _next_day(self) -> list[str]:
        try:
            return next(self._days)
        except StopIteration:
            raise CommandError("No patient has a day left to log. Measure fewer rounds.") from None

    def _browser(self, session: str) -> Browser:
        return Browser(self.server.port, session)


def log_of(date: str) -> dict[str, str]:
    """An ordinary day: the four core symptoms, two more, no sign, a note."""
    ratings = {"redness": "1", "swelling": "1", "flaking": "1", "breakouts": "0", "itching": "1", "dryness": "1"}
    return {"date": date, "any_sign": "none", "note": NOTE} | ratings


def note() -> dict[str, str]:
    return {"written_on": "2026-01-05", "day": "3", "grade": "1", "title": "An ordinary day", "text": NOTE}


def send(site: Site, kind: str, times: int) -> tuple[float, list[Answer]]:
    """CPU milliseconds a request of the workers, and the answers. Raises CommandError for one that is not as expected."""
    ready = [site.ask(kind) for _ in range(times)]
    time.sleep(SETTLE)
    before = site.server.cpu_ns
    answers = [ask() for ask in ready]
    time.sleep(SETTLE)
    used = site.server.cpu_ns - before
    return used / times / 1e6, checked(kind, answers)


def checked(kind: str, answers: list[Answer]) -> list[Answer]:
    """A refused log or an error page must not pass for a fast one."""
    for answer in answers:
        if answer.status != STATUS.get(kind, 200):
            raise CommandError(f"The {kind} answered {answer.status}: {answer.body[:2000]}")
    return answers


def warm_up(site: Site) -> None:
    """Several at once, so that every worker has read the norms and the templates before anything counts."""
    with ThreadPoolExecutor(WARM_UP) as pool:
        for kind in KINDS:
            ready = [site.ask(kind) for _ in range(WARM_UP)]
            checked(kind, list(pool.map(lambda ask: ask(), ready)))


def measure(sites: Sequence[Site], rounds: int = ROUNDS) -> None:
    """Every kind at every size in each round, in turning order, so that a noisy moment touches all alike."""
    for number in range(rounds):
        for step in range(len(KINDS)):
            kind = KINDS[(number + step) % len(KINDS)]
            for site in sites:
                used, answers = send(site, kind, BATCH)
                site.figures[kind].cpu_ms.append(used)
                site.figures[kind].answers += answers


def count_queries(site: Site) -> None:
    for kind in KINDS:
        for answer in send(site, kind, COUNTED)[1]:
            if answer.queries is not None:
                site.figures[kind].queries.add(answer.queries)
