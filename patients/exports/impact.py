"""What an edit of the norms would change, found out by judging again with the engine; nothing is written.

Only logs that the edit can touch are judged (`recovery.timeline.impact`); every id and every count is exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from patients.actions.flags import settle
from patients.actions.moves import to_move
from patients.exports.candidates import candidates
from patients.exports.histories import LogRow, Recorded, recorded
from patients.models import Clinic, Flag, Log, NormVersion, Treatment
from patients.models.norm_values import norms_of
from recovery.timeline.compare import Finding, compare_course
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Urgency

USUAL_DAYS = 90  # how far back a preview looks unless told
PERIODS = {30: "the last 30 days", 90: "the last 90 days", 365: "the last year", 3650: "the last ten years"}

Findings = Mapping[int, tuple[Finding, ...]]
FlagKey = tuple[int, str, str]  # log, rule, subject


@dataclass(frozen=True, slots=True)
class Changed:
    """One log whose urgency would change; `causes`: subject and observed grade of the findings that differ."""

    log: LogRow
    treatment: int
    old: Urgency
    new: Urgency
    causes: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What moving one running recovery would do to its open flags."""

    treatment: int
    before: frozenset[FlagKey]
    after: frozenset[FlagKey]

    @property
    def gained(self) -> frozenset[FlagKey]:
        return self.after - self.before

    @property
    def lost(self) -> frozenset[FlagKey]:
        return self.before - self.after


@dataclass(slots=True)
class Effect:
    """The preview of one edit: logs of a period, and the running recoveries if they were moved."""

    days: int  # how far the period reaches back
    logs: int  # entered in the period
    flagged: int  # of them, of urgency watch or higher as it is now
    span: int  # days the logs of the period spread over
    running: int = 0  # recoveries that could be moved
    changes: list[Changed] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)  # those whose open flags would differ

    @property
    def gained(self) -> int:
        return sum(c.new.is_flag > c.old.is_flag for c in self.changes)

    @property
    def lost(self) -> int:
        return sum(c.new.is_flag < c.old.is_flag for c in self.changes)

    @property
    def flagged_after(self) -> int:
        return self.flagged + self.gained - self.lost

    @property
    def a_day(self) -> tuple[float, float]:
        """Logs a day that ask for a clinician: one item of the queue each, before and after."""
        return self.flagged / self.span, self.flagged_after / self.span


def effect(clinic: Clinic, version: NormVersion, norms: Norms, days: int, now: datetime | None = None) -> Effect:
    """What `norms` would say of a clinic's logs entered in the last `days` days, and of its running recoveries.

    `version`: the draft, or the published version, that the norms stand for. Logs are those of every recovery under its
    protocol, whatever version it follows; "before" is what is stored.
    """
    now = now or timezone.now()
    since = now - timedelta(days=days)
    movable = to_move(clinic, version, norms).order_by()
    found = _counted(clinic, version, since, now, days)
    found.running = movable.count()
    judge = _Judge(version, norms)
    days_of = candidates(clinic, version, norms, since, movable)
    for some in recorded(days_of, since):
        judged = [(one, judge.anew(one, days_of[one.treatment.pk])) for one in some]
        for one, findings in judged:
            found.changes += judge.changes(one, findings)
        keys = set(movable.filter(pk__in=[one.treatment.pk for one in some]).values_list("pk", flat=True))
        found.moved += _moved([pair for pair in judged if pair[0].treatment.pk in keys], version, now)
    return found


def _counted(clinic: Clinic, version: NormVersion, since: datetime, now: datetime, days: int) -> Effect:
    logs = Log.objects.filter(clinic=clinic).entered_since(since)
    # Asking of every log whose recovery it belongs to costs more than counting it: a clinic with one protocol is spared that.
    if Treatment.objects.filter(clinic=clinic).exclude(protocol__in=version.protocol.followed).exists():
        logs = logs.under(version.protocol)
    counts = logs.counted()
    first = counts["first"] or now
    # A clinic that began last week has a week of logs: divided by 90 days its queue would look empty.
    return Effect(days, counts["logs"], counts["flagged"], span=max((now - max(first, since)).days, 1))


class _Judge:
    """Judges recoveries under the norms of the preview, each patient's adjusted once."""

    def __init__(self, version: NormVersion, norms: Norms) -> None:
        self.version, self.norms = version, norms
        self.adjusted: dict[tuple[object, ...], Norms] = {}

    def anew(self, one: Recorded, days: Container[int]) -> Findings:
        factors, baseline = one.treatment.factors, one.treatment.baseline
        key = (*sorted(factors), *sorted(baseline.items()))
        if key not in self.adjusted:
            self.adjusted[key] = self.norms.adjusted(factors, baseline)
        return compare_course(one.entries.values(), self.adjusted[key], one.last_session, days)

    def changes(self, one: Recorded, findings: Findings) -> Iterator[Changed]:
        changed = [
            (one.logs[day], new)
            for day, found in findings.items()
            if one.logs[day].is_recent and (new := most_urgent(found)) != one.logs[day].urgency
        ]
        if not changed:
            return
        t = one.treatment
        # The stored urgency says that it changed; why is asked of the norms that gave it, and only of logs that changed.
        pinned = norms_of(t.norm_version_id, t.factors, t.baseline)
        stood = compare_course(one.entries.values(), pinned, one.last_session, {log.day for log, _ in changed})
        for log, new in changed:
            yield Changed(log, t.pk, Urgency(log.urgency), new, _causes(stood[log.day], findings[log.day]))


def most_urgent(findings: Iterable[Finding]) -> Urgency:
    return max((f.urgency for f in findings), default=Urgency.EXPECTED)


def _causes(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[tuple[str, int | None], ...]:
    """The symptoms and signs that are judged differently, whatever the other findings of the log say."""
    said = [{(f.rule, f.subject, f.urgency): f for f in findings} for findings in (before, after)]
    differ = [said[i][key] for i in (0, 1) for key in said[i].keys() - said[1 - i].keys()]
    return tuple(sorted({(f.subject, f.observed) for f in differ}, key=str))


def _moved(moving: list[tuple[Recorded, Findings]], version: NormVersion, now: datetime) -> Iterator[Moved]:
    """The same decision about flags that a move makes, without its writes."""
    unlike = []
    standing = _standing(moving)
    for one, findings in moving:
        mine = standing[one.treatment.pk]
        wanted = {(one.logs[day].pk, f.rule.value, f.subject) for day, found in findings.items() for f in found if f.urgency.is_flag}
        if not wanted <= mine.keys():
            unlike.append((one, findings))
            continue
        # Each flag hands its review to its successor, so nothing opens; what is raised no more closes.
        judged = {one.logs[day].pk for day in findings}
        before = frozenset(key for key, is_open in mine.items() if is_open)
        after = frozenset(key for key in before if key in wanted or key[0] not in judged)
        if before != after:
            yield Moved(one.treatment.pk, before, after)
    yield from _settled(unlike, version, now)


def _standing(moving: list[tuple[Recorded, Findings]]) -> Mapping[int, Mapping[FlagKey, bool]]:
    """By treatment: the flags that stand, and whether each is open."""
    found: dict[int, dict[FlagKey, bool]] = defaultdict(dict)
    live = Flag.objects.live().filter(treatment__in=[one.treatment.pk for one, _ in moving])
    for treatment, log, rule, subject, review in live.values_list("treatment_id", "log_id", "rule", "subject", "review_id"):
        found[treatment][log, rule, subject] = review is None
    return found


def _settled(unlike: list[tuple[Recorded, Findings]], version: NormVersion, now: datetime) -> Iterator[Moved]:
    """Where a flag is new, an older review may cover it: settling decides."""
    flags = _by_treatment(Flag.objects.filter(treatment__in=[one.treatment.pk for one, _ in unlike]).with_day().for_settling())
    for one, findings in unlike:
        mine = flags[one.treatment.pk]
        before = frozenset(_key(f) for f in mine if f.withdrawn_at is None and f.review_id is None)
        # In memory only: settle() makes new flags under the version of the treatment.
        one.treatment.norm_version = version
        after = frozenset(_key(f) for f in settle(one.treatment, mine, findings, one.logs, now).still_open)
        if before != after:
            yield Moved(one.treatment.pk, before, after)


def _by_treatment(flags: Iterable[Flag]) -> dict[int, list[Flag]]:
    found: dict[int, list[Flag]] = defaultdict(list)
    for flag in flags:
        found[flag.treatment_id].append(flag)
    return found


def _key(flag: Flag) -> FlagKey:
    return flag.log_id, flag.rule, flag.subject
