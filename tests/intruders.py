"""What in a page is not ours: elements and attributes that would run, load or send something; and what a page does not show."""

import html
import re
from html.parser import HTMLParser

from tests.hostile import GAP

STRANGERS = {"iframe", "base", "object", "embed", "math", "marquee", "style", "applet", "frame", "x"}  # in no page of ours


class Elements(HTMLParser):
    """What in a page would run, load or send something that is not ours."""

    def __init__(self, markup):
        super().__init__()
        self.found = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        is_ours = has.get("src", "").startswith("/static/") or has.get("type") == "application/json"  # the latter is never run
        if tag in STRANGERS or (tag == "script" and not is_ours):
            self.found.append(tag)
        if tag == "meta" and "http-equiv" in has:
            self.found.append("meta")
        for name, value in has.items():
            is_place = name in ("href", "src", "action", "formaction", "srcset", "poster", "data", "background")
            if name.startswith("on") or name in ("style", "srcdoc", "autofocus", "accesskey") or (is_place and _is_away(value or "")):
                self.found.append(f"{tag} {name}={value}")


def _is_away(place):
    return not re.match(r"(/(?![/\\])|#|\?|tel:|mailto:|data:image/|https://[a-z]|$)", place)


def intruders(response):
    return Elements(response.content.decode()).found


def words(response):
    """The page's text as it stands in the source, without its markup."""
    return " ".join(html.unescape(response.content.decode()).split())


def missing(response, *values):
    """The strings of these values that the page does not show to the letter, white space apart."""
    shown = words(response)
    return [piece for value in values for piece in map(" ".join, map(str.split, value.split(GAP))) if piece not in shown]


def checked(response, *values):
    assert response.status_code == 200
    assert (intruders(response), missing(response, *values)) == ([], [])
