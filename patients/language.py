"""The language of the page or mail at hand. English is what stands in the code; settings.LANGUAGES says what else there is.

The texts of the norms have a catalog of their own, `norms`: what a clinic has reworded is in none and stays as it wrote it.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import DjangoTranslation

from recovery.timeline.sentence import Sentence, Text, Texts

__all__ = ["dated", "gettext", "is_english", "long_date", "norm_text", "offered", "say", "short_date"]


def offered(language: str) -> str:
    """A language that there is: one that an installation has given up is English again."""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def is_english() -> bool:
    return get_language() in (None, settings.LANGUAGE_CODE)


@lru_cache
def _norms_catalog(language: str) -> DjangoTranslation:
    return DjangoTranslation(language, domain="norms")


def norm_text(text: str) -> str:
    """A text of the norms in the language of the page."""
    # An empty text is the key of the catalog's header.
    return text if is_english() or not text else _norms_catalog(get_language() or "").gettext(text)


def _inside(text: str) -> str:
    """The same in the middle of a sentence, where many languages write it otherwise than at the beginning."""
    found = _norms_catalog(get_language() or "").pgettext("inside a sentence", text)
    return found if found != text else norm_text(text)


def say(text: str) -> str:
    """What the timeline says, in the language of the page."""
    if is_english():
        return str(text)
    if isinstance(text, Sentence):
        return gettext(text.pattern).format(**{name: _value(value) for name, value in text.values.items()})
    return norm_text(text) if isinstance(text, Text) else text


def _value(value: object) -> object:
    if isinstance(value, Texts):
        return value.between.join(map(_inside, value.texts))
    return say(value) if isinstance(value, str) else value


def long_date(day: date) -> str:
    """“Tuesday 24 November”, the way dates are said to patients."""
    return dated(day, gettext("l j F"))


def short_date(day: date) -> str:
    """“Tue 24 Nov”"""
    return dated(day, gettext("D j M"))


def dated(day: date, pattern: str) -> str:
    """A date by a pattern of Django's, in the language of the page."""
    return _dated(day, pattern, get_language())


# A page says some twenty dates, and the same few weeks come again on every page.
@lru_cache(maxsize=4096)
def _dated(day: date, pattern: str, language: str | None) -> str:
    """`language` for the cache alone: the names of months are those of the language in force."""
    return date_format(day, pattern)
