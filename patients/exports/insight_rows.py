"""The flags and recoveries behind the figures of the insights: a page of rows, or all of them as lines of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q

from patients.exports.cells import as_text
from patients.exports.insights import DAYS, PERIODS, since_of
from patients.models import Clinic, Flag, FlagState
from patients.models.flags import FlagQuerySet
from recovery.timeline.scale import Disposition, Rule, Urgency

PAGE = 50
ACTING = [d.value for d in Disposition if d.led_to_action]
STATES = {
    "open": ("still open", Q(state=FlagState.OPEN)),
    "covered": ("answered by an earlier review", Q(state=FlagState.COVERED)),
    "reviewed": ("reviewed", Q(state=FlagState.REVIEWED)),
    "action": ("reviewed, led to action", Q(state=FlagState.REVIEWED, review__disposition__in=ACTING)),
    "no-action": ("reviewed, no action", Q(state=FlagState.REVIEWED) & ~Q(review__disposition__in=ACTING)),
    "in-time": ("reviewed within the promise", Q(state=FlagState.REVIEWED, review__reviewed_at__lte=F("answer_due"))),
    "late": ("reviewed after the promise", Q(state=FlagState.REVIEWED, review__reviewed_at__gt=F("answer_due"))),
    "overdue": ("still open past the promise", Q(state=FlagState.OPEN)),
    "withdrawn": ("taken back, not counted", Q(state=FlagState.WITHDRAWN)),
}
COLUMNS = (
    "flag", "recovery", "day", "rule", "about", "urgency", "observed", "low", "high",
    "raised", "promised", "state", "reviewed", "decision", "link",
)  # fmt: skip


class FlagRow(NamedTuple):
    """A flag as read."""

    uuid: UUID
    recovery: UUID
    name: str
    day: int
    rule: str
    subject: str
    urgency: int
    observed: int | None
    band: dict[str, Any] | None
    raised_at: datetime
    answer_due: datetime
    state: str
    disposition: str | None
    reviewed_at: datetime | None


READ = (
    "uuid", "treatment__uuid", "treatment__patient__user__name", "log__day", "rule", "subject", "urgency", "observed", "band",
    "raised_at", "answer_due", "state", "review__disposition", "review__reviewed_at",
)  # fmt: skip


class FlagList:
    """A clinic's flags of a period, narrowed by filters that were found valid. `names`: what flags can be about, by code."""

    def __init__(self, clinic: Clinic, names: Mapping[str, str], filters: Mapping[str, str], now: datetime) -> None:
        self.clinic, self.names, self.filters, self.now = clinic, names, filters, now

    def flags(self) -> FlagQuerySet:
        said = self.filters
        found = Flag.objects.on_logs_of(self.clinic, since_of(said["period"], self.now)).with_state()
        asked = {"rule": said.get("rule"), "subject": said.get("symptom"), "urgency": said.get("urgency")}
        found = found.filter(**{column: value for column, value in asked.items() if value})
        if days := said.get("days"):
            found = found.filter(log__day__range=DAYS[days])
        if state := said.get("state"):
            found = found.filter(STATES[state][1])
            return found.filter(answer_due__lt=self.now) if state == "overdue" else found
        # As the figures count them, so that the list is as long as its figure says.
        return found.filter(~Q(state=FlagState.WITHDRAWN))

    def rows(self, first: int = 0, last: int | None = None) -> Iterator[FlagRow]:
        """The newest log first."""
        found = self.flags().order_by("-log__entered_at", "-pk").values_list(*READ)
        return map(FlagRow._make, found[first:last].iterator())

    def count(self) -> int:
        return self.flags().count()

    @property
    def said(self) -> str:
        """What is listed, in words: “above range, Redness, days 0 to 3, the last 90 days”."""
        about = {
            "rule": lambda code: Rule(code).words,
            "symptom": lambda code: self.names[code],
            "days": lambda code: f"days {code}" if code != "29-" else "day 29 and later",
            "urgency": lambda code: Urgency(int(code)).word,
            "state": lambda code: STATES[code][0],
        }
        parts = [say(self.filters[name]) for name, say in about.items() if self.filters.get(name)]
        return ", ".join([*parts, PERIODS[self.filters["period"]]])

    def shown(self, row: FlagRow) -> dict[str, Any]:
        """A row as the page prints it."""
        low, high = _range(row)
        expected = f", expected {low}–{high}" if low != high else f", expected {high}"
        return {
            "name": row.name,
            "recovery": row.recovery,
            "day": row.day,
            "about": f"{self.about(row)} {row.observed}" if row.observed is not None else self.about(row),
            "expected": expected if row.band else "",
            "rule": Rule(row.rule).words,
            "urgency": Urgency(row.urgency),
            "raised": self.clinic.local(row.raised_at),
            "outcome": Disposition(row.disposition or "").words if self._is_reviewed(row) else FlagState(row.state).label,
            "clock": self._clock(row),
        }

    def about(self, row: FlagRow) -> str:
        return self.names.get(row.subject, row.subject)

    def _is_reviewed(self, row: FlagRow) -> bool:
        return row.state == FlagState.REVIEWED

    def _clock(self, row: FlagRow) -> str:
        if self._is_reviewed(row) and row.reviewed_at:
            return "in time" if row.reviewed_at <= row.answer_due else "late"
        return "overdue" if row.state == FlagState.OPEN and row.answer_due < self.now else ""

    def lines(self, link: Callable[[UUID], str]) -> Iterator[Iterable[object]]:
        """All of them for a file. No names: it leaves the clinic more easily than a page does, and the link leads to whoever may look."""
        yield COLUMNS
        for row in self.rows():
            reviewed = [self._written(row.reviewed_at), row.disposition] if self._is_reviewed(row) else ["", ""]
            yield (
                row.uuid, row.recovery, row.day, row.rule, as_text(self.about(row)), Urgency(row.urgency).word, row.observed, *_range(row),
                self._written(row.raised_at), self._written(row.answer_due), row.state, *reviewed, link(row.recovery),
            )  # fmt: skip

    def _written(self, moment: datetime | None) -> str:
        return self.clinic.local(moment).isoformat(timespec="seconds") if moment else ""


def _range(row: FlagRow) -> tuple[int | None, int | None]:
    # As stored: the norms of today may say something else.
    return (row.band["low"], row.band["high"]) if row.band else (None, None)
