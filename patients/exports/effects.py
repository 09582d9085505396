"""The preview of an edit in words and rows, for the draft's page, the impact page and the choice of moving."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from uuid import UUID

from patients.exports.cells import as_text
from patients.exports.impact import USUAL_DAYS, Changed, Effect, effect
from patients.models import Log, NormVersion, User
from recovery.timeline.compare import WHOLE_LOG
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Urgency

SHOWN_LOGS = 40  # links in a row of the page; the file has all
COLUMNS = ("log", "recovery", "day", "what", "old", "new", "link")


@dataclass(frozen=True, slots=True)
class Row:
    """Logs that change alike: the same grades of the same symptoms on the same day."""

    what: str
    day: int
    old: Urgency
    new: Urgency
    logs: list[Changed]

    @property
    def hidden(self) -> int:
        return max(len(self.logs) - SHOWN_LOGS, 0)


class EffectSheet:
    """What the pages say of an effect."""

    def __init__(self, found: Effect, norms: Norms) -> None:
        self.effect, self.norms = found, norms

    @cached_property
    def rows(self) -> list[Row]:
        """The commonest change first."""
        alike: dict[tuple[str, int, Urgency, Urgency], list[Changed]] = defaultdict(list)
        for change in self.effect.changes:
            alike[self.what(change), change.log.day, change.old, change.new].append(change)
        rows = [Row(*key, logs) for key, logs in alike.items()]
        return sorted(rows, key=lambda r: (-len(r.logs), r.day, r.what))

    def what(self, change: Changed) -> str:
        """“Redness 2”, “Fever” or “The log as a whole”: what is judged differently."""
        return ", ".join(self._subject(code, grade) for code, grade in change.causes) or "The log as a whole"

    def _subject(self, code: str, grade: int | None) -> str:
        if code in self.norms.symptoms:
            return f"{self.norms.symptoms[code].name} {grade}"
        return "The log as a whole" if code == WHOLE_LOG else self.norms.sign(code).label

    @property
    def balance(self) -> str:
        return _fewer_and_more(self.effect.lost, self.effect.gained)

    @property
    def urgent(self) -> str:
        """What becomes of urgent and emergency logs, which nobody wants to lose without noticing."""
        rose = sum(c.new >= Urgency.URGENT > c.old for c in self.effect.changes)
        fell = sum(c.old >= Urgency.URGENT > c.new for c in self.effect.changes)
        return _fewer_and_more(fell, rose)

    @cached_property
    def recoveries(self) -> Counter[str]:
        """How many running recoveries gain or lose an open flag, enter the queue or leave it."""
        found: Counter[str] = Counter()
        for moved in self.effect.moved:
            found["gain"] += bool(moved.gained)
            found["lose"] += bool(moved.lost)
            found["enter"] += bool(moved.after and not moved.before)
            found["leave"] += bool(moved.before and not moved.after)
        return found

    def linked_rows(self) -> list[tuple[Row, list[UUID]]]:
        """The rows with the public ids of their first logs."""
        rows = self.rows
        # Only of what is linked: a change may have thousands of logs.
        ids = public_ids(change.log.pk for row in rows for change in row.logs[:SHOWN_LOGS])
        return [(row, [ids[change.log.pk][0] for change in row.logs[:SHOWN_LOGS]]) for row in rows]

    def as_csv(self, page: str) -> str:
        """Every changed log, one a line. `page`: the address of the preview, under which each log has its own."""
        ids = public_ids(change.log.pk for change in self.effect.changes)
        lines = io.StringIO()
        out = csv.writer(lines)  # its lines end in CR LF: with LF alone, a CR inside a cell would begin a line of its own
        out.writerow(COLUMNS)
        for row in self.rows:
            said = (row.day, as_text(row.what), row.old.word, row.new.word)
            logs = (ids[change.log.pk] for change in row.logs)
            out.writerows((log, recovery, *said, f"{page}{log}/") for log, recovery in logs)
        return lines.getvalue()


def effect_of(version: NormVersion, norms: Norms, user: User, days: int = USUAL_DAYS) -> EffectSheet | None:
    """The preview as this person may see it; None for who belongs to no clinic and so sees no patient's logs."""
    if user.clinic is None:
        return None
    return EffectSheet(effect(user.clinic, version, norms, days), norms)


def public_ids(logs: Iterable[int]) -> dict[int, tuple[UUID, UUID]]:
    """The public ids of logs and of their recoveries."""
    keys = iter(logs)
    found: dict[int, tuple[UUID, UUID]] = {}
    # SQLite takes no more than 32,766 values in a query.
    while some := list(islice(keys, 10_000)):
        found |= {pk: (log, treatment) for pk, log, treatment in Log.objects.filter(pk__in=some).public_ids()}
    return found


def _fewer_and_more(fewer: int, more: int) -> str:
    if not fewer and not more:
        return "none more, none fewer"
    return f"{fewer or 'none'} fewer, {more or 'none'} more"
