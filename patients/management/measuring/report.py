"""The figures as a table, and each goal with "met" or "missed"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from patients.management.measuring.previews import EVERY_LOG, Timed
from patients.management.measuring.rounds import INSERT, KINDS, LEAN, PAGE, POST, QUEUE, RECOVERY, Site

# What is measured, what it stands beside, and at most how many times as much CPU.
GOALS = ((RECOVERY, PAGE, 1.6), (QUEUE, PAGE, 2.5), (POST, INSERT, 3.0))
MOST_GROWTH = 0.15  # of the CPU time, from the small database to the large one
# Seconds for a preview, and for one over this many logs or more; the last: what is at once, whatever the first edit took.
MOST_SECONDS, MANY_LOGS, MOST_SECONDS_OF_MANY, SECOND_AT_ONCE = 2.0, 500_000, 10.0, 0.1
LABELS = {PAGE: "minimal page (reference)", INSERT: "minimal insert (reference)", LEAN: "lean page (for comparison only)"}


def table(site: Site) -> Iterator[str]:
    yield f"{site.logs:,} logs, {site.open:,} recoveries need review"
    yield f"  {'':<32}{'CPU ms':>9}{'spread':>14}{'queries':>9}{'bytes':>9}{'wall p50 ms':>13}"
    for kind in KINDS:
        f = site.figures[kind]
        low, *_, high = sorted(f.cpu_ms)
        queries = "–".join(str(n) for n in sorted({min(f.queries), max(f.queries)}))
        yield f"  {LABELS.get(kind, kind):<32}{f.cpu:>9.2f}{f'{low:.2f}–{high:.2f}':>14}{queries:>9}{f.size:>9,}{f.wall_ms:>13.1f}"


def goals(small: Site, large: Site) -> Iterator[str]:
    for kind, reference, most in GOALS:
        for site in (small, large):
            ratio = site.figures[kind].cpu / site.figures[reference].cpu
            yield f"  {_said(ratio <= most)}  {kind} at {site.logs:,} logs: {ratio:.2f} × the {reference} (goal: at most {most})"
    for kind, *_ in GOALS:
        growth = large.figures[kind].cpu / small.figures[kind].cpu - 1
        # Faster by so much is no success: then something disturbed the measuring.
        met = _said(abs(growth) <= MOST_GROWTH)
        yield f"  {met}  {kind} from {small.logs:,} to {large.logs:,} logs: {growth:+.0%} (goal: within {MOST_GROWTH:.0%})"


def previews(found: Sequence[Timed]) -> Iterator[str]:
    yield f"Previews over {found[0].logs:,} logs in one process, in this order"
    yield f"  {'edit':<36}{'logs of':>14}{'seconds':>9}{'CPU s':>8}{'logs that change':>18}"
    for one in found:
        period = "all time" if one.days == EVERY_LOG else f"{one.days} days"
        yield f"  {one.edit:<36}{period:>14}{one.seconds:>9.2f}{one.cpu:>8.2f}{one.changes:>18,}"


def preview_goals(found: Sequence[Timed]) -> Iterator[str]:
    """Over every log; the second edit is measured against the first."""
    logs = found[0].logs
    most = MOST_SECONDS if logs < MANY_LOGS else MOST_SECONDS_OF_MANY
    for one in found:
        if one.days == EVERY_LOG:
            yield f"  {_said(one.seconds <= most)}  {one.edit} over {logs:,} logs: {one.seconds:.2f} s (goal: at most {most:.0f} s)"
    if logs >= MANY_LOGS:
        return  # a second edit has a goal where an admin steps through values and waits for each
    first, second = found[:2]
    met = second.seconds <= max(first.seconds / 10, SECOND_AT_ONCE)
    yield f"  {_said(met)}  the second edit: {second.seconds * 1000:.0f} ms (goal: a tenth of the first, or {SECOND_AT_ONCE * 1000:.0f} ms)"


def _said(is_met: bool) -> str:
    return "met   " if is_met else "MISSED"
