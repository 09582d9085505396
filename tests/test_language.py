"""Everything a patient reads is in the catalog of every language, and the catalogs are whole."""

import ast
import csv
import re
import string

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

from recovery.timeline.norms import UNKNOWN_SIGN
from tests import catalogs
from tests.catalogs import LOCALE

ROOT = LOCALE.parents[1]
STAFF_ONLY = ("clinic", "norms")  # folders of templates
CALLS = {
    **dict.fromkeys(["gettext", "gettext_lazy", "gettext_noop", "_"], 1),
    **dict.fromkeys(["ngettext", "pgettext", "pgettext_lazy"], 2),
    "npgettext": 3,
}
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Of every file, the columns that patients read.
NORM_TEXTS = {
    "symptoms": ["name", "question", *(f"grade_{grade}" for grade in range(5))],
    "warning_signs": ["label", "advice"],
    "phases": ["name", "what_to_expect"],
    "milestones": ["title", "detail"],
    "guidance": ["text", "sources_differ"],
    "protocols": ["name"],
}
INSIDE = "inside a sentence"


def calls(source):
    """What each call for a translation asks for: context and text, and the plural where there is one."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if name in CALLS and all(isinstance(arg, ast.Constant) for arg in node.args[: CALLS[name]]) and node.args:
            texts = [arg.value for arg in node.args[: CALLS[name]]]
            context = texts.pop(0) if "pgettext" in name else None
            yield context, tuple(texts)


def in_python():
    for path in [*ROOT.glob("patients/**/*.py"), *ROOT.glob("recovery/**/*.py")]:
        yield from calls(path.read_text(encoding="utf-8"))


def in_templates():
    for path in catalogs.templates():
        # Django makes calls of the tags, between lines of X.
        for call in re.findall(r"""\bn?p?gettext\((?:u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"),?\s*|\w+,?)+\)|\b_\((?:"[^"]*"|'[^']*')\)""",
                               templatize(path.read_text(encoding="utf-8"))):  # fmt: skip
            yield from calls(call)


def placeholders(text):
    return sorted([*re.findall(r"%\(\w+\)[sd]", text), *(f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name)])


def norm_texts():
    for name, columns in NORM_TEXTS.items():
        with (ROOT / "patients" / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield from (row[column] for column in columns if row[column])
    yield UNKNOWN_SIGN


def inside_texts():
    """The names that stand in the middle of a verdict."""
    for name, column in (("symptoms", "name"), ("warning_signs", "label")):
        with (ROOT / "patients" / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            yield from (row[column] for row in csv.DictReader(file))


def test_the_search_finds_what_is_written_in_many_ways():
    found = {text for _, texts in [*in_python(), *in_templates()] for text in texts}
    assert {
        "Saved.",
        "As expected",
        "{names} are higher than usual for day {day}.",
        "Hello %(name)s,",
        "l j F",
        "%(number)s answers are missing or unclear.",
        "{number} photos are added.",
        "Emergency: act now",
        "Your role does not reach here.",
        "none",
        "Key to the charts",
    } <= found
    assert len(found) > 300


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_pages_and_code_is_translated(language):
    there = {message.key for message in catalogs.messages("django", language)}
    asked = {(context, texts[0]) for context, texts in [*in_python(), *in_templates()]}
    assert asked - there == set()
    assert there - asked == set()  # what nobody asks for any more only misleads


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_starting_norms_is_translated(language):
    there = {message.key for message in catalogs.messages("norms", language)}
    assert there == {(None, text) for text in norm_texts()} | {(INSIDE, text) for text in inside_texts()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", ["django", "norms"])
class TestCatalog:
    def test_nothing_is_empty_or_unsure(self, domain, language):
        found = catalogs.messages(domain, language)
        assert [message.key for message in found if not all(message.said) or not message.said or "fuzzy" in message.flags] == []
        assert len(found) > 130

    def test_the_placeholders_are_those_of_the_english(self, domain, language):
        def is_right(message):
            # The plural's; a singular may leave its number out, in either language.
            wanted = placeholders(message.id[-1])
            return all(
                placeholders(said) in ([wanted] if said is message.said[-1] else [wanted, placeholders(message.id[0])])
                for said in message.said
            )

        assert [message.key for message in catalogs.messages(domain, language) if not is_right(message)] == []

    def test_blanks_and_ends_are_those_of_the_english(self, domain, language):
        """A sentence stays a sentence, what goes on stays open."""
        odd = [
            message.id[0]
            for message in catalogs.messages(domain, language)
            for text, said in zip(message.id, message.said, strict=False)
            if said != said.strip() or (text[-1] in ".?!") != (said[-1] in ".?!")
        ]
        assert odd == []

    def test_what_is_served_is_what_is_written(self, domain, language):
        written = {message.key: message.said for message in catalogs.messages(domain, language)}
        assert catalogs.compiled(domain, language) == written
