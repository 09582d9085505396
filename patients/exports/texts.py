"""A clinic's text as a page shows it: headings, paragraphs and lists, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from patients.actions.texts import text_for
from patients.models import Clinic, ClinicText, Consent, Patient
from patients.models.texts import INSTALLATION, shipped


@dataclass(frozen=True, slots=True)
class Block:
    """`kind`: heading, list or text; a heading and a text have one line."""

    kind: str
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """A blank line ends a paragraph, “# ” begins a heading, “- ” a row of a list; everything else is just words."""
    return list(_blocks(text))


def _blocks(text: str) -> Iterator[Block]:
    kind, lines = "text", list[str]()
    for line in [*text.splitlines(), ""]:
        found, words = _read(line.strip())
        if found != kind or found == "heading":
            yield from _whole(kind, lines)
            kind, lines = found, []
        if words:
            lines.append(words)
    yield from _whole(kind, lines)


def _read(line: str) -> tuple[str, str]:
    if line.startswith("# "):
        return "heading", line[2:].strip()
    if line.startswith("- "):
        return "list", line[2:].strip()
    return ("text", line) if line else ("end", "")


def _whole(kind: str, lines: list[str]) -> Iterator[Block]:
    if lines:
        yield Block(kind, tuple(lines) if kind == "list" else (" ".join(lines),))


def installation_text(language: str) -> list[Block]:
    """For whoever has not signed in, and for who belongs to no clinic."""
    return blocks(shipped(INSTALLATION, language).text)


@dataclass(frozen=True, slots=True)
class PhotoQuestion:
    """What is asked before photos are allowed, and the key of the text that the button sends back."""

    blocks: list[Block]
    key: str


def photo_question(patient: Patient) -> PhotoQuestion:
    shown = text_for(patient.clinic, ClinicText.Kind.PHOTOS, patient.speaks)
    return PhotoQuestion(blocks(shown.text), shown.key)


def photos_said(patient: Patient) -> str:
    """For the staff's page of a patient; one query."""
    newest = Consent.objects.to_photos_of(patient).newest_first().first()
    if newest is None:
        return "not allowed: the patient has not been asked or has not answered yet"
    clinic = patient.clinic
    if newest.withdrawn_at:
        return f"not allowed: withdrawn on {clinic.local(newest.withdrawn_at):%-d %b %Y}"
    if newest.lapsed_at:
        return f"not allowed: asked again since {clinic.local(newest.lapsed_at):%-d %b %Y}"
    return f"allowed since {clinic.local(newest.given_at):%-d %b %Y}"


@dataclass(frozen=True, slots=True)
class TextRow:
    """One line of the list of texts. `stands`: None while the shipped text is in force."""

    kind: ClinicText.Kind
    language: str
    language_name: str
    stands: ClinicText | None


def text_rows(clinic: Clinic) -> list[TextRow]:
    newest = ClinicText.objects.newest_of(clinic)
    return [TextRow(kind, code, name, newest.get((kind.value, code))) for kind in ClinicText.Kind for code, name in settings.LANGUAGES]
