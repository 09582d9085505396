"""The rows of the clinician's queue, ready to print: why each stands there, and until when it may wait.

Fifty rows are read as tuples and handed over as finished strings: building models and looking up
attributes in a template cost more than all the rest of the page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from patients.exports import charts, words
from patients.exports.queue_filters import NO_FILTERS, QueueFilters
from patients.models import Clinic, Rating, Treatment, User
from patients.models.norm_values import norms_of
from patients.models.queue import Place
from patients.models.treatments import TreatmentQuerySet
from recovery.timeline.norms import Norms
from recovery.timeline.rank import Ranked, is_overdue
from recovery.timeline.scale import Urgency

PAGE = 50
NO_UUID = UUID(int=0)


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


COLUMNS = (*Waiting._fields[:15], "patient__time_zone", "patient__user__name", "protocol__name", "assigned_to__name")


class QueueRow(NamedTuple):
    """A row as printed; all but the name is finished markup."""

    word: str
    said: str
    href: str
    name: str
    where: str
    why: SafeString
    spark: SafeString
    clock: SafeString


def page(user: User, now: datetime, after: Place | None = None, filters: QueueFilters = NO_FILTERS) -> list[Waiting]:
    """One page in the order of `now`, most urgent first; one row more than a page when there is a next one."""
    found = waiting(user, now, filters)
    if after:
        found = found.behind(after)
    # The keys first, from the index alone: what the rows say and whose they are is read for one page only.
    # One more than is shown tells of a next page without a count over the whole queue.
    keys = list(found.first_things_first(now).values_list("pk", flat=True)[: PAGE + 1])
    read = (Waiting(*row) for row in Treatment.objects.filter(pk__in=keys).values_list(*COLUMNS))
    return sorted(read, key=lambda row: keys.index(row.pk))


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
    return f"{urgency}_{int(asked)}_{int(overdue)}_{distance}_{_utc(since)}_{pk}_{_utc(now)}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def read_place(text: str) -> Place:
    """Raises ValueError for anything that `write_place` did not write."""
    when = "([0-9T:.+-]{19,32})"
    found = re.fullmatch(f"([234])_([01])_([01])_([0-9]{{1,3}})_{when}_([0-9]{{1,18}})_{when}", text)
    if found is None:
        raise ValueError(text)
    since, now = datetime.fromisoformat(found[5]), datetime.fromisoformat(found[7])
    # A time without a zone could not be compared with the stored ones.
    if since.utcoffset() != timedelta(0) or now.utcoffset() != timedelta(0):
        raise ValueError(text)
    return Place(now, int(found[1]), found[2] == "1", found[3] == "1", int(found[4]), since, int(found[6]))


def rows(waiting: Sequence[Waiting], clinic: Clinic, now: datetime) -> list[QueueRow]:
    """What to print, in one query whatever the number of rows."""
    points = _points(waiting)
    base = reverse("clinic-recovery", args=[NO_UUID])
    return [_row(row, points[row.pk], base, clinic, now) for row in waiting]


def _points(waiting: Sequence[Waiting]) -> dict[int, list[tuple[int, int]]]:
    """Day and severity of each row's leading symptom; one query, grouped by symptom."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    by_symptom: dict[str, list[int]] = defaultdict(list)
    # One condition for each symptom, not for each row: a handful instead of fifty.
    for row in waiting:
        by_symptom[row.open_lead].append(row.pk)
    if by_symptom:
        wanted = reduce(or_, (Q(symptom=symptom, log__treatment__in=pks) for symptom, pks in by_symptom.items()))
        ratings = Rating.objects.filter(wanted).values_list("log__treatment_id", "log__day", "severity")
        for pk, day, severity in ratings:
            found[pk].append((day, severity))
    return found


def _row(row: Waiting, points: list[tuple[int, int]], base: str, clinic: Clinic, now: datetime) -> QueueRow:
    urgency = Urgency(row.open_urgency)
    # The patient's own calendar decides the day, wherever the clinic is.
    today = (now.astimezone(ZoneInfo(row.time_zone)).date() - row.treated_on).days
    session = f", session {row.session_number}" if row.session_number > 1 else ""
    return QueueRow(
        urgency.word,
        urgency.word.capitalize(),
        base.replace(str(NO_UUID), str(row.uuid)),
        row.name,
        f"Day {today}, {words.mid_sentence(row.protocol)}{session}",
        _why(row.open_reasons),
        _spark(row, points, today),
        _clock(row, clinic, now),
    )


def _why(reasons: Sequence[dict[str, Any]]) -> SafeString:
    """The reasons as a list."""
    lines = []
    for reason in reasons:
        mark = charts.range_mark(*reason["mark"][:4]) + " " if reason["mark"] else ""
        lines.append(f'<li>{mark}<b class="num">{escape(reason["strong"])}</b>{escape(reason["rest"])}</li>')
    return mark_safe(f'<ul class="why plain">{"".join(lines)}</ul>')  # noqa: S308 - every text is escaped above


def _spark(row: Waiting, points: list[tuple[int, int]], today: int) -> SafeString:
    """The course of the leading symptom; marked by its bands and by the reasons, to read no flags."""
    bands = row.norms.bands_of(row.open_lead)
    # A rise inside the band is a reason too: the point must not look calmer than the words beside it.
    said = {mark[5]: mark[3] for reason in row.open_reasons if (mark := reason["mark"]) and mark[4] == row.open_lead}
    drawn = [charts.Point(day, severity, max(charts.by_band(bands, day, severity), said.get(day, 0))) for day, severity in sorted(points)]
    # By the last rating, not by today: after months of silence the course would shrink to a dot.
    last_day = charts.window_for(drawn[-1].day if drawn else 0)
    name = row.norms.symptoms[row.open_lead].name
    return charts.chart(name, bands, drawn, today=today, last_day=last_day, geometry=charts.SPARK)


def _clock(row: Waiting, clinic: Clinic, now: datetime) -> SafeString:
    """Until when it was promised, or how long it is overdue; and how long it has waited."""
    here, due = clinic.local(now), words.clock(clinic.local(row.answer_due), clinic.local(now))
    if is_overdue(row, now):
        said = f'<p class="late">{words.ago(now - row.answer_due)} overdue</p><p>was {words.lower_first(due)}</p>'
    else:
        said = f"<p>{due}</p><p>waiting {words.ago(here - row.open_since)}</p>"
    return mark_safe(said)  # noqa: S308 - dates and numbers
