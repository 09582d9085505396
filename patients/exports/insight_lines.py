"""The figures of the insights as lines of a file: one table, the cells that a row does not have left empty."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from patients.exports.cells import as_text
from patients.exports.insights import Insights, Tally
from recovery.timeline.proportion import Share

COLUMNS = (
    "table", "row", "name", "logs", "recoveries", "reviews", "flags", "open", "covered", "reviewed", "action", "withdrawn",
    "median_minutes", "nine_in_ten_minutes", "hits", "of", "share", "low", "high",
)  # fmt: skip


def lines(found: Insights) -> Iterator[list[object]]:
    """`hits` of `of` make the share; `low` and `high` are its 95 % interval, of the share that led to action alone."""
    yield list(COLUMNS)
    counts = {"logs": found.logs, "recoveries": found.recoveries, "reviews": found.waits.reviews, "withdrawn": found.withdrawn}
    yield _line("all", found.period, "all flags", **counts, **_tally(found.total))
    for table in found.tables:
        for row in table.rows:
            yield _line(table.filter, row.code, row.name, **_tally(row.tally))
    for wait in found.waits.rows:
        times = {"median_minutes": wait.within(0.5), "nine_in_ten_minutes": wait.within(0.9)} if wait.reviewed else {}
        yield _line("time", wait.urgency.word, "answered as promised", **times, **_share(wait.promise))
    for kept in found.adherence:
        yield _line("adherence", kept.step.code, kept.step.name, **_share(kept.share))


def _line(table: str, row: str, name: str, **cells: object) -> list[object]:
    return [table, row, as_text(name), *(cells.get(column, "") for column in COLUMNS[3:])]


def _tally(tally: Tally) -> dict[str, object]:
    counts = {"flags": tally.flags, "open": tally.open, "covered": tally.covered, "reviewed": tally.reviewed, "action": tally.action}
    interval = dict(zip(("low", "high"), (round(edge, 4) for edge in tally.share.interval), strict=True)) if tally.share.is_enough else {}
    return counts | _share(tally.share) | interval


def _share(share: Share) -> dict[str, object]:
    # As on the page: of fewer than twenty the counts say all there is to say.
    return {"hits": share.hits, "of": share.of} | ({"share": round(share.value, 4)} if share.is_enough else {})


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Line by line, so that a file of a hundred thousand flags is never whole in memory."""
    out = csv.writer(_Echo())
    return (out.writerow(row) for row in rows)
