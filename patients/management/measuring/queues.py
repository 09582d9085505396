"""What the pages of the clinic ask, timed in a process over one database; `manage.py bench --logs` asks two by turns."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.exports import queue, tabs
from patients.exports.queue_filters import NO_FILTERS, Choices, QueueFilters
from patients.models import Log, Role, Treatment, User

Ask = Callable[[], object]
PAGE = "queue page, 50 rows"
# Asked so often in a row at most, and for so many seconds: what is slow is asked once.
BATCH, LONG_ENOUGH = 5, 0.3
NOBODY = "qqqq"  # in no name: every row there is has to be looked at


def serve() -> None:
    """Answers each name that comes in with the seconds it took, several times over, as one line of JSON."""
    asked = dict(asks())
    _say({"vendor": connection.vendor, "logs": Log.objects.count(), "open": Treatment.objects.needing_review().count()})
    for line in sys.stdin:
        ask = asked[line.strip()]
        _say({"queries": _counted(ask), "seconds": list(_timed(ask))})


def _say(told: object) -> None:
    print(json.dumps(told), flush=True)


def _counted(ask: Ask) -> int:
    seen: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        seen.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(count):
        ask()
    return len(seen)


def _timed(ask: Ask) -> Iterator[float]:
    until = time.perf_counter() + LONG_ENOUGH
    for _ in range(BATCH):
        begun = time.perf_counter()
        ask()
        yield time.perf_counter() - begun
        if time.perf_counter() > until:
            return


def asks() -> Iterator[tuple[str, Ask]]:
    """Every question by name; the first is the page that has the goal."""
    user, now = User.objects.get(role=Role.CLINICIAN), timezone.now()
    assert user.clinic is not None
    rows = Treatment.objects.visible_to(user)
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(user)
    middle = _middle(user)
    yield PAGE, lambda: _open(browser, reverse("queue"))
    yield "the page after it", lambda: queue.page(user, now, queue.place_of(middle, now))
    yield "counts of the tabs", lambda: rows.tab_counts(now)
    for tab, title in tabs.TABS.items():
        yield f"tab “{title}”", partial(tabs.tab_page, user, tab, now)
    done = rows.done()
    place = tabs.tab_place("done", tabs.TabRow(*done.values_list(*tabs.COLUMNS)[done.count() // 2]))
    yield "“Done”, from its middle on", lambda: tabs.tab_page(user, "done", now, place)
    yield "what is new since a minute ago", lambda: queue.waiting(user, now).with_news_since(now - timedelta(minutes=1)).count()
    yield from _filtered(user)
    yield "previous and next of a row", lambda: queue.neighbours(user, middle, now)
    yield "recovery page", lambda: _open(browser, reverse("clinic-recovery", args=[middle.uuid]))
    yield "caseload page", lambda: _open(browser, reverse("caseload"))
    yield "insights, 90 days", lambda: _open(browser, reverse("insights"))


def _filtered(user: User) -> Iterator[tuple[str, Ask]]:
    assert user.clinic is not None
    now, choices = timezone.now(), Choices.of(user.clinic)
    # Days 8 to 14, where the recoveries are that run.
    asked = {"urgency": "watch", "protocol": next(iter(choices.protocols)), "phase": list(choices.phases)[-1], "clinician": str(user.uuid)}
    for name, value in {**asked, "text": NOBODY}.items():
        filters = QueueFilters.parse({name: value}, choices)
        yield f"filtered by {name}", partial(queue.page, user, now, None, filters)
    for name, value in {"phase": asked["phase"], "text": NOBODY}.items():
        filters = QueueFilters.parse({name: value}, choices)
        yield f"“Done”, filtered by {name}", partial(tabs.tab_page, user, "done", now, None, filters)


def _middle(user: User) -> Treatment:
    """The last row of the first page."""
    key = list(islice(queue.page(user, timezone.now(), None, NO_FILTERS), queue.PAGE))[-1].pk
    return Treatment.objects.get(pk=key)


def _open(browser: Client, path: str) -> None:
    answer = browser.get(path)
    if answer.status_code != 200:
        raise CommandError(f"{path} answered {answer.status_code}")
