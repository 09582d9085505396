"""Which logs an edit of the norms could judge differently: asked of the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from patients.models import Clinic, Flag, Log, NormVersion, Rating, Treatment
from patients.models.logs import Hit, LogQuerySet
from patients.models.norm_values import norms_of
from patients.models.treatments import TreatmentQuerySet
from recovery.timeline.impact import Reach, Touched, reach, touched
from recovery.timeline.norms import Norms

ASKED_ONE_BY_ONE = 6  # runs: each uses the index on the day; beyond it one pass over all ratings costs less


def candidates(
    clinic: Clinic, version: NormVersion, norms: Norms, since: datetime, movable: TreatmentQuerySet
) -> Mapping[int, Collection[int]]:
    """Days to judge again by treatment, of logs entered since then, and of `movable` ones of any age.

    On all other days every log is judged as it is stored.
    """
    # A day may be hit by several runs; a set judges it once.
    found: dict[int, set[int]] = defaultdict(set)
    older: dict[int, set[int]] = defaultdict(set)
    for treatment, day, is_recent in _hits(clinic, version, norms, since):
        (found if is_recent else older)[treatment].add(day)
    if older:
        for treatment in movable.values_list("pk", flat=True):
            if treatment in older:
                found[treatment] |= older[treatment]
    return found


def _hits(clinic: Clinic, version: NormVersion, norms: Norms, since: datetime) -> Iterator[Hit]:
    runs: set[Touched] = set()
    reaches: set[Reach] = set()
    for before, after in _pairs(clinic, version, norms):
        runs |= touched(before, after)
        reaches.add(reach(before, after))
    ratings = Rating.objects.of_clinic(clinic, version.protocol)
    for some in [[run] for run in runs] if len(runs) <= ASKED_ONE_BY_ONE else [runs]:
        yield from ratings.in_any(some).hits(since)
    logs = Log.objects.filter(clinic=clinic).under(version.protocol)
    for one in reaches:
        yield from _reached(logs, one, since)


def _reached(logs: LogQuerySet, one: Reach, since: datetime) -> Iterable[Hit]:
    if one.clusters_of:
        yield from logs.filter(pk__in=Flag.objects.together(one.clusters_of)).hits(since)
    if replace(one, clusters_of=0) != Reach():
        yield from logs.within(one).hits(since)


def _pairs(clinic: Clinic, version: NormVersion, norms: Norms) -> Iterator[tuple[Norms, Norms]]:
    """The norms before and after for each kind of patient that the clinic has under this protocol."""
    kinds = Treatment.objects.filter(clinic=clinic).following(version.protocol).order_by()
    for pinned, factors, baseline in kinds.values_list("norm_version", "factors", "baseline").distinct():
        # By kind and not by recovery: a clinic has thousands of recoveries, but few sets of factors and baselines.
        yield norms_of(pinned, factors, baseline), norms.adjusted(factors, baseline)
