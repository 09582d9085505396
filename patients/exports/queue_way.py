"""The way through the queue from one recovery: who stands before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

from patients.exports.queue import neighbours, place_of, waiting
from patients.exports.queue_ask import PLACES, own_query
from patients.exports.queue_filters import NO_FILTERS, Choices, QueueFilters
from patients.models import Treatment, User
from patients.models.queue import COUNTED_UP_TO


class Neighbour(NamedTuple):
    uuid: UUID
    name: str


@dataclass(frozen=True, slots=True)
class QueueWay:
    """`place`: “6 of 7”, or nothing where the queue is long or the recovery is not in it; `query`: of the queue one came from."""

    before: Neighbour | None = None
    after: Neighbour | None = None
    place: str = ""
    query: str = ""


def queue_way(user: User, treatment: Treatment, now: datetime, filters: QueueFilters = NO_FILTERS) -> QueueWay:
    """Five queries for a recovery with something open, none for others."""
    if treatment.open_since is None:
        return QueueWay(query=filters.as_query())
    ids = neighbours(user, treatment, now, filters)
    names = dict(Treatment.objects.filter(uuid__in=[uuid for uuid in ids if uuid]).values_list("uuid", "patient__user__name"))
    before, after = (Neighbour(uuid, names[uuid]) if uuid in names else None for uuid in ids)
    return QueueWay(before, after, _place(user, treatment, now, filters), filters.as_query())


def _place(user: User, treatment: Treatment, now: datetime, filters: QueueFilters) -> str:
    if treatment.snoozed_until and treatment.snoozed_until > now and not filters.snoozed:
        return ""
    found = waiting(user, now, filters).order_by()
    # Counted to an end: in a queue of thousands the number would cost more than it says.
    whole = found[: COUNTED_UP_TO + 1].count()
    if whole > COUNTED_UP_TO:
        return ""
    return f"{whole - found.behind(place_of(treatment, now)).count()} of {whole}"


def filters_of(query: str, user: User) -> QueueFilters:
    """The filters in an address's query; three queries where there are some. Raises NotNow for a value that the clinic does not have."""
    given = {name: value for name, value in parse_qsl(own_query(query)) if name not in PLACES}
    assert user.clinic is not None
    return QueueFilters.parse(given, Choices.of(user.clinic)) if given else NO_FILTERS
