"""The rows of the queue, ready to print: why each stands there, what its rank is made of, and until when it may wait.

Handed over as finished strings: looking up attributes in a template costs more than all the rest of the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from patients.exports.queue import Waiting
from patients.models import Clinic, Flag, Photo, Rating, User
from recovery.timeline.rank import is_overdue, rank_parts
from recovery.timeline.scale import Urgency

NO_UUID = UUID(int=0)


class QueueRow(NamedTuple):
    """A row as printed; all but the name is finished markup."""

    uuid: str
    word: str
    said: str
    href: str
    name: str
    where: SafeString
    why: SafeString
    rank: SafeString
    spark: SafeString
    thumb: SafeString
    clock: SafeString
    pick: SafeString
    is_on: bool
    seen: str


class Rated(NamedTuple):
    """One rating of a row's leading symptom, and when its log was changed last."""

    day: int
    severity: int
    amended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is read beside the rows, by key: a fixed number of queries whatever the number of rows."""

    points: Mapping[int, Sequence[Rated]]
    photos: Mapping[int, tuple[UUID, int]]
    flags: Mapping[int, Sequence[str]]  # public ids of what is open: the flags that a decision made on this page answers

    @classmethod
    def of(cls, waiting: Sequence[Waiting]) -> Beside:
        keys = [row.pk for row in waiting]
        newest = Photo.objects.newest_of(keys).values_list("log__treatment_id", "uuid", "log__day")
        flags: dict[int, list[str]] = defaultdict(list)
        for pk, uuid in Flag.objects.open().filter(treatment__in=keys).values_list("treatment_id", "uuid"):
            flags[pk].append(str(uuid))
        return cls(_points(waiting), {pk: (uuid, day) for pk, uuid, day in newest}, flags)

    def seen(self, pk: int) -> str:
        """As a form sends it."""
        return ",".join(self.flags.get(pk, ()))


class Printer:
    """Prints the rows of one page for one person."""

    def __init__(self, user: User, now: datetime, beside: Beside, *, on: UUID | None, picked: Collection[str] = ()) -> None:
        assert user.clinic is not None
        self.user, self.clinic, self.now, self.beside, self.on, self.picked = user, user.clinic, now, beside, on, picked
        # Reversed once, not for each row.
        self.recovery, self.thumb = reverse("clinic-recovery", args=[NO_UUID]), reverse("photo-thumb", args=[NO_UUID])

    def row(self, row: Waiting) -> QueueRow:
        urgency, points = Urgency(row.open_urgency), self.beside.points.get(row.pk, ())
        # The patient's own calendar decides the day, wherever the clinic is.
        today = (self.now.astimezone(ZoneInfo(row.time_zone)).date() - row.treated_on).days
        return QueueRow(
            str(row.uuid),
            urgency.word,
            urgency.word.capitalize(),
            self.recovery.replace(str(NO_UUID), str(row.uuid)),
            row.name,
            self._where(row, today),
            _why(row.open_reasons, self._amended(row, points)),
            _rank(row, self.now),
            _spark(row, points, today),
            self._photo(row),
            _clock(row, self.clinic, self.now),
            self._pick(row),
            row.uuid == self.on,
            self.beside.seen(row.pk),
        )

    def _where(self, row: Waiting, today: int) -> SafeString:
        session = f", session {row.session_number}" if row.session_number > 1 else ""
        lines = [f"Day {today}, {words.mid_sentence(row.protocol)}{session}"]
        if row.assigned_to is not None:
            lines.append("Yours" if row.assigned_to_id == self.user.pk else f"With {row.assigned_to}")
        if row.snoozed_until is not None and row.snoozed_until > self.now:
            lines.append(f"Snoozed until {words.short_date(self.clinic.local(row.snoozed_until).date())}")
        return mark_safe("".join(f"<p>{escape(line)}</p>" for line in lines))  # noqa: S308 - escaped

    def _amended(self, row: Waiting, points: Sequence[Rated]) -> str:
        """The newest change of a log since the row has stood here: what was flagged may say something else now."""
        since = [(p.amended_at, p.day) for p in points if p.amended_at is not None and p.amended_at > row.open_since]
        if not since:
            return ""
        at, day = max(since)
        return f"Day {day} amended {words.lower_first(words.clock(self.clinic.local(at), self.clinic.local(self.now)))}"

    def _photo(self, row: Waiting) -> SafeString:
        photo = self.beside.photos.get(row.pk)
        if photo is None:
            return mark_safe('<span class="nophoto"><span class="visually-hidden">No photo</span></span>')
        src = self.thumb.replace(str(NO_UUID), str(photo[0]))
        return mark_safe(  # noqa: S308 - an address and a number
            f'<img src="{src}" width="52" height="62" alt="Photo of day {photo[1]}" loading="lazy">'
        )

    def _pick(self, row: Waiting) -> SafeString:
        """The box by which a row is decided together with others: on watch rows only."""
        if row.open_urgency != Urgency.WATCH:
            return mark_safe("")
        uuid, checked = str(row.uuid), " checked" if str(row.uuid) in self.picked else ""
        seen = ",".join(self.beside.flags.get(row.pk, ()))
        box = f'<input class="form-check-input pick" type="checkbox" name="row" form="bulk" value="{uuid}:{seen}"{checked}'
        return mark_safe(f'{box} aria-label="Tick {escape(row.name)}">')  # noqa: S308 - ids, and the name escaped


def _points(waiting: Sequence[Waiting]) -> dict[int, list[Rated]]:
    """The ratings of each row's leading symptom; one query, grouped by symptom."""
    found: dict[int, list[Rated]] = defaultdict(list)
    by_symptom: dict[str, list[int]] = defaultdict(list)
    # One condition for each symptom, not for each row: a handful instead of fifty.
    for row in waiting:
        by_symptom[row.open_lead].append(row.pk)
    if by_symptom:
        wanted = reduce(or_, (Q(symptom=symptom, log__treatment__in=pks) for symptom, pks in by_symptom.items()))
        ratings = Rating.objects.filter(wanted).values_list("log__treatment_id", "log__day", "severity", "log__amended_at")
        for pk, day, severity, amended_at in ratings:
            found[pk].append(Rated(day, severity, amended_at))
    return found


def _why(reasons: Sequence[dict[str, Any]], amended: str) -> SafeString:
    """The reasons as a list."""
    lines = []
    for reason in reasons:
        mark = charts.range_mark(*reason["mark"][:4]) + " " if reason["mark"] else ""
        lines.append(f'<li>{mark}<b class="num">{escape(reason["strong"])}</b>{escape(reason["rest"])}</li>')
    if amended:
        lines.append(f'<li class="quiet">{amended}</li>')
    return mark_safe(f'<ul class="why plain">{"".join(lines)}</ul>')  # noqa: S308 - every text is escaped above


def _rank(row: Waiting, now: datetime) -> SafeString:
    """The parts that decide the place, strongest first; how long it waits to the second, since hours alone hide which is older."""
    *parts, waiting = rank_parts(row, now)
    said = "".join(f"<span>{part.words}</span> " for part in parts)
    waits = f'<time datetime="{row.open_since.isoformat()}">{waiting.words}</time>'
    return mark_safe(f'<p class="rank"><span class="visually-hidden">Rank:</span> {said}{waits}</p>')  # noqa: S308 - words and numbers


def _spark(row: Waiting, points: Sequence[Rated], today: int) -> SafeString:
    """The course of the leading symptom; marked by its bands and by the reasons, to read no flags."""
    bands = row.norms.bands_of(row.open_lead)
    # A rise inside the band is a reason too: the point must not look calmer than the words beside it.
    said = {mark[5]: mark[3] for reason in row.open_reasons if (mark := reason["mark"]) and mark[4] == row.open_lead}
    drawn = [charts.Point(p.day, p.severity, max(charts.by_band(bands, p.day, p.severity), said.get(p.day, 0))) for p in sorted(points)]
    # By the last rating, not by today: after months of silence the course would shrink to a dot.
    last_day = charts.window_for(drawn[-1].day if drawn else 0)
    name = row.norms.symptoms[row.open_lead].name
    return charts.chart(name, bands, drawn, today=today, last_day=last_day, geometry=charts.SPARK)


def _clock(row: Waiting, clinic: Clinic, now: datetime) -> SafeString:
    """Until when it was promised, or how long it is overdue; and since when it stands here."""
    here, due = clinic.local(now), words.clock(clinic.local(row.answer_due), clinic.local(now))
    if is_overdue(row, now):
        said = f'<p class="late">{words.ago(now - row.answer_due)} overdue</p><p>was {words.lower_first(due)}</p>'
    else:
        said = f"<p>{due}</p><p>since {words.lower_first(words.clock(clinic.local(row.open_since), here))}</p>"
    return mark_safe(said)  # noqa: S308 - dates and numbers
