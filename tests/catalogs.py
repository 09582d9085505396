"""Reads the translators' catalogs: .po files as people write them, .mo files as they are served."""

from __future__ import annotations

import ast
import gettext
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[1] / "patients" / "locale"


@dataclass
class Message:
    """One entry of a .po file; `id` and `said` hold one text, or the singular and what follows it."""

    context: str | None = None
    id: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    flags: str = ""

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.id[0]


def messages(domain: str, language: str = "es") -> list[Message]:
    """All entries but the header; what is out of use (#~) counts as well, as it should be gone."""
    text = (LOCALE / language / "LC_MESSAGES" / f"{domain}.po").read_text(encoding="utf-8")
    return [found for block in text.split("\n\n") if (found := _message(block)).id not in ([], [""])]


def _message(block: str) -> Message:
    found, current = Message(), [""]
    for line in block.splitlines():
        if line.startswith("#,"):
            found.flags += line
            continue
        line = line.removeprefix("#~ ")
        if line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word.startswith('"'):
            current[-1] += ast.literal_eval(line)
        elif word == "msgctxt":
            found.context = ast.literal_eval(rest)
        elif word:
            current = found.said if word.startswith("msgstr") else found.id
            current.append(ast.literal_eval(rest))
    return found


def compiled(domain: str, language: str = "es") -> dict[tuple[str | None, str], list[str]]:
    """What the .mo file holds, plural forms in their order."""
    with (LOCALE / language / "LC_MESSAGES" / f"{domain}.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog
    found: dict[tuple[str | None, str], dict[int, str]] = {}
    for key, said in catalog.items():
        # Plural forms stand under (text, number); the header under the empty text.
        name, number = key if isinstance(key, tuple) else (key, 0)
        if name:
            context, _, text = name.rpartition("\x04")
            found.setdefault((context or None, text), {})[number] = said
    return {key: [forms[number] for number in sorted(forms)] for key, forms in found.items()}


def templates() -> Iterator[Path]:
    yield from sorted(LOCALE.parents[1].glob("templates/**/*.html"))
    yield from sorted(LOCALE.parents[1].glob("templates/**/*.txt"))
