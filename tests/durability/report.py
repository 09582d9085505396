"""What was found, in lines; whether it is as promised."""

import os
import platform
from collections.abc import Iterator

SLOWEST = {"sqlite": 2.0, "postgresql": 1.0}  # seconds, of 95 in 100 logs


def machine(kind, filesystem):
    # Whatever else runs takes its share of the times.
    load = f"load {os.getloadavg()[0]:.0f} before it began"
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {load}; {kind}, folder on {filesystem}"


def of_kept(outcome, expects_odd) -> tuple[list[str], bool]:
    """After kills. `expects_odd`: where the database was killed too, pages may fail as long as nothing is lost."""
    counts, found = outcome.told.counts, outcome.found
    lines = [
        f"{outcome.kills} kills in {outcome.seconds:.0f} s",
        f"{counts['acknowledged']:,} entries acknowledged, {len(outcome.told.seconds):,} answers in all",
        *(f"  {counts[name]:,} {name}" for name in ("sent twice at the same moment", "sent again at once", "sent again late")),
        f"  {counts['connections broken']:,} first attempts broken off; {found['kept']:,} of these entries were stored all the same",
        "rows: " + ", ".join(f"{number:,} {name}" for name, number in found["stored"].items()),
        *_odd(outcome),
        f"{outcome.locked} times “database is locked” in the server’s log",
        f"{found['count']} entries lost, doubled, or without their flags or audit",
        *(f"  {problem}" for problem in found["problems"]),
    ]
    return lines, not found["count"] and (expects_odd or not outcome.odd)


def of_measured(outcome, kind) -> tuple[list[str], bool]:
    slowest = outcome.percentile(0.95)
    lines = [
        f"{outcome.told.counts['acknowledged']:,} entries in {outcome.seconds:.1f} s",
        f"median {outcome.median:.2f} s, p95 {slowest:.2f} s, slowest {max(outcome.told.seconds):.2f} s",
        f"the workers used {outcome.cpu_ms:.1f} ms of CPU for each",
        *_odd(outcome),
        f"{outcome.locked} times “database is locked” in the server’s log",
        f"{outcome.found['count']} entries lost, doubled, or without their flags or audit",
    ]
    is_met = slowest <= SLOWEST[kind] and not outcome.locked and not outcome.odd and not outcome.found["count"]
    return [*lines, f"goal: p95 at most {SLOWEST[kind]:.0f} s, nothing locked, nothing lost"], is_met


def of_synced(synced) -> tuple[list[str], bool]:
    lines = [
        f"{synced.logs:,} logs acknowledged to one writer",
        f"{synced.calls:,} calls of fsync and fdatasync, {synced.of_the_log:,} on the database’s write-ahead log, {synced.failed} failed",
        f"{synced.without} logs without one between being sent and being acknowledged; {synced.most} at most for one",
    ]
    return lines, not synced.without and not synced.failed and synced.of_the_log >= synced.logs


def _odd(outcome) -> Iterator[str]:
    answers = {name: count for name, count in outcome.told.counts.items() if name.startswith("answered")}
    yield "no answer but the expected ones" if not answers else ", ".join(f"{name}: {count}" for name, count in answers.items())
    yield from (f"  {words}" for words in outcome.told.odd)
