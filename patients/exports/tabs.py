"""The rows of the queue's other tabs: waiting for the patient, gone quiet, done. A page each, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse

from patients.exports import words
from patients.exports.moments import read_moment, write_moment
from patients.exports.queue import PAGE
from patients.exports.queue_filters import NO_FILTERS, QueueFilters
from patients.models import Clinic, Review, Treatment, User
from patients.models.queue import TabPlace

TABS = {
    "waiting": "Waiting for patient",
    "quiet": "Gone quiet",
    "done": "Done",
}  # beside the first, “Needs review”, whose rows are in patients.exports.queue


class TabRow(NamedTuple):
    """A recovery in one of the tabs, as read."""

    pk: int
    uuid: UUID
    treated_on: date
    session_number: int
    awaits_since: datetime | None
    reviewed_at: datetime | None
    quiet_from: datetime | None
    last_log_day: int | None
    last_log_flagged: bool
    time_zone: str
    name: str
    protocol: str
    assigned_to: str | None
    reviewed_by: str | None

    def day(self, now: datetime) -> int:
        """By the patient's own calendar."""
        return (now.astimezone(ZoneInfo(self.time_zone)).date() - self.treated_on).days

    def silence(self, now: datetime) -> str:
        """“no log since day 2 (flagged), 3 days overdue”: why it counts as quiet."""
        since = "no log yet" if self.last_log_day is None else f"no log since day {self.last_log_day}"
        flagged = ", which was flagged" if self.last_log_flagged else ""
        return f"{since}{flagged}; missed {words.ago(now - self.quiet_from)} ago" if self.quiet_from else since


class TabLine(NamedTuple):
    """A row of a tab as printed. `act`: the address that its one button posts to, or empty; `why`: what the tab is about."""

    href: str
    name: str
    where: str
    why: str
    when: str
    act: str


JOINED = ("patient__time_zone", "patient__user__name", "protocol__name", "assigned_to__name", "reviewed_by__name")
COLUMNS = (*TabRow._fields[:9], *JOINED)


def tab_page(user: User, tab: str, now: datetime, after: TabPlace | None = None, filters: QueueFilters = NO_FILTERS) -> list[TabRow]:
    """One page of a tab of TABS; one row more than a page when there is a next one."""
    rows = filters.narrow(Treatment.objects.visible_to(user), user, now)
    found = {"waiting": lambda: rows.waiting_for_patient(now), "quiet": lambda: rows.gone_quiet(now), "done": rows.done}[tab]()
    if after:
        found = found.behind_in(tab, after)
    return [TabRow(*row) for row in found.values_list(*COLUMNS)[: PAGE + 1]]


def tab_place(tab: str, row: TabRow) -> TabPlace:
    """Where a row stands in its tab, to go on behind it."""
    moment = {"waiting": row.awaits_since, "quiet": row.quiet_from, "done": row.reviewed_at}[tab]
    assert moment is not None
    return TabPlace(tab == "quiet" and row.last_log_flagged, moment, row.pk)


def write_tab_place(place: TabPlace) -> str:
    return f"{int(place.flagged)}_{write_moment(place.moment)}_{place.pk}"


def read_tab_place(text: str) -> TabPlace:
    """Raises ValueError for anything that `write_tab_place` did not write."""
    found = re.fullmatch("([01])_([0-9T:.+-]{19,32})_([0-9]{1,18})", text)
    if found is None:
        raise ValueError(text)
    return TabPlace(found[1] == "1", read_moment(found[2]), int(found[3]))


def newest_reviews(rows: Iterable[TabRow]) -> dict[int, Review]:
    """The standing review of each row of “done”, which is the one to undo; one query."""
    reviews = Review.objects.standing().filter(treatment__in=[row.pk for row in rows]).newest_first()
    # The newest comes first and is written last.
    return {review.treatment_id: review for review in reversed(list(reviews))}


def tab_lines(rows: Iterable[TabRow], tab: str, clinic: Clinic, now: datetime) -> list[TabLine]:
    """What to print; one query more where each row has a review to take back."""
    rows = list(rows)
    reviews = newest_reviews(rows) if tab == "done" else {}
    return [_line(row, tab, reviews.get(row.pk), clinic, now) for row in rows]


def _line(row: TabRow, tab: str, review: Review | None, clinic: Clinic, now: datetime) -> TabLine:
    session = f", session {row.session_number}" if row.session_number > 1 else ""
    where = f"Day {row.day(now)}, {words.mid_sentence(row.protocol)}{session}"
    why, when, act = {"waiting": _waits, "quiet": _quiet, "done": _done}[tab](row, review, clinic, now)
    return TabLine(reverse("clinic-recovery", args=[row.uuid]), row.name, where, why, when, act)


Said = tuple[str, str, str]  # why, when, the address of the button


def _waits(row: TabRow, _review: Review | None, clinic: Clinic, now: datetime) -> Said:
    assert row.awaits_since is not None
    said = words.clock(clinic.local(row.awaits_since), clinic.local(now))
    return f"Answered by {row.reviewed_by}", f"{said}, {words.ago(now - row.awaits_since)} ago", ""


def _quiet(row: TabRow, _review: Review | None, _clinic: Clinic, now: datetime) -> Said:
    return row.silence(now), "", reverse("recovery-nudge", args=[row.uuid])


def _done(row: TabRow, review: Review | None, clinic: Clinic, now: datetime) -> Said:
    assert row.reviewed_at is not None
    said = words.clock(clinic.local(row.reviewed_at), clinic.local(now))
    decided = f"{review.get_disposition_display()}{', with a reply' if review.reply else ''}" if review else ""
    return decided, f"{said}, {row.reviewed_by}", reverse("review-undo", args=[review.uuid]) if review else ""
