"""Walking the chains of the audit: does every row still say what it said when it was written?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError
from django.db.models import Max, Q, QuerySet

from patients.models import AuditEvent, AuditHead, Clinic
from patients.models.audit import ERASED_ACCOUNT
from patients.models.chain import NO_CLINIC, START, hash_of, what_digest, who_digest
from patients.models.frozen import ERASED, OF_PATIENTS

BATCH = 2000  # rows in memory at once
# What reading or comparing ends in where a column holds what the app never wrote: a file takes anything for a moment or a number.
ODD = (TypeError, ValueError, AttributeError, OverflowError, RecursionError)
NEVER_WRITTEN = "it holds something that the app never wrote"


@dataclass(frozen=True, slots=True)
class Touched:
    """The first row of a chain that is not as it was written; `event` is None where it is gone."""

    seq: int | None
    event: AuditEvent | None
    why: str

    def __str__(self) -> str:
        place = f"event {self.seq}" if self.seq is not None else "an event without a number"
        if self.event is None:
            return f"{place}: {self.why}"
        at = f"{self.event.at:%Y-%m-%d %H:%M:%S} UTC" if self.event.at else "no moment"
        return f"{place} (id {self.event.pk}, {at}, “{self.event.action}”): {self.why}"


@dataclass(slots=True)
class Walk:
    """What was found in one chain."""

    chain: Any  # a number, unless somebody wrote something else there
    count: int = 0
    hash: str = START
    touched: Touched | None = None
    unnamed: Touched | None = None  # the first row that was blanked and that no erasure names
    blanked: list[list[int]] = field(default_factory=list)  # runs of rows that an erasure must name

    def note_blanked(self, seq: int) -> None:
        if self.blanked and self.blanked[-1][1] == seq - 1:
            self.blanked[-1][1] = seq
        else:
            self.blanked.append([seq, seq])


class Verification:
    """All chains, one after the other; `expected` loses each hash that is met on the way."""

    def __init__(self, expected: set[str]) -> None:
        self.expected = expected

    def walks(self) -> list[Walk]:
        # Enrolling a patient is an event. Clinics and staff come to be without one.
        chains: set[Any] = set(Clinic.objects.filter(patients__isnull=False).values_list("pk", flat=True))
        events = _values(AuditEvent.objects.order_by(), "clinic")
        # An event of no clinic says so with NULL; 0 and empty text are none that the app writes.
        chains |= {NO_CLINIC if clinic is None else clinic or repr(clinic) for clinic in events}
        chains |= _values(AuditHead.objects.order_by(), "chain")
        numbers = {chain for chain in chains if isinstance(chain, int)}
        walks = [self._walk(chain) for chain in sorted(numbers)]
        for walk in walks:
            walk.unnamed = _unnamed(walk, walks)
            # Of a chain that is touched elsewhere it may have been the erasure that was.
            walk.touched = walk.touched or walk.unnamed
        return walks + [Walk(chain, touched=Touched(None, None, NEVER_WRITTEN)) for chain in sorted(chains - numbers, key=str)]

    def _walk(self, chain: int) -> Walk:
        walk = Walk(chain)
        self.expected.discard(START)
        try:
            self._follow(walk)
        except _Unreadable as unreadable:
            walk.touched = Touched(walk.count + 1, None, f"{NEVER_WRITTEN} (id {unreadable})")
        except (*ODD, DatabaseError):
            _check_answers()
            walk.touched = Touched(walk.count + 1, None, NEVER_WRITTEN)
        return walk

    def _follow(self, walk: Walk) -> None:
        before = None
        for event in _rows(walk.chain):
            try:
                walk.touched = _touched(event, before, walk)
            except ODD as error:
                raise _Unreadable(event.pk) from error
            if walk.touched:
                return
            walk.count, walk.hash, before = walk.count + 1, event.hash, event
            if not event.salt:
                walk.note_blanked(walk.count)
            self.expected.discard(event.hash)
        # Rows first: who writes meanwhile moves the end on together with them.
        walk.touched = _end(walk, before)


class _Unreadable(Exception):
    """A row by its id."""


def _check_answers() -> None:
    """Where the database itself has failed, this fails too, and nothing is said of its rows."""
    Clinic.objects.exists()


def _values(rows: QuerySet[Any], column: str) -> set[Any]:
    """The chains that a column names."""
    try:
        return set(rows.values_list(column, flat=True).distinct())
    except DatabaseError:
        # Text that is no UTF-8, which SQLite refuses to hand out.
        known = Q((f"{column}__isnull", True)) | Q((column, NO_CLINIC)) | Q((f"{column}__in", Clinic.objects.values("pk")))
        return {*rows.filter(known).values_list(column, flat=True).distinct(), "unreadable"}


def _rows(chain: int) -> Iterator[AuditEvent]:
    """In the order of the chain, with those that others add meanwhile. Raises _Unreadable, when all before it are read."""
    rows = AuditEvent.objects.of_chain(chain).filter(seq__isnull=False).order_by("seq", "pk")
    found = rows
    while True:
        last = None
        for last in _batch(found[:BATCH]):
            yield last
        if last is None:
            return
        found = rows.filter(Q(seq__gt=last.seq) | Q(seq=last.seq, pk__gt=last.pk))


def _batch(rows: QuerySet[AuditEvent]) -> Iterable[AuditEvent]:
    try:
        return list(rows)
    except (*ODD, DatabaseError):
        return _one_by_one(list(rows.values_list("pk", flat=True)))


def _one_by_one(pks: list[int]) -> Iterator[AuditEvent]:
    for pk in pks:
        try:
            event = AuditEvent.objects.get(pk=pk)
        except (*ODD, DatabaseError) as error:
            _check_answers()
            raise _Unreadable(pk) from error
        yield event


def _touched(event: AuditEvent, before: AuditEvent | None, walk: Walk) -> Touched | None:
    place = walk.count + 1
    if event.seq is None or event.seq > place:
        return Touched(place, None, "it is missing; the next one that is there is " + str(Touched(event.seq, event, "untouched so far")))
    if event.seq < place:
        return Touched(event.seq, event, "it stands here beside another one or before the first: it was added")
    if why := _changed(event):
        return Touched(place, event, why)
    if event.prev == walk.hash:
        return None
    if before is None or not _is_remembered(event, walk.chain):
        return Touched(place, event, "it was rewritten, hash and all: it stands on another event than the one before it")
    return Touched(walk.count, before, "it was rewritten, hash and all: the next event remembers another one in its place")


def _is_remembered(event: AuditEvent, chain: int) -> bool:
    """Whether what comes after an event, or the noted end, has its hash."""
    after = AuditEvent.objects.of_chain(chain).filter(seq__gt=event.seq).order_by("seq").values_list("prev", flat=True).first()
    if after is not None:
        return after == event.hash
    return AuditHead.objects.filter(pk=chain, hash=event.hash).exists()


def _changed(event: AuditEvent) -> str:
    """What is wrong with a row by itself; empty where nothing is."""
    if event.hash != hash_of(event):
        return "its moment, place, action, role or hash is not what it was when it was written"
    if event.salt:
        is_as_written = (event.who_digest, event.what_digest) == (who_digest(event), what_digest(event))
        return "" if is_as_written else "who it was, what it was about or what it held was changed"
    is_blank = (event.subject_id, event.before, event.after, event.why) == (ERASED, None, None, "")
    if not is_blank or event.subject_type not in OF_PATIENTS:
        return "it counts as erased and holds something"
    is_nobody = event.role == "patient" and (event.actor_id, event.actor_label) == (None, ERASED)
    return "" if is_nobody or event.who_digest == who_digest(event) else "it was erased later, and who it was has been changed"


def _end(walk: Walk, last: AuditEvent | None) -> Touched | None:
    """Whether the rows end where the chain's end says."""
    rows = AuditEvent.objects.of_chain(walk.chain)
    if stray := rows.filter(seq__isnull=True).order_by("pk").first():
        return Touched(None, stray, "it was added past the app")
    # Asked before the end is: who is enrolled meanwhile has moved that on.
    has_patients = last is None and Clinic.objects.filter(pk=walk.chain, patients__isnull=False).exists()
    head = AuditHead.objects.filter(pk=walk.chain).first()
    if has_patients and (head is None or not head.count):
        return Touched(1, None, "it is missing: all its events are gone, and it has patients, whose enrolling made some")
    if head is None:
        return Touched(walk.count, last, "the end of the chain, which is noted apart from its events, is gone")
    if head.count > walk.count and (rows.aggregate(last=Max("seq"))["last"] or 0) <= walk.count:
        return Touched(walk.count + 1, None, f"it is missing, and all that came after it: there were {head.count}")
    if head.count < walk.count:
        return Touched(head.count + 1, rows.filter(seq=head.count + 1).first(), f"it was added: the chain ends at {head.count}")
    if head.count == walk.count and head.hash != walk.hash:
        return Touched(walk.count, last, "it was rewritten, hash and all, or the noted end of the chain was: the two differ")
    return None


def _unnamed(walk: Walk, walks: list[Walk]) -> Touched | None:
    """The first blanked row that no erasure names."""
    if not walk.blanked:
        return None
    named = sorted(run for other in walks for run in _named(walk.chain, other))
    for first, last in walk.blanked:
        place = first
        for run in named:
            if run[0] <= place <= run[1]:
                place = run[1] + 1
        if place <= last:
            event = AuditEvent.objects.of_chain(walk.chain).get(seq=place)
            return Touched(place, event, "what it held was taken out, and no erasure that is as it was written says so")
    return None


def _named(chain: int, within: Walk) -> Iterator[list[int]]:
    """What the erasures of a chain blanked, in that or another one; also those behind the first row that was touched."""
    for event in _erasures(within):
        # One that does not say what it said when it was written says nothing.
        with suppress(*ODD):
            if event.salt and not _changed(event):
                held: dict[str, Any] = event.after or {}
                yield from [[int(first), int(last)] for first, last in held.get("blanked", {}).get(str(chain), [])]


def _erasures(within: Walk) -> Iterator[AuditEvent]:
    """Those of a chain that can be read."""
    bad = within.touched.seq if within.touched else None
    rows = AuditEvent.objects.of_chain(within.chain).saying(ERASED_ACCOUNT).exclude(seq=bad)
    try:
        yield from list(rows)
    except (*ODD, DatabaseError):
        for pk in list(rows.values_list("pk", flat=True)):
            with suppress(_Unreadable):
                yield from _one_by_one([pk])
