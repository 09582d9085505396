"""What the clinic has promised to answer by when, day by day; a promise whose time has passed does not read like one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from patients.exports import words
from patients.exports.recoveries import RecoveryPicture
from recovery.timeline.scale import Urgency


@dataclass(frozen=True, slots=True)
class Promise:
    """Open flags of one day or of several; `due`: the moment in words, of the earliest."""

    days: tuple[int, ...]
    due: str
    is_past: bool
    urgency: Urgency

    @property
    def said_of_others(self) -> str:
        """About days other than the one the page is about."""
        if self.is_past:
            one = gettext("Your clinic was to answer about day {last} by {due} and has not yet.")
            several = gettext("Your clinic was to answer about days {days} and {last} by {due} and has not yet.")
        else:
            one = gettext("Day {last} is with your clinic; answer by {due}.")
            several = gettext("Days {days} and {last} are with your clinic; answer by {due}.")
        *before, last = self.days
        return (several if before else one).format(days=", ".join(map(str, before)), last=last, due=self.due)

    @property
    def is_pressing(self) -> bool:
        """To be called about now and not waited for."""
        return self.is_past or self.urgency >= Urgency.URGENT


@dataclass(frozen=True, slots=True)
class Due:
    """What is open of one day."""

    day: int
    at: datetime
    urgency: Urgency


def promises(picture: RecoveryPicture, day: int) -> tuple[Promise | None, list[Promise]]:
    """What is open of this day, and of the other days: what is overdue first, then what is not."""
    dues = _dues(picture)
    own = [due for due in dues if due.day == day]
    others = [due for due in dues if due.day != day]
    # By the clinic's clock, like every promise; one moment for all, or a page could call one promise both.
    now = picture.treatment.clinic.local(timezone.now())
    of_others = ([due for due in others if due.at < now], [due for due in others if due.at >= now])
    return _promise(own, now) if own else None, [_promise(some, now) for some in of_others if some]


def _dues(picture: RecoveryPicture) -> list[Due]:
    """By day, the earliest promise of each."""
    clinic, found = picture.treatment.clinic, dict[int, Due]()
    for mark in picture.marks:
        if mark.is_open:
            at = clinic.local(mark.answer_due)
            known = found.get(mark.day, Due(mark.day, at, Urgency(mark.urgency)))
            found[mark.day] = Due(mark.day, min(known.at, at), max(known.urgency, Urgency(mark.urgency)))
    return sorted(found.values(), key=lambda due: due.day)


def _promise(dues: Collection[Due], now: datetime) -> Promise:
    at = min(due.at for due in dues)
    days = tuple(due.day for due in dues)
    return Promise(days, words.promised(at, now), at < now, max(due.urgency for due in dues))
