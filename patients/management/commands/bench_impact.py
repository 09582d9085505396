"""Measures the preview of an edit of the norms over about 100,000 and 1,000,000 logs, all under one protocol.

In databases of its own that are removed afterwards; filling the large one takes about ten minutes. Each database is
measured by a process that has previewed nothing before. A goal that an edit misses is said.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import django
from django.core.management.base import BaseCommand

from patients.management.measuring import report
from patients.management.measuring.children import run
from patients.management.measuring.previews import Timed

RECOVERIES = (9850, 98500)  # about ten logs each
TELL = "import json; from patients.management.measuring.previews import measured; print(json.dumps(measured()))"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--recoveries", type=int, nargs="+", default=RECOVERIES, help="How many; ten logs each, about.")

    def handle(self, *args: Any, **options: Any) -> None:
        versions = f"Python {platform.python_version()}, Django {django.get_version()}, {os.cpu_count()} cores"
        for recoveries in options["recoveries"]:
            self._say(f"Filling a database with {recoveries:,} recoveries…")
            with tempfile.TemporaryDirectory(prefix="recovery-bench-") as folder:
                found = previews(Path(folder), recoveries)
            self._say("\n".join([f"\n{versions}", *report.previews(found), "", *report.preview_goals(found), ""]))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # minutes pass before the next word


def previews(var: Path, recoveries: int) -> list[Timed]:
    """Fills a database in `var` and previews each edit in it."""
    database = var / "db.sqlite3"
    run(["manage.py", "migrate", "-v0"], var, database)
    run(["manage.py", "seed", "--recoveries", str(recoveries), "--protocol", "pen"], var, database)
    return [Timed(**row) for row in json.loads(run(["manage.py", "shell", "-v0", "-c", TELL], var, database))]
