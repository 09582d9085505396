"""Sentences that can be said in another language: what stands here is English, who says them elsewhere finds what they are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recovery.timeline.words import is_one, listed, lowered


def gettext_noop(text: str) -> str:
    """Marks a text for the translators' catalog and changes nothing; named as the tools that collect texts expect."""
    return text


class Text(str):
    """A text of the norms, which have a catalog of their own."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Several texts of the norms in the middle of a sentence; as a string they follow English grammar."""

    texts: tuple[str, ...]
    between: str = ", "

    def __str__(self) -> str:
        return self.between.join(lowered(text) for text in self.texts)


class Names(Texts):
    """Symptoms at the beginning of an English sentence, which `words` knows."""

    def __str__(self) -> str:
        return listed(self.texts)

    @property
    def is_one(self) -> bool:
        return is_one(self.texts)


class Sentence(str):
    """In English, as a string. `pattern` and `values` are what it was made of, and `pattern` is what a catalog translates."""

    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> "Sentence":
        sentence = super().__new__(cls, pattern.format(**values))
        sentence.pattern, sentence.values = pattern, values
        return sentence


def joined(sentences: Iterable[Sentence]) -> Sentence:
    """One after the other; each is translated by itself."""
    parts = {f"part{number}": sentence for number, sentence in enumerate(sentences)}
    return Sentence(" ".join(f"{{{name}}}" for name in parts), **parts)
