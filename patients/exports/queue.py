"""The rows of the clinician's queue as read: a page in order, and each row's place in it.

Fifty rows are read as tuples: building models costs more than all the rest. patients.exports.queue_rows prints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from patients.exports.moments import read_moment, write_moment
from patients.exports.queue_filters import NO_FILTERS, QueueFilters
from patients.models import Treatment, User
from patients.models.norm_values import norms_of
from patients.models.queue import Place
from patients.models.treatments import TreatmentQuerySet
from recovery.timeline.norms import Norms
from recovery.timeline.rank import Ranked, is_overdue

PAGE = 50


class Waiting(NamedTuple):
    """A recovery that needs review, as read."""

    pk: int
    uuid: UUID
    open_urgency: int
    open_asked: bool
    open_distance: int
    open_since: datetime
    answer_due: datetime
    snoozed_until: datetime | None
    open_reasons: list[dict[str, Any]]
    open_lead: str
    assigned_to_id: int | None
    treated_on: date
    session_number: int
    norm_version_id: UUID
    factors: list[str]
    baseline: dict[str, int]
    time_zone: str
    name: str
    protocol: str
    assigned_to: str | None

    @property
    def norms(self) -> Norms:
        return norms_of(self.norm_version_id, self.factors, self.baseline)


COLUMNS = (*Waiting._fields[:16], "patient__time_zone", "patient__user__name", "protocol__name", "assigned_to__name")


def page(user: User, now: datetime, after: Place | None = None, filters: QueueFilters = NO_FILTERS) -> list[Waiting]:
    """One page in the order of `now`, most urgent first; one row more than a page when there is a next one."""
    found = waiting(user, now, filters)
    if after:
        found = found.behind(after)
    # The keys first, from the index alone: what the rows say and whose they are is read for one page only.
    # One more than is shown tells of a next page without a count over the whole queue.
    keys = found.first_things_first(now).values("pk")[: PAGE + 1]
    return read(Treatment.objects.filter(pk__in=keys).first_things_first(now))


def read(rows: TreatmentQuerySet) -> list[Waiting]:
    return [Waiting(*row) for row in rows.values_list(*COLUMNS)]


def waiting(user: User, now: datetime, filters: QueueFilters = NO_FILTERS) -> TreatmentQuerySet:
    """What this person's queue holds; those that are snoozed where the filters ask for them."""
    found = Treatment.objects.visible_to(user).needing_review()
    found = found.snoozed(now) if filters.snoozed else found.awake(now)
    return filters.narrow(found, user, now)


def neighbours(user: User, row: Treatment, now: datetime, filters: QueueFilters = NO_FILTERS) -> tuple[UUID | None, UUID | None]:
    """The public ids of the rows before and after one, as it stands in this queue now; None at the ends."""
    assert row.open_since is not None
    place = place_of(row, now)
    found = waiting(user, now, filters)
    return _first_of(found.next_ahead(place)), _first_of(found.next_behind(place))


def _first_of(steps: Iterable[TreatmentQuerySet]) -> UUID | None:
    # The key first, from the index alone: with another column asked for, rows would be read only to be left out.
    firsts = (Treatment.objects.filter(pk__in=rows.values("pk")[:1]).values_list("uuid", flat=True).first() for rows in steps)
    return next((uuid for uuid in firsts if uuid), None)


def place_of(row: Ranked, now: datetime) -> Place:
    """Where a row stands in the order of `now`, to go on behind it."""
    assert row.open_since is not None
    return Place(now, row.open_urgency, row.open_asked, is_overdue(row, now), row.open_distance, row.open_since, row.pk)


def write_place(place: Place) -> str:
    """For an address; `read_place` takes it back."""
    now, urgency, asked, overdue, distance, since, pk = place
    return f"{urgency}_{int(asked)}_{int(overdue)}_{distance}_{write_moment(since)}_{pk}_{write_moment(now)}"


def read_place(text: str) -> Place:
    """Raises ValueError for anything that `write_place` did not write."""
    when = "([0-9T:.+-]{19,32})"
    found = re.fullmatch(f"([234])_([01])_([01])_([0-9]{{1,3}})_{when}_([0-9]{{1,18}})_{when}", text)
    if found is None:
        raise ValueError(text)
    since, now = read_moment(found[5]), read_moment(found[7])
    return Place(now, int(found[1]), found[2] == "1", found[3] == "1", int(found[4]), since, int(found[6]))
