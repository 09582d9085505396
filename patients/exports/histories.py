"""Stored logs as the engine's entries, many recoveries at a time: what judging again needs, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from patients.models import Log, Rating, Treatment
from recovery.timeline.compare import Entry

LOG_FIELDS = ("uuid", "treatment_id", "day", "signs", "asked_for_review", "improvement", "urgency", "entered_at")
CHUNK = 1000  # recoveries at a time: bounds the memory, and SQLite takes no more than 32,766 values in a query


@dataclass(slots=True)
class Recorded:
    """One recovery: its logs and their entries by day, and the ratings of the session before."""

    treatment: Treatment
    entries: dict[int, Entry] = field(default_factory=dict)
    logs: dict[int, Log] = field(default_factory=dict)
    last_session: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


def recorded(treatments: Collection[int]) -> Iterator[Recorded]:
    """The recoveries with these keys, each with all its logs."""
    keys = iter(sorted(treatments))
    while chunk := list(islice(keys, CHUNK)):
        yield from _chunk(chunk)


def _chunk(keys: list[int]) -> Iterator[Recorded]:
    fields = ("uuid", "clinic_id", "norm_version_id", "protocol_id", "factors", "baseline", "session_before_id")
    found = {t.pk: Recorded(t) for t in Treatment.objects.filter(pk__in=keys).only(*fields)}
    ratings = _ratings(keys)
    for log in Log.objects.filter(treatment__in=keys).only(
        "treatment_id", "day", "signs", "asked_for_review", "improvement", "urgency", "entered_at"
    ):
        one = found[log.treatment_id]
        one.logs[log.day] = log
        one.entries[log.day] = Entry(log.day, ratings.get(log.pk, {}), frozenset(log.signs), log.asked_for_review, log.improvement)
    _add_last_sessions(found.values())
    yield from found.values()


def _ratings(treatments: Collection[int]) -> dict[int, dict[str, int]]:
    """Severities by symptom, by log."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Rating.objects.filter(log__treatment__in=treatments).values_list("log_id", "symptom_id", "severity")
    for log, symptom, severity in rows.iterator(10_000):
        found[log][symptom] = severity
    return found


def _add_last_sessions(found: Collection[Recorded]) -> None:
    before = {one.treatment.session_before_id for one in found if one.treatment.session_before_id}
    if not before:
        return
    ratings: dict[int, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    rows = Rating.objects.filter(log__treatment__in=before).values_list("log__treatment_id", "log__day", "symptom_id", "severity")
    for treatment, day, symptom, severity in rows:
        ratings[treatment][day][symptom] = severity
    for one in found:
        one.last_session = ratings.get(one.treatment.session_before_id or 0, {})
