"""What a person sees on a page, and what their browser would send back from it."""

import re
from collections import defaultdict
from html.parser import HTMLParser

INVISIBLE = {"script", "style", "title"}


class Page(HTMLParser):
    """Reads the visible text, the list items and the filled-in fields of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.items: list[list[str]] = []
        self.fields: dict[str, list[str]] = defaultdict(list)
        self.types: dict[str, str] = {}
        self.links: list[str] = []
        self._hidden, self._open_items, self._textarea, self._select = 0, [], "", ""
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        self._say(" ")
        self._hidden += tag in INVISIBLE
        if tag == "li":
            self._open_items.append([])
        elif tag == "a":
            self.links.append(has.get("href", ""))
        elif tag == "input" and "name" in has:
            self._input(has)
        elif tag == "textarea":
            self._textarea = has["name"]
            self.fields[self._textarea].append("")
        elif tag == "select":
            self._select = has["name"]
        elif tag == "option" and "selected" in has:
            self.fields[self._select].append(has["value"])

    def _input(self, has):
        self.types[has["name"]] = has.get("type", "text")
        is_choice = has.get("type") in ("radio", "checkbox")
        if has.get("type") == "file":  # a browser sends the file that was chosen, never text
            return
        if not is_choice or "checked" in has:
            self.fields[has["name"]].append(has.get("value") or ("on" if is_choice and "value" not in has else ""))

    def handle_endtag(self, tag):
        self._say(" ")
        self._hidden -= tag in INVISIBLE
        if tag == "li" and self._open_items:
            self.items.append(self._open_items.pop())
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data):
        if self._textarea:
            self.fields[self._textarea][-1] += data
        if not self._hidden:
            self._say(data)

    def _say(self, words):
        for place in (self.words, *self._open_items):
            place.append(words)


def page(response) -> Page:
    return Page(response.content.decode())


def joined(words) -> str:
    return re.sub(r" (?=[,.;:](?: |$))", "", " ".join("".join(words).split()))


def text(response) -> str:
    """The words of the page in one line."""
    return joined(page(response).words)


def items(response) -> list[str]:
    """The words of each list item."""
    return [joined(item) for item in page(response).items]


def item(response, words) -> str:
    """The first list item that holds these words, or nothing."""
    return next((found for found in items(response) if words in found), "")


def filled_in(response) -> dict[str, list[str]]:
    """What the browser would send if the form were sent as it stands, without the token."""
    return {name: values for name, values in page(response).fields.items() if name != "csrfmiddlewaretoken"}
