"""What an address of the queue asks for: the tab, the filters, the place to go on behind, the row that is decided on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.urls import reverse

from patients.errors import NotNow
from patients.exports.queue import read_place
from patients.exports.queue_filters import Choices, QueueFilters
from patients.exports.tabs import TABS, read_tab_place
from patients.models.queue import Place, TabPlace

PLACES = ("tab", "after", "on")  # where in the queue one stands; they filter nothing
KNOWN = {*(field.name for field in fields(QueueFilters)), *PLACES}
LONGEST_QUERY = 2000
NO_PAGE = "This page of the queue does not exist. Open the queue from its first page."


@dataclass(frozen=True, slots=True)
class Ask:
    """`tab`: one of TABS, or empty for what needs review; `after`: a place as written, or empty."""

    filters: QueueFilters
    tab: str = ""
    after: str = ""
    on: UUID | None = None

    @classmethod
    def parse(cls, given: Mapping[str, str], choices: Choices) -> Ask:
        """Raises NotNow for what no page gave; only a row that is not here any more is passed over."""
        if unknown := set(given) - KNOWN:
            raise NotNow(f"“{min(unknown)[:40]}” is no filter of the queue. Open it without filters, and choose there.")
        tab = given.get("tab", "")
        if tab and tab not in TABS:
            raise NotNow(f"“{tab[:40]}” is no part of the queue. Choose one of the tabs.")
        ask = cls(QueueFilters.parse(given, choices), tab, given.get("after", ""), _uuid(given.get("on", "")))
        if "after" in given:
            # Read now, so that a place that no page gave is refused before anything is shown.
            ask._check_place()
        return ask

    def _check_place(self) -> None:
        try:
            read_tab_place(self.after) if self.tab else read_place(self.after)
        except ValueError:
            raise NotNow(NO_PAGE) from None

    @property
    def place(self) -> Place | None:
        return read_place(self.after) if self.after else None

    @property
    def tab_place(self) -> TabPlace | None:
        return read_tab_place(self.after) if self.after else None

    def query(self, *, tab: str | None = None, after: str | None = None, on: object = "", snoozed: bool | None = None) -> str:
        """For an address; `parse` takes it back. What is not named stays, but for the row."""
        filters = self.filters if snoozed is None else replace(self.filters, snoozed=snoozed)
        own = {"tab": self.tab if tab is None else tab, "after": self.after if after is None else after, "on": on}
        parts = (filters.as_query(), urlencode({name: value for name, value in own.items() if value}))
        return "&".join(part for part in parts if part)


def queue_address(query: str, on: UUID | None = None) -> str:
    """The queue's address with what is its own of a query that a form sent back: never another address. `on`: another row."""
    own = own_query(query, on)
    return f"{reverse('queue')}?{own}" if own else reverse("queue")


def own_query(query: str, on: UUID | None = None) -> str:
    try:
        given = dict(parse_qsl(query[:LONGEST_QUERY], max_num_fields=20))
    except ValueError:
        given = {}
    own = {name: value for name, value in given.items() if name in KNOWN}
    return urlencode(own | ({"on": on} if on else {}))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
