"""One log against the norms of its day: values in, findings out, always the same for the same input.

Each rule about a rating is a `Limit`: the lowest severity that would flag. The finding's urgency and its
counterfactual both follow from the limits, so they cannot disagree.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from recovery.timeline.norms import Band, Norms, RuleSettings
from recovery.timeline.scale import MOST_DAY, Rule, Severity, Urgency

NEVER = Severity.SEVERE + 1  # a limit no severity reaches
IMPROVEMENT_UNCHANGED, IMPROVEMENT_WORSE = 4, 5  # Global Aesthetic Improvement Scale, SkinPen manual p. 5
EVERY_DAY = range(MOST_DAY + 1)
WHOLE_LOG = "log"  # subject of a finding that is about no single symptom or sign


@dataclass(frozen=True, slots=True)
class Entry:
    """What a patient said of one day: severity by symptom code, codes of signs; improvement is GAIS 1–5."""

    day: int
    ratings: Mapping[str, int]
    signs: frozenset[str] = frozenset()
    asked_for_review: bool = False
    improvement: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier rating that a finding compares with."""

    day: int
    severity: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What the comparison says of one rating, sign or request.

    `counterfactual` is the highest severity of this symptom that no rule would have flagged here.
    """

    day: int
    rule: Rule
    subject: str
    urgency: Urgency
    observed: int | None = None
    band: Band | None = None
    counterfactual: int | None = None
    reference: Reference | None = None
    raised_by: Rule | None = None

    @property
    def distance(self) -> int:
        """Grades outside the band: positive above high, negative below low, 0 inside or without a band."""
        if self.band is None or self.observed is None:
            return 0
        return max(self.observed - self.band.high, 0) + min(self.observed - self.band.low, 0)


@dataclass(slots=True)
class History:
    """What the earlier logs of a recovery say of each symptom."""

    previous: dict[str, int] = field(default_factory=dict)
    lowest: dict[str, int] = field(default_factory=dict)
    lowest_on: dict[str, int] = field(default_factory=dict)  # its day

    def add(self, entry: Entry) -> None:
        self.previous.update(entry.ratings)
        lowest, day = self.lowest, entry.day
        for symptom, severity in entry.ratings.items():
            # "<=": of equal lows the latest is named, which is the one people remember.
            if severity <= lowest.get(symptom, severity):
                lowest[symptom], self.lowest_on[symptom] = severity, day

    def lowest_of(self, symptom: str) -> Reference | None:
        return Reference(self.lowest_on[symptom], self.lowest[symptom]) if symptom in self.lowest else None


class Limit(NamedTuple):
    """From which severity a rule flags: watch, and urgent."""

    rule: Rule
    watch_from: int
    urgent_from: int = NEVER
    reference: Reference | None = None

    def urgency(self, severity: int) -> Urgency:
        if severity >= self.urgent_from:
            return Urgency.URGENT
        return Urgency.WATCH if severity >= self.watch_from else Urgency.EXPECTED


def compare(log: Entry, earlier: Iterable[Entry], norms: Norms, last_session: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """The findings of note or higher of one log.

    `earlier`: logs of the same recovery, in any order; those of the same or a later day are left out.
    `last_session`: ratings of the same day of the treatment before, if there was one.
    Ratings past the norms' last day are compared with nothing.
    """
    history = History()
    for entry in sorted((e for e in earlier if e.day < log.day), key=lambda e: e.day):
        history.add(entry)
    return _judge(log, history, norms, last_session or {})


def compare_course(
    logs: Iterable[Entry], norms: Norms, last_session: Mapping[int, Mapping[str, int]] | None = None, days: Container[int] = EVERY_DAY
) -> dict[int, tuple[Finding, ...]]:
    """The findings of the logs of one recovery on some days, by day; what `compare` gives for each, in one pass."""
    history, found = History(), {}
    for entry in sorted(logs, key=lambda e: e.day):
        if entry.day in days:
            # Judged before it joins the history: a rating is never compared with itself.
            found[entry.day] = _judge(entry, history, norms, (last_session or {}).get(entry.day, {}))
        history.add(entry)
    return found


def _judge(log: Entry, history: History, norms: Norms, last_session: Mapping[str, int]) -> tuple[Finding, ...]:
    ratings: list[Finding] = []
    for symptom, severity in sorted(log.ratings.items()):
        band = norms.band(symptom, log.day)
        # Past the table nothing is said, neither good nor bad; most of the other ratings are calm and end here.
        if band is not None and not _is_calm(severity, band, history, last_session):
            ratings += rating_findings(log.day, severity, band, history, norms.settings, last_session)
    found = _raise_cluster(ratings, norms.settings.cluster_size)
    # Never through the bands: a sign counts on any day, past the table too.
    found += [Finding(log.day, Rule.WARNING_SIGN, code, norms.sign(code).urgency) for code in sorted(log.signs)]
    if log.asked_for_review:
        found.append(Finding(log.day, Rule.ASKED_FOR_REVIEW, WHOLE_LOG, Urgency.WATCH))
    found += _results(log, norms.settings)
    if not found:
        return ()
    # A fixed order makes the same input give the same output to the letter.
    return tuple(sorted(found, key=lambda f: (-f.urgency, -f.distance, f.rule, f.subject)))


def rating_findings(
    day: int, severity: int, band: Band, history: History, settings: RuleSettings, last_session: Mapping[str, int]
) -> list[Finding]:
    """What the rules about ratings say of one rating, before the other symptoms of the day are looked at."""
    limits = [limit for limit in _limits(day, band, history, settings, last_session) if limit is not None]
    # Over all rules: what one of them lets pass, another may still flag.
    unflagged = min(min(limit.watch_from, limit.urgent_from) for limit in limits) - 1
    found = [
        Finding(day, limit.rule, band.symptom, urgency, severity, band, unflagged, limit.reference)
        for limit in limits
        if (urgency := limit.urgency(severity)).is_flag
    ]
    # What is above the band without a flag can only be a lone trace.
    above = any(f.rule is Rule.ABOVE_RANGE for f in found)
    if severity > band.high and not above:
        found.append(Finding(day, Rule.ABOVE_RANGE, band.symptom, Urgency.NOTE, severity, band, unflagged))
    if severity < band.low:
        found.append(Finding(day, Rule.BELOW_RANGE, band.symptom, Urgency.NOTE, severity, band, unflagged))
    return found


def _is_calm(severity: int, band: Band, history: History, last_session: Mapping[str, int]) -> bool:
    """Inside the band, not above the lowest so far nor the last session: no limit can be reached. Most ratings are."""
    if not band.low <= severity <= band.high:
        return False
    # Both rules about rises count steps of at least one grade, which the proof holds, so no rise means no limit.
    return severity <= history.lowest.get(band.symptom, severity) and severity <= last_session.get(band.symptom, severity)


def _limits(day: int, band: Band, history: History, settings: RuleSettings, last_session: Mapping[str, int]) -> list[Limit | None]:
    previous = history.previous.get(band.symptom)
    return [
        _above_range(band, previous),
        _worsening(day, band, previous, history, settings),
        _worse_than_last_session(day, last_session.get(band.symptom), settings),
    ]


def _above_range(band: Band, previous: int | None) -> Limit:
    # A trace noticed once is noise; the same trace on the next log is not.
    lone_trace = band.high == Severity.NONE and not previous
    watch_from = band.high + (2 if lone_trace else 1)
    # A lone trace stays a note also where urgent-above is 0: the watch is never later than the urgent.
    urgent_from = NEVER if band.urgent_above is None else max(band.urgent_above + 1, watch_from)
    return Limit(Rule.ABOVE_RANGE, watch_from, urgent_from)


def _worsening(day: int, band: Band, previous: int | None, history: History, settings: RuleSettings) -> Limit | None:
    if day < settings.worsening_from_day or band.symptom not in settings.worsening_symptoms:
        return None
    lowest = history.lowest_of(band.symptom)
    if lowest is None:
        return None
    watch_from = lowest.severity + settings.worsening_watch_step
    urgent_from = lowest.severity + settings.worsening_urgent_step
    # One grade up for one day happens; one grade up that stays is worth a look.
    held = previous == watch_from and watch_from > band.typical
    return Limit(Rule.WORSENING, watch_from if held else urgent_from, urgent_from, lowest)


def _worse_than_last_session(day: int, then: int | None, settings: RuleSettings) -> Limit | None:
    if then is None:
        return None
    return Limit(Rule.WORSE_THAN_LAST_SESSION, then + settings.last_session_step, reference=Reference(day, then))


def _raise_cluster(findings: list[Finding], size: int) -> list[Finding]:
    """Several symptoms above range on one day raise each other's watch to urgent; lone traces do not count."""
    # Above the band only: a rise inside it is judged by its own rule.
    above = {f.subject for f in findings if f.rule is Rule.ABOVE_RANGE and f.urgency.is_flag}
    if len(above) < size:
        return findings
    return [
        replace(f, urgency=Urgency.URGENT, raised_by=Rule.CLUSTER) if f.rule is Rule.ABOVE_RANGE and f.urgency is Urgency.WATCH else f
        for f in findings
    ]


def _results(log: Entry, settings: RuleSettings) -> list[Finding]:
    """No change is a note only after months; worse is a watch from a month on."""
    if log.improvement == IMPROVEMENT_WORSE and log.day >= settings.results_worse_from_day:
        return [Finding(log.day, Rule.RESULTS, WHOLE_LOG, Urgency.WATCH, observed=log.improvement)]
    if log.improvement == IMPROVEMENT_UNCHANGED and log.day >= settings.results_unchanged_from_day:
        return [Finding(log.day, Rule.RESULTS, WHOLE_LOG, Urgency.NOTE, observed=log.improvement)]
    return []
