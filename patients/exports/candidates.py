"""Which recoveries hold a log that an edit of the norms could judge differently: asked of the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from patients.models import Clinic, Log, NormVersion, Rating, Treatment
from patients.models.norm_values import norms_of
from patients.models.norms import MOST_DAY
from recovery.timeline.impact import Reach, Touched, reach, touched
from recovery.timeline.norms import Norms

ASKED_ONE_BY_ONE = 6  # runs: each uses the index on the day; beyond it one pass over all ratings costs less

Hits = Collection[tuple[int, bool]]  # a treatment, and whether the log was entered in the period


class ToJudge(NamedTuple):
    """Keys of the treatments to judge again, and the days: outside them every log is judged as it is stored."""

    treatments: set[int]
    first_day: int
    last_day: int


def candidates(clinic: Clinic, version: NormVersion, norms: Norms, since: datetime, movable: Collection[int]) -> ToJudge:
    """Treatments with such a log entered since then, and `movable` ones with one of any age."""
    runs: set[Touched] = set()
    reaches = {Reach()}
    for before, after in _pairs(clinic, version, norms):
        runs |= touched(before, after)
        reaches.add(reach(before, after))
    ratings = Rating.objects.of_clinic(clinic, version.protocol)
    asked = [[run] for run in runs] if len(runs) <= ASKED_ONE_BY_ONE else [list(runs)]
    hits: list[Hits] = [ratings.in_any(some).hits(since) for some in asked]
    logs = Log.objects.filter(clinic=clinic).under(version.protocol)
    hits += [logs.within(one).hits(since) for one in reaches - {Reach()}]
    found = {treatment for some in hits for treatment, is_recent in some if is_recent or treatment in movable}
    if reaches != {Reach()}:
        return ToJudge(found, 0, MOST_DAY)
    return ToJudge(found, min((r.first_day for r in runs), default=0), max((r.last_day for r in runs), default=0))


def _pairs(clinic: Clinic, version: NormVersion, norms: Norms) -> Iterator[tuple[Norms, Norms]]:
    """The norms before and after for each kind of patient that the clinic has under this protocol."""
    kinds = Treatment.objects.filter(clinic=clinic).following(version.protocol).order_by()
    for pinned, factors, baseline in kinds.values_list("norm_version", "factors", "baseline").distinct():
        yield norms_of(pinned, factors, baseline), norms.adjusted(factors, baseline)
