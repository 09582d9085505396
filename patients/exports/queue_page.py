"""The page of the queue, whatever it is opened by: an address, or a form that could not be done as asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone

from patients.errors import NotNow
from patients.exports import queue, tabs, words
from patients.exports.moments import write_moment
from patients.exports.queue import Waiting
from patients.exports.queue_ask import Ask
from patients.exports.queue_filters import URGENCIES, Choices
from patients.exports.queue_rows import Beside, Printer
from patients.exports.replies import ReadyText, ready_texts
from patients.exports.row_moves import Moves, moves
from patients.models import Clinic, Log, Treatment, User
from patients.models.queue import COUNTED_UP_TO
from recovery.timeline.scale import Disposition, Urgency

NAMES = {"needs_review": ("", "Needs review"), **{name: (name, said) for name, said in tabs.TABS.items()}}
DECISIONS = [(number, d.value, d.words) for number, d in enumerate(Disposition, 1)]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was typed into a form that could not be done, and the sentence that says why. `what`: row, bulk or save."""

    what: str = ""
    problem: str = ""
    row: UUID | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    picked: Collection[str] = ()


NOTHING_KEPT = Kept()


class Panel(NamedTuple):
    """What is decided about one row: who has it, what is open, where to go on afterwards."""

    uuid: UUID
    name: str
    first_name: str
    moves: Moves
    texts: list[ReadyText]
    seen: str
    read_at: str
    here: str
    back: str
    typed: Mapping[str, str]
    problem: str


def queue_page(user: User, given: Mapping[str, str], now: datetime | None = None, kept: Kept = NOTHING_KEPT) -> dict[str, Any]:
    """What the template says. `refused`: the sentence about an address that asks for what is not there; no row is shown then."""
    now, clinic = now or timezone.now(), user.clinic
    assert clinic is not None
    choices = Choices.of(clinic)
    context = {
        "section": "queue",
        "clinic": clinic,
        "now": clinic.local(now),
        "given": given,
        "fields": _fields(choices, given),
        "saved": [(saved.name, saved.query) for saved in user.saved_filters.all()],
        "decisions": DECISIONS,
        "kept": kept,
    }
    try:
        ask = Ask.parse(given, choices)
    except NotNow as refusal:
        return context | {"refused": str(refusal)}
    # The moment of the first page: what is overdue by then decides the order, and no row moves between two pages.
    moment = ask.place.now if not ask.tab and ask.place else now
    shown = _tab(user, ask, moment) if ask.tab else _needs_review(user, ask, moment, kept)
    counts = ask.filters.narrow(Treatment.objects.visible_to(user), user, moment).tab_counts(moment, COUNTED_UP_TO)
    return context | _counted(ask, counts) | shown


def _fields(choices: Choices, given: Mapping[str, str]) -> list[tuple[str, str, str, list[tuple[str, str, bool]]]]:
    """Name, label, words for “any”, and the options as value, words, chosen."""
    of = {
        "urgency": ("Urgency", "All", {word: word.capitalize() for word in URGENCIES}),
        "clinician": ("Clinician", "Anyone", choices.clinicians),
        "protocol": ("Protocol", "All", choices.protocols),
        "phase": ("Phase", "All", choices.phases),
    }
    return [
        (name, label, anything, [(value, said, value == given.get(name, "")) for value, said in values.items()])
        for name, (label, anything, values) in of.items()
    ]


def _counted(ask: Ask, counts: Mapping[str, int]) -> dict[str, Any]:
    said = {name: f"{COUNTED_UP_TO}+" if count > COUNTED_UP_TO else str(count) for name, count in counts.items()}
    links = [(ask.query(tab=tab, after="", snoozed=False), words, said[name], tab == ask.tab) for name, (tab, words) in NAMES.items()]
    return {
        "ask": ask,
        "tabs": links,
        "waiting": said["needs_review"],
        "snoozed": said["snoozed"],
        "to_snoozed": ask.query(tab="", after="", snoozed=True),
        "to_others": ask.query(tab="", after="", snoozed=False),
        "query": ask.query(),
        "first": ask.query(after=""),
        "filters": ask.filters.as_query(),
    }


def _needs_review(user: User, ask: Ask, now: datetime, kept: Kept) -> dict[str, Any]:
    assert user.clinic is not None
    found = queue.page(user, now, ask.place, ask.filters)
    # One row more was read than is shown: it tells whether there is a next page.
    shown = found[: queue.PAGE]
    following = ask.query(after=queue.write_place(queue.place_of(shown[-1], now))) if len(found) > queue.PAGE else ""
    beside = Beside.of(shown)
    on = next((row for row in shown if row.uuid == ask.on), shown[0] if shown else None)
    printer = Printer(user, now, beside, on=on.uuid if on else None, picked=kept.picked)
    context: dict[str, Any] = {
        "rows": [printer.row(row) for row in shown],
        "decide": _decide(ask),
        "next": following,
        "has_watch": any(row.open_urgency == Urgency.WATCH for row in shown),
        # Not the moment of the order, which on a later page is that of the first one.
        "news": news_query(ask, timezone.now()),
        "read_at": write_moment(timezone.now()),
    }
    if on is not None:
        back = _after(ask, shown, on, following)
        context["panel"] = panel(user, on, beside.seen(on.pk), context["read_at"], ask.query(on=on.uuid), back, kept)
    elif not ask.filters.is_set and not ask.after:
        # From midnight on, not "of this date": a date is worked out for every log the clinic ever had, a moment is found in the index.
        context["logs_today"] = Log.objects.filter(clinic=user.clinic).entered_since(user.clinic.midnight()).count()
    return context


def _decide(ask: Ask) -> str:
    """The address of a row without its id, which the template adds."""
    query = ask.query()
    return f"?{query}&on=" if query else "?on="


def _after(ask: Ask, shown: Sequence[Waiting], on: Waiting, following: str) -> str:
    """Where to go on when a row is done: the row that stands after it here, or the next page."""
    place = shown.index(on) + 1
    return ask.query(on=shown[place].uuid) if place < len(shown) else following or ask.query()


def news_query(ask: Ask, now: datetime) -> str:
    """For the address that tells what has come in since the page was made."""
    since = urlencode({"since": write_moment(now)})
    filters = ask.filters.as_query()
    return f"{filters}&{since}" if filters else since


def panel(user: User, row: Waiting, seen: str, read_at: str, here: str, back: str, kept: Kept = NOTHING_KEPT) -> Panel:
    """`seen`: the open flags that the page was made with, at `read_at`."""
    assert user.clinic is not None
    first_name = (row.name.split() or [""])[0]
    is_kept = kept.what == "row" and kept.row == row.uuid
    return Panel(
        row.uuid,
        row.name,
        first_name,
        moves(user, row, row.assigned_to or "", timezone.now()),
        ready_texts(user.clinic, first_name),
        seen,
        read_at,
        here,
        back,
        kept.typed if is_kept else {},
        kept.problem if is_kept else "",
    )


def _tab(user: User, ask: Ask, now: datetime) -> dict[str, Any]:
    assert user.clinic is not None
    found = tabs.tab_page(user, ask.tab, now, ask.tab_place, ask.filters)
    shown = found[: tabs.PAGE]
    following = tabs.write_tab_place(tabs.tab_place(ask.tab, shown[-1])) if len(found) > tabs.PAGE else ""
    lines = tabs.tab_lines(shown, ask.tab, user.clinic, now)
    return {"lines": lines, "next": ask.query(after=following) if following else "", "called": tabs.TABS[ask.tab]}


def news_said(count: int, since: datetime, clinic: Clinic) -> str:
    """“3 new since 11:48, show them”; empty where there is nothing."""
    at = words.lower_first(words.clock(clinic.local(since), clinic.local(timezone.now()))).removeprefix("today, ")
    return f"{count} new since {at}, show them" if count else ""
