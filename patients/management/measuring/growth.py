"""The clinic's pages over a small and a large history, each database with a process of its own, asked by turns."""

from __future__ import annotations

import json
import platform
import subprocess  # noqa: S404 - starts only this project's own programs
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import django
from django.conf import settings
from django.core.management.base import CommandError

from patients.management.measuring.children import run
from patients.management.measuring.databases import throwaway
from patients.management.measuring.queues import PAGE
from patients.management.measuring.server import environment

NAMES = "import json; from patients.management.measuring.queues import asks; print(json.dumps([name for name, _ in asks()]))"
SERVE = "from patients.management.measuring.queues import serve; serve()"
LOGS_EACH = 10.33  # of a recovery, on average
SMALL = 125  # recoveries, about 1,000 logs; up to 120 of them run
SEEDED = 4950  # by the engine; beyond that what is finished is copied
MOST_GROWTH = 1.5  # how many times as long the page may take
SLOW, SLOW_ROUNDS = 1.0, 3  # seconds; what takes longer is asked in the first rounds only


@dataclass(slots=True)
class Times:
    """What one question took at one size."""

    seconds: list[float] = field(default_factory=list)
    queries: int = 0

    @property
    def ms(self) -> float:
        """The lower quartile: whatever else the machine does only ever adds."""
        return sorted(self.seconds)[len(self.seconds) // 4] * 1000


class Side:
    """One database and the process that asks it, until the `with` block ends."""

    def __init__(self, var: Path, database: str) -> None:
        self.var, self.database = var, database
        self.times: dict[str, Times] = {}

    def __enter__(self) -> Side:
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", SERVE]
        env = environment(self.var, self.database)
        self._process = subprocess.Popen(  # noqa: S603 - fixed words
            command, cwd=settings.BASE_DIR, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        told = self._told()
        self.vendor, self.logs, self.open = told["vendor"], told["logs"], told["open"]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.communicate(timeout=60)

    def ask(self, name: str) -> None:
        assert self._process.stdin is not None
        print(name, file=self._process.stdin, flush=True)
        told, times = self._told(), self.times.setdefault(name, Times())
        times.seconds += told["seconds"]
        times.queries = told["queries"]

    def _told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return dict(json.loads(line))
        raise CommandError("The process that asks the database ended; its words are above.")


def measured(var: Path, logs: int, rounds: int) -> Iterator[str]:
    """Fills two databases, asks both, and says so line by line; raises CommandError where something cannot be done."""
    with ExitStack() as stack:
        databases = stack.enter_context(throwaway(var, ["small", "large"]))
        # Before the processes: which names static files get is decided when settings load.
        run(["manage.py", "collectstatic", "--noinput", "-v0"], var, databases[0])
        recoveries = round(logs / LOGS_EACH)
        copies = max(round(recoveries / SEEDED) - 1, 0)
        for database, many, times in ((databases[0], SMALL, 0), (databases[1], min(recoveries, SEEDED), copies)):
            begun = time.monotonic()
            fill(var, database, many, times)
            copied = f" and {times} copies of those that are over" if times else ""
            yield f"Filled with {many:,} recoveries{copied}: {time.monotonic() - begun:.0f} s"
        sides = [stack.enter_context(Side(var, database)) for database in databases]
        names = json.loads(run(["manage.py", "shell", "-v0", "-c", NAMES], var, databases[0]))
        ask_by_turns(sides, names, rounds)
        yield from report(sides, names)


def fill(var: Path, database: str, recoveries: int, copies: int) -> None:
    run(["manage.py", "migrate", "-v0"], var, database)
    run(["manage.py", "seed", "--recoveries", str(recoveries), "--copies", str(copies)], var, database)
    if database.startswith("postgres"):
        # What its own housekeeping does within minutes.
        run(
            ["manage.py", "shell", "-v0", "-c", "from django.db import connection; connection.cursor().execute('VACUUM ANALYZE')"],
            var,
            database,
        )


def ask_by_turns(sides: Sequence[Side], names: Sequence[str], rounds: int) -> None:
    # The first answers pay for what is remembered after them.
    for name in names:
        for side in sides:
            side.ask(name)
            side.times.clear()
    for number in range(rounds):
        for name in names:
            is_slow = number and max(min(side.times[name].seconds) for side in sides) > SLOW
            for side in sides if not is_slow or number < SLOW_ROUNDS else []:
                side.ask(name)


def report(sides: Sequence[Side], names: Sequence[str]) -> Iterator[str]:
    small, large = sides
    yield f"\nPython {platform.python_version()}, Django {django.get_version()}, {small.vendor}; milliseconds by the clock, lower quartile"
    yield f"{small.logs:,} logs with {small.open:,} open rows, and {large.logs:,} with {large.open:,}"
    yield f"  {'':<34}{'small':>9}{'large':>9}{'times':>8}{'queries':>9}"
    for name in names:
        before, after = small.times[name], large.times[name]
        yield f"  {name:<34}{before.ms:>9.1f}{after.ms:>9.1f}{after.ms / before.ms:>8.2f}{f'{before.queries}/{after.queries}':>9}"
    ratio = large.times[PAGE].ms / small.times[PAGE].ms
    yield f"  {'met' if ratio <= MOST_GROWTH else 'MISSED'}: the {PAGE} takes {ratio:.2f} times as long (goal: at most {MOST_GROWTH})"
