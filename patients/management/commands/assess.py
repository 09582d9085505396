"""Compares diaries in a CSV file with the starting norms, without touching the database."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from recovery.timeline.compare import Entry, Finding, compare_course
from recovery.timeline.explain import explain
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Severity
from recovery.timeline.tables import Row, TableError, read_rows, read_starting

DATA = Path(__file__).resolve().parents[2] / "data"
FIELDS = ["case", "day", "subject", "rule", "urgency", "observed", "low", "high", "why"]
FIXED = ("case", "day", "signs")


class Command(BaseCommand):
    help = __doc__
    # No checks: it works before there is a database, and answers sooner.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV: case,day,<symptoms…>,signs; blank: not rated; signs separated by spaces.")
        parser.add_argument("--protocol", default="pen", help="Slug of the protocol (pen unless told).")
        parser.add_argument("--format", choices=["csv", "json"], default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        start = read_starting(DATA)
        known = [p.slug for p in start.protocols]
        if options["protocol"] not in known:
            # 2, as argparse has it: what was asked for is wrong, not the program.
            raise CommandError(f"No protocol “{options['protocol']}”. Known: {', '.join(known)}.", returncode=2)
        norms = start.norms_for(options["protocol"])
        try:
            cases = read_diaries(options["file"], norms)
        except TableError as error:
            raise CommandError(str(error), returncode=2) from error
        except OSError as error:
            raise CommandError(f"{options['file'].name} cannot be read: {error.strerror}.", returncode=2) from error
        self._say_what_is_past_the_norms(cases, norms)
        # All of it before the first line is written, so that bad input prints nothing as a result.
        found = list(assessed(cases, norms))
        if options["format"] == "json":
            json.dump(found, self.stdout, ensure_ascii=False, indent=1)
            self.stdout.write("")
        else:
            writer = csv.DictWriter(self.stdout, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)

    # To stderr: what is printed stays CSV or JSON for whatever reads it.
    def _say_what_is_past_the_norms(self, cases: dict[str, list[Entry]], norms: Norms) -> None:
        for case, entries in cases.items():
            for entry in entries:
                if not norms.covers(entry.day):
                    self.stderr.write(f"{case}, day {entry.day}: past day {norms.last_day}, ratings compared with nothing")


def assessed(cases: dict[str, list[Entry]], norms: Norms) -> Iterator[dict[str, Any]]:
    """A row for each finding of note or higher, in the order of the file's cases and of days."""
    for case, entries in cases.items():
        for findings in compare_course(entries, norms).values():
            yield from (_row(case, finding, norms) for finding in findings)


def _row(case: str, finding: Finding, norms: Norms) -> dict[str, Any]:
    band = finding.band
    return {
        "case": case,
        "day": finding.day,
        "subject": finding.subject,
        "rule": finding.rule.value,
        "urgency": finding.urgency.word,
        "observed": finding.observed,
        "low": band.low if band else None,
        "high": band.high if band else None,
        "why": explain(finding, norms),
    }


def read_diaries(path: Path, norms: Norms) -> dict[str, list[Entry]]:
    """The entries of each case. Raises TableError naming line and column."""
    rows = read_rows(path)
    _check_header(path, norms)
    cases: dict[str, list[Entry]] = {}
    for row in rows:
        entry = _entry(row, norms)
        case = row.text("case") or row.refuse("case", "expected a name for the case, found nothing")
        if any(other.day == entry.day for other in cases.setdefault(case, [])):
            row.refuse("day", f"case {case} has day {entry.day} twice; expected one line for each day")
        cases[case].append(entry)
    return cases


def _check_header(path: Path, norms: Norms) -> None:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        # Read once more: a file without rows has a header that can be wrong.
        header = next(csv.reader(lines), [])
    for column in ("case", "day"):
        if column not in header:
            raise TableError(f"{path.name}, line 1: expected a column “{column}”; found {', '.join(header) or 'nothing'}")
    for column in header:
        if column not in (*FIXED, *norms.symptoms) or header.count(column) > 1:
            expected = "one of each only" if header.count(column) > 1 else f"expected one of {', '.join((*FIXED, *norms.symptoms))}"
            raise TableError(f"{path.name}, line 1, column {column or '(no name)'}: {expected}")


def _entry(row: Row, norms: Norms) -> Entry:
    day = row.whole("day")
    if day < 0:
        row.refuse("day", f"expected 0 or later, found {day}")
    ratings = {code: _severity(row, code) for code in norms.symptoms if row.text(code)}
    signs = row.text("signs").split()
    _check_signs(row, signs, norms)
    return Entry(day, ratings, frozenset(signs))


def _severity(row: Row, code: str) -> int:
    severity = row.whole(code)
    if not Severity.NONE <= severity <= Severity.SEVERE:
        row.refuse(code, f"expected a severity from 0 to 4, found {severity}")
    return severity


def _check_signs(row: Row, signs: Iterable[str], norms: Norms) -> None:
    for sign in signs:
        if sign not in norms.signs:
            row.refuse("signs", f"“{sign}” is no warning sign; expected {', '.join(norms.signs)}")
