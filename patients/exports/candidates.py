"""Which recoveries hold a rating that an edit of the norms could judge differently: asked of the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from patients.models import Clinic, Log, NormVersion, Rating, Treatment
from patients.models.norm_values import norms_of
from recovery.timeline.impact import Touched, needs_all, touched
from recovery.timeline.norms import Norms

ASKED_ONE_BY_ONE = 6  # runs: each uses the index on the day; beyond it one pass over all ratings costs less


def candidates(clinic: Clinic, version: NormVersion, norms: Norms, since: datetime, movable: Collection[int]) -> set[int]:
    """Keys of the treatments to judge again: of those with a log since then, and of the `movable` ones whatever their age."""
    runs: set[Touched] = set()
    for before, after in _pairs(clinic, version, norms):
        if needs_all(before, after):
            logs = Log.objects.filter(clinic=clinic).under(version.protocol)
            return set(logs.entered_since(since).values_list("treatment", flat=True)) | set(movable)
        runs |= touched(before, after)
    ratings = Rating.objects.of_clinic(clinic, version.protocol)
    found: set[int] = set()
    for asked in [[run] for run in runs] if len(runs) <= ASKED_ONE_BY_ONE else [list(runs)]:
        hit = ratings.in_any(asked)
        found |= set(hit.filter(log__entered_at__gte=since).values_list("log__treatment", flat=True))
        found |= set(hit.filter(log__treatment__in=movable).values_list("log__treatment", flat=True))
    return found


def _pairs(clinic: Clinic, version: NormVersion, norms: Norms) -> Iterator[tuple[Norms, Norms]]:
    """The norms before and after for each kind of patient that the clinic has under this protocol."""
    kinds = Treatment.objects.filter(clinic=clinic).following(version.protocol).order_by()
    for pinned, factors, baseline in kinds.values_list("norm_version", "factors", "baseline").distinct():
        yield norms_of(pinned, factors, baseline), norms.adjusted(factors, baseline)
