"""What the flags were worth: flags per log, what became of them, and how many led to action, by rule, symptom and day.

A period is that of the logs: the flags of the logs entered in it, and whatever became of them since. So a rate never
divides the flags of one time by the logs of another. One grouped query counts; the tables are sums of its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Case, Count, Q, Value, When
from django.utils.safestring import SafeString, mark_safe

from patients.exports import words
from patients.exports.adherence import Kept, adherence
from patients.exports.waits import Waits, waits
from patients.models import Clinic, Flag, FlagState, Log, Symptom, WarningSign
from patients.models.flags import FlagQuerySet
from recovery.timeline.compare import WHOLE_LOG
from recovery.timeline.proportion import ENOUGH, Share
from recovery.timeline.scale import MOST_DAY, Disposition, Rule

PERIODS = {"30": "the last 30 days", "90": "the last 90 days", "365": "the last year", "all": "the whole time"}
USUAL_PERIOD = "90"
DAYS = {"0-3": (0, 3), "4-7": (4, 7), "8-28": (8, 28), "29-": (29, MOST_DAY)}
DAY_WORDS = {"0-3": "Days 0 to 3", "4-7": "Days 4 to 7", "8-28": "Days 8 to 28", "29-": "Day 29 and later"}


@dataclass(slots=True)
class Tally:
    """What became of some flags: the first three make up all of them, and `action` is a part of `reviewed`."""

    open: int = 0
    covered: int = 0
    reviewed: int = 0
    action: int = 0

    @property
    def flags(self) -> int:
        return self.open + self.covered + self.reviewed

    @property
    def share(self) -> Share:
        return Share(self.action, self.reviewed)

    @property
    def parts(self) -> list[tuple[str, int, str]]:
        """Each count with the state that lists it, and as it is said; all of them are listed without a state."""
        counts = [("", self.flags), *((state, getattr(self, state)) for state in ("open", "covered", "reviewed", "action"))]
        return [(state, count, f"{count:,}") for state, count in counts]

    @property
    def bar(self) -> SafeString:
        """The interval as a band from 0 to 100 %, with a mark at the share."""
        low, high = (round(86 * edge, 1) for edge in self.share.interval)
        at = 1 + 86 * self.share.value
        return mark_safe(  # noqa: S308 - numbers only
            '<svg class="rng" viewBox="0 0 88 18" aria-hidden="true"><rect class="cell" x="1" y="2.5" width="86" height="13"/>'
            f'<rect class="in" x="{1 + low:.1f}" y="2.5" width="{high - low:.1f}" height="13"/>'
            f'<rect class="pt" x="{at - 1:.1f}" y="2.5" width="2" height="13"/></svg>'
        )


class Row(NamedTuple):
    """`code`: the value of the filter that lists these flags."""

    code: str
    name: str
    tally: Tally


class Table(NamedTuple):
    """`filter`: the name of the filter that its codes are values of."""

    filter: str
    title: str
    head: str
    rows: list[Row]


@dataclass(slots=True)
class Insights:
    """All that the page says; `reviews`: those that answered the flags, one review often answers several."""

    period: str
    logs: int
    recoveries: int
    waits: Waits
    adherence: list[Kept]
    total: Tally = field(default_factory=Tally)
    withdrawn: int = 0
    tables: list[Table] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """What comes first on the page."""
        when = "Up to now" if self.period == "all" else f"In {PERIODS[self.period]}"
        if not self.logs:
            return f"{when} no log was entered."
        flags = f"{self.total.flags:,} flag{'s were' if self.total.flags != 1 else ' was'}" if self.total.flags else "no flag was"
        said = f"{when} {flags} raised on {self.logs:,} log{'s' if self.logs != 1 else ''}"
        if not self.total.flags:
            return f"{said}."
        share = self.total.share
        if not share.is_enough:
            return f"{said}; too few are reviewed to say how many led to action: {share.of} of the {ENOUGH} it takes."
        return f"{said}; {share.in_ten} {'of the ' if share.in_ten in ('none', 'all') else ''}reviewed flags led to action."

    @property
    def period_words(self) -> str:
        return PERIODS[self.period]

    @property
    def facts(self) -> dict[str, str]:
        """The numbers under the sentence, as they are said."""
        counts = {"logs": self.logs, "recoveries": self.recoveries, "flags": self.total.flags}
        counts |= {"reviews": self.waits.reviews, "reviewed": self.total.reviewed, "withdrawn": self.withdrawn}
        return {name: f"{count:,}" for name, count in counts.items()}

    @property
    def rate(self) -> float:
        """Flags for each hundred logs."""
        return 100 * self.total.flags / self.logs


def since_of(period: str, now: datetime) -> datetime | None:
    return None if period == "all" else now - timedelta(days=int(period))


def insights(clinic: Clinic, period: str, now: datetime) -> Insights:
    """Everything in six queries, whatever the size."""
    since = since_of(period, now)
    logs = Log.objects.filter(clinic=clinic)
    logs = logs.entered_since(since) if since else logs
    counts = logs.order_by().aggregate(logs=Count("pk"), recoveries=Count("treatment", distinct=True))
    first = clinic.local(since).date() if since else None
    flags = Flag.objects.on_logs_of(clinic, since).with_state()
    found = Insights(period, counts["logs"], counts["recoveries"], waits(flags, now), adherence(clinic, first, clinic.today()))
    _count(found, _grouped(flags), subjects_of(clinic))
    return found


class Group(NamedTuple):
    """Flags that are alike in all that the page asks."""

    rule: str
    subject: str
    days: str
    state: str
    disposition: str | None
    flags: int


def _grouped(flags: FlagQuerySet) -> list[Group]:
    """A few hundred rows at most."""
    ranges = Case(*[When(log__day__range=span, then=Value(code)) for code, span in DAYS.items()])
    columns = flags.order_by().annotate(days=ranges).values_list("rule", "subject", "days", "state", "review__disposition")
    return [Group(*row) for row in columns.annotate(count=Count("pk"))]


def _count(found: Insights, groups: Iterable[Group], names: dict[str, str]) -> None:
    by: dict[str, dict[str, Tally]] = {name: defaultdict(Tally) for name in ("rule", "symptom", "days")}
    for group in groups:
        if group.state == FlagState.WITHDRAWN:
            found.withdrawn += group.flags
            continue
        for tally in (found.total, by["rule"][group.rule], by["symptom"][group.subject], by["days"][group.days]):
            setattr(tally, group.state, getattr(tally, group.state) + group.flags)
            if group.state == FlagState.REVIEWED and Disposition(group.disposition or "").led_to_action:
                tally.action += group.flags
    found.tables = [
        Table("rule", "By rule", "Rule", _rows(by["rule"], lambda c: Rule(c).words.capitalize())),
        Table("symptom", "By symptom or warning sign", "About", _rows(by["symptom"], lambda c: words.shortened(names.get(c, c), 40))),
        # In their own order: days are looked up, not ranked.
        Table("days", "By day of the recovery", "Days", [Row(c, DAY_WORDS[c], by["days"][c]) for c in DAYS if c in by["days"]]),
    ]


def _rows(tallies: dict[str, Tally], name: Callable[[str], str]) -> list[Row]:
    """The commonest first."""
    rows = [Row(code, name(code), tally) for code, tally in tallies.items()]
    return sorted(rows, key=lambda row: (-row.tally.flags, row.name))


def subjects_of(clinic: Clinic) -> dict[str, str]:
    """What the clinic's flags can be about, by code: symptoms, the signs of its protocols and the shared ones, the log as a whole."""
    signs = WarningSign.objects.filter(Q(version__protocol__clinic=None) | Q(version__protocol__clinic=clinic))
    signs = signs.filter(version__published_at__isnull=False)
    # One query; by number, so that the newest wording of a sign is the one that is kept.
    rows = signs.order_by().values_list("code", "label", "version__number")
    rows = rows.union(Symptom.objects.order_by().values_list("code", "name", Value(0)))
    names = {code: name for code, name, _ in sorted(rows, key=lambda row: (row[2], row[1]))}
    return names | {WHOLE_LOG: "The log as a whole"}
