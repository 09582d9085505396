"""Stored logs as the engine's entries, thousands of recoveries at a time: what judging again needs, in few queries.

Rows are read as plain values: building a model for each log would cost more than judging it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q, TextField
from django.db.models.functions import Cast

from patients.models import Log, Rating, Treatment
from recovery.timeline.compare import Entry

CHUNK = 1000  # recoveries at a time: bounds the memory, and SQLite takes no more than 32,766 values in a query
NO_SIGNS: frozenset[str] = frozenset()


class LogRow(NamedTuple):
    """What the preview has to know of a stored log."""

    pk: int
    day: int
    urgency: int
    is_recent: bool


@dataclass(slots=True)
class Recorded:
    """One recovery: its logs and their entries by day, and the ratings of the session before."""

    treatment: Treatment
    entries: dict[int, Entry] = field(default_factory=dict)
    logs: dict[int, LogRow] = field(default_factory=dict)
    last_session: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


def recorded(treatments: Collection[int], last_day: int, since: datetime) -> Iterator[Recorded]:
    """The recoveries with these keys, each with its logs up to a day; those entered since then are recent."""
    keys = iter(sorted(treatments))
    while chunk := list(islice(keys, CHUNK)):
        yield from _chunk(chunk, last_day, since)


def _chunk(keys: list[int], last_day: int, since: datetime) -> Iterator[Recorded]:
    fields = ("clinic_id", "norm_version_id", "protocol_id", "factors", "baseline", "session_before_id")
    found = {t.pk: Recorded(t) for t in Treatment.objects.filter(pk__in=keys).only(*fields)}
    ratings = _ratings(keys, last_day)
    recent = ExpressionWrapper(Q(entered_at__gte=since), BooleanField())
    rows = Log.objects.filter(treatment__in=keys, day__lte=last_day).values_list(
        # As text: most logs have no signs, and then there is nothing to parse.
        *("treatment_id", "pk", "day", "urgency", recent, Cast("signs", TextField()), "asked_for_review", "improvement")
    )
    for treatment, pk, day, urgency, is_recent, signs, asked, improvement in rows.iterator(10_000):
        one = found[treatment]
        one.logs[day] = LogRow(pk, day, urgency, bool(is_recent))
        one.entries[day] = Entry(day, ratings[pk], NO_SIGNS if signs == "[]" else frozenset(json.loads(signs)), asked, improvement)
    _add_last_sessions(found.values())
    yield from found.values()


def _ratings(treatments: Collection[int], last_day: int) -> dict[int, dict[str, int]]:
    """Severities by symptom, by log."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Rating.objects.filter(log__treatment__in=treatments, log__day__lte=last_day).values_list("log_id", "symptom_id", "severity")
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
