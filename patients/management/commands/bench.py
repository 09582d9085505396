"""Measures the log POST, the recovery page and the queue under gunicorn as shipped, beside minimal Django pages.

At about 1,000 and about 100,000 logs, in databases of its own that are removed afterwards. CPU is that of the
gunicorn workers, from the kernel's accounts: the lower quartile over rounds in which all kinds at both sizes take turns.

With --logs it asks instead what grows with the clinic's history: the queue, its tabs, counts and filters at about 1,000 logs and
at as many as you say, on SQLite, or on the PostgreSQL server that DATABASE_URL names. A million take about ten minutes.
"""

from __future__ import annotations

import os
import platform
import tempfile
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
from django.core.management.base import BaseCommand, CommandError

from patients.management.measuring import growth, report, rounds
from patients.management.measuring.children import run
from patients.management.measuring.rounds import Site
from patients.management.measuring.server import Server

LEAST_LOGS, MOST_LOGS = 2_000, 10_000_000
RECOVERIES = (125, 9850)  # about 1,000 and 100,000 logs; up to 120 recoveries run


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--recoveries", type=int, nargs=2, default=RECOVERIES, help="How many in the small and the large database; 125 or more."
        )
        parser.add_argument("--rounds", type=int, default=rounds.ROUNDS)
        parser.add_argument("--logs", type=int, help="Compare the queue at 1,000 and at so many logs; 2000 or more.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["logs"] is not None:
            self._grow(options["logs"], options["rounds"])
            return
        if not Path("/proc/self/task").exists():
            raise CommandError("Measuring reads the CPU time of the workers from /proc, which only Linux has.")
        with tempfile.TemporaryDirectory(prefix="recovery-bench-") as folder:
            small, large = self._measured(Path(folder), options["recoveries"], options["rounds"])
        self._print(small, large, options["rounds"])

    def _grow(self, logs: int, count: int) -> None:
        if not LEAST_LOGS <= logs <= MOST_LOGS:
            raise CommandError(f"--logs must be {LEAST_LOGS} to {MOST_LOGS}.")
        with tempfile.TemporaryDirectory(prefix="recovery-bench-") as folder:
            for line in growth.measured(Path(folder), logs, count):
                self._say(line)

    def _measured(self, var: Path, recoveries: list[int], count: int) -> list[Site]:
        self._say("Seeding…")
        databases = [var / f"{number}.sqlite3" for number in recoveries]
        # Before the servers: which names static files get is decided when settings load.
        run(["manage.py", "collectstatic", "--noinput", "-v0"], var, databases[0])
        # Both at once: filling is not measured.
        with ThreadPoolExecutor() as pool:
            prepared = pool.map(lambda pair: prepare(var, *pair), zip(databases, recoveries, strict=True))
        sites = [Site(told) for told in prepared]
        self._say("Measuring…")
        with ExitStack() as stack:
            for site, database in zip(sites, databases, strict=True):
                site.server = stack.enter_context(Server(var, database))
                rounds.warm_up(site)
            rounds.measure(sites, count)
        # On servers of their own: counting queries costs time.
        for site, database in zip(sites, databases, strict=True):
            with Server(var, database, counts_queries=True) as site.server:
                rounds.warm_up(site)
                rounds.count_queries(site)
        return sites

    def _say(self, step: str) -> None:
        self.stdout.write(step)
        self.stdout.flush()  # a minute passes before the next word, even where the output goes to a file

    def _print(self, small: Site, large: Site, count: int) -> None:
        versions = f"Python {platform.python_version()}, Django {django.get_version()}, {os.cpu_count()} cores"
        self.stdout.write(f"\n{versions}; CPU of the workers a request, lower quartile of {count} rounds of {rounds.BATCH}\n")
        for site in (small, large):
            self.stdout.write("\n".join(report.table(site)) + "\n\n")
        self.stdout.write("\n".join(report.goals(small, large)))


def prepare(var: Path, database: Path, recoveries: int) -> str:
    return run(["-m", "tests.bench.prepare", str(recoveries)], var, database)
