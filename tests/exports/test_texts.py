"""A clinic's text as blocks: headings, paragraphs, lists, and nothing that somebody could smuggle in."""

import pytest
from django.template.loader import render_to_string

from patients.exports.texts import Block, blocks, photos_said
from patients.models import Consent
from tests.factories import allow_photos


def text(line):
    return Block("text", (line,))


@pytest.mark.parametrize(
    "typed, found",
    [
        ("", []), ("\n\n \n", []),
        ("One\ntwo\n\nthree", [text("One two"), text("three")]),
        ("# Head\nWords", [Block("heading", ("Head",)), text("Words")]),
        ("# One\n# Two", [Block("heading", ("One",)), Block("heading", ("Two",))]),
        ("- a\n- b\nWords", [Block("list", ("a", "b")), text("Words")]),
        ("- a\n\n- b", [Block("list", ("a",)), Block("list", ("b",))]),
        ("Words\n- a", [text("Words"), Block("list", ("a",))]),
        ("  # Head  \r\n", [Block("heading", ("Head",))]),
        # Not quite: these are words.
        ("#Head", [text("#Head")]), ("-a", [text("-a")]), ("## Head", [text("## Head")]), ("* a", [text("* a")]), ("1. a", [text("1. a")]),
        ("# ", [text("#")]), ("- ", [text("-")]), ("[a](http://x)", [text("[a](http://x)")]), ("**bold**", [text("**bold**")]),
    ],
)  # fmt: skip
def test_what_is_what(typed, found):
    assert blocks(typed) == found


HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><b>', "{{ 7|add:7 }}", "{% now 'Y' %}", "&lt;"]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("before", ["", "# ", "- "])
def test_nothing_runs(hostile, before):
    shown = render_to_string("parts/_text.html", {"blocks": blocks(before + hostile), "level": "h2"})
    assert [tag for tag in ("<script", "<img", "<b>", "14") if tag in shown] == []
    assert hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#x27;") in shown


@pytest.mark.parametrize(
    "ended, says",
    [
        (None, "allowed since 18 Mar 2026"), ("withdrawn_at", "not allowed: withdrawn on 18 Mar 2026"),
        ("lapsed_at", "not allowed: asked again since 18 Mar 2026"),
    ],
)  # fmt: skip
def test_what_staff_read_of_it(patient, frozen, ended, says):
    assert photos_said(patient) == "not allowed: the patient has not been asked or has not answered yet"
    allow_photos(patient)
    if ended:
        Consent.objects.update(**{ended: frozen})
    assert photos_said(patient) == says
