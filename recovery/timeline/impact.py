"""Which ratings two norm versions could judge differently: the little that a preview of an edit has to judge again.

A rule about a rating looks at the band of its day, at earlier ratings and at the settings. Where bands and settings are
the same, findings are the same, so only ratings of a (symptom, day, severity) whose bands differ can change anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, product

from recovery.timeline.compare import History, rating_findings
from recovery.timeline.norms import Band, Norms, RuleSettings, edges
from recovery.timeline.scale import Severity

GRADES = range(Severity.SEVERE + 1)
ONCE = (None, *GRADES)  # what an earlier rating may have been, None where there was none


@dataclass(frozen=True, slots=True)
class Touched:
    """Ratings of one symptom over a run of days whose findings may differ."""

    symptom: str
    first_day: int
    last_day: int
    severities: frozenset[int]


def touched(before: Norms, after: Norms) -> frozenset[Touched]:
    """The ratings that the two versions could judge differently; all others they judge alike, but for `reach`."""
    by_band = (
        Touched(symptom, first, last, severities)
        for symptom in {b.symptom for b in (*before.bands, *after.bands)}
        for first, last, old, new in _runs(symptom, before, after)
        # Under the new settings only: where the settings differ, `_rising` and `reach` add what that touches.
        if (severities := _differing(_bare(old), _bare(new), after.settings))
    )
    return frozenset([*by_band, *_rising(before, after)])


@dataclass(frozen=True, slots=True)
class Reach:
    """Beyond single ratings: which logs another number of a rule, or another urgency of a sign, can change."""

    clusters_of: int = 0  # logs with as many ratings above range; 0: none
    with_signs: bool = False
    with_improvement: bool = False
    with_session_before: bool = False


def reach(before: Norms, after: Norms) -> Reach:
    """What the settings and signs add to `touched`, which knows the bands and worsening."""
    old, new = before.settings, after.settings
    urgencies = [{code: sign.urgency for code, sign in norms.signs.items()} for norms in (before, after)]
    results = [(s.results_worse_from_day, s.results_unchanged_from_day) for s in (old, new)]
    return Reach(
        # The smaller size of the two: a log with fewer symptoms above range is raised by neither.
        clusters_of=max(1, min(old.cluster_size, new.cluster_size)) if old.cluster_size != new.cluster_size else 0,
        with_signs=urgencies[0] != urgencies[1],
        with_improvement=results[0] != results[1],
        with_session_before=old.last_session_step != new.last_session_step,
    )


def _worsening(settings: RuleSettings) -> tuple[object, ...]:
    return settings.worsening_symptoms, settings.worsening_from_day, settings.worsening_watch_step, settings.worsening_urgent_step


def _rising(before: Norms, after: Norms) -> Iterator[Touched]:
    """Where the numbers of the worsening rule differ: every rating that either version could call a rise."""
    old, new = before.settings, after.settings
    if _worsening(old) == _worsening(new):
        return
    least = min(old.worsening_watch_step, new.worsening_watch_step, old.worsening_urgent_step, new.worsening_urgent_step)
    first = min(old.worsening_from_day, new.worsening_from_day)
    # Whatever the earlier ratings were: a superset is judged again, never too little.
    for symptom in {*old.worsening_symptoms, *new.worsening_symptoms}:
        yield Touched(symptom, first, max(before.last_day, after.last_day), frozenset(g for g in GRADES if g >= least))


def _runs(symptom: str, before: Norms, after: Norms) -> Iterator[tuple[int, int, Band | None, Band | None]]:
    """The days of one symptom cut where either table changes, with both bands."""
    for first, behind in pairwise(edges([*before.bands_of(symptom), *after.bands_of(symptom)])):
        yield first, behind - 1, before.band(symptom, first), after.band(symptom, first)


def _bare(band: Band | None) -> Band | None:
    """The values alone, so that equal bands of other days are asked about once."""
    return None if band is None else replace(band, first_day=0, last_day=0, rationale="")


@lru_cache(maxsize=4096)
def _differing(before: Band | None, after: Band | None, settings: RuleSettings) -> frozenset[int]:
    """The severities for which some history gives other findings: asked of the rules themselves, not restated."""
    if before == after:
        return frozenset()
    return frozenset(severity for severity in GRADES if _outcomes(severity, before, settings) != _outcomes(severity, after, settings))


def _outcomes(severity: int, band: Band | None, settings: RuleSettings) -> list[list[tuple[str, int]]]:
    """Rule and urgency of every finding, for each history that matters and before and after worsening counts."""
    if band is None:
        # Unlike the list of a band that finds nothing: a band that comes or goes touches every grade, as without one
        # not even the session before is compared with.
        return []
    return [
        [(f.rule, f.urgency) for f in rating_findings(day, severity, band, _history(band.symptom, previous, lowest), settings, {})]
        # Other days behave like one of these two; the session before is judged the same whatever the band says.
        for day in (0, settings.worsening_from_day)
        for previous, lowest in product(ONCE, ONCE)
    ]


def _history(symptom: str, previous: int | None, lowest: int | None) -> History:
    return History(
        {} if previous is None else {symptom: previous},
        {} if lowest is None else {symptom: lowest},
        # On which day the lowest was changes words only.
        {symptom: 0},
    )
