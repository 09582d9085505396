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

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from patients.models import Log, Rating, Treatment
from patients.models.logs import as_number, grades
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


def recorded(days_of: Mapping[int, Collection[int]], since: datetime) -> Iterator[Collection[Recorded]]:
    """The recoveries with these keys, some at a time, with their logs up to the last day asked for; those entered since then are recent."""
    # Later logs cannot change how these days are judged; earlier ones can, so none of them is left out.
    last_day = max((max(days) for days in days_of.values()), default=0)
    keys = iter(sorted(days_of))
    while chunk := list(islice(keys, CHUNK)):
        yield _chunk(chunk, last_day, since)


def _chunk(keys: list[int], last_day: int, since: datetime) -> Collection[Recorded]:
    fields = ("clinic_id", "norm_version_id", "protocol_id", "factors", "baseline", "session_before_id")
    found = {t.pk: Recorded(t) for t in Treatment.objects.filter(pk__in=keys).only(*fields)}
    recent, asked_for_review = as_number(Q(entered_at__gte=since)), as_number(Q(asked_for_review=True))
    rows = Log.objects.filter(treatment__in=keys, day__lte=last_day).values_list(
        # As text: most logs have no signs, and then there is nothing to parse.
        *("treatment_id", "pk", "day", "urgency", recent, Cast("signs", TextField()), asked_for_review, "improvement", grades())
    )
    # iterator(): the driver hands rows over in portions, or the whole chunk would be in memory twice.
    for treatment, pk, day, urgency, is_recent, signs, asked, improvement, said in rows.iterator(10_000):
        one = found[treatment]
        one.logs[day] = LogRow(pk, day, urgency, bool(is_recent))
        is_signed = signs != "[]"
        one.entries[day] = Entry(day, _severities(said), frozenset(json.loads(signs)) if is_signed else NO_SIGNS, bool(asked), improvement)
    _add_last_sessions(found.values())
    return found.values()


def _severities(grades: str | None) -> dict[str, int]:
    """By symptom, from “redness3,swelling0”."""
    return {said[:-1]: int(said[-1]) for said in grades.split(",")} if grades else {}


def _add_last_sessions(found: Collection[Recorded]) -> None:
    before = {one.treatment.session_before_id for one in found if one.treatment.session_before_id}
    if not before:
        return
    ratings: dict[int, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    rows = Rating.objects.filter(log__treatment__in=before).values_list("log__treatment_id", "log__day", "symptom_id", "severity")
    for treatment, day, symptom, severity in rows:
        ratings[treatment][day][symptom] = severity
    for one in found:
        # Shared, not copied: the engine only reads it.
        one.last_session = ratings.get(one.treatment.session_before_id or 0, {})
