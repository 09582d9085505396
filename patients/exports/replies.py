"""A clinic's texts for replies, filled in for one patient."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from patients.models import Clinic, ReplyTemplate
from patients.models.replies import PLACEHOLDERS

_PLACE = re.compile("{(" + "|".join(PLACEHOLDERS) + ")}")


class ReadyText(NamedTuple):
    """A text as this patient would read it."""

    key: str
    name: str
    text: str


def ready_texts(clinic: Clinic, first_name: str) -> list[ReadyText]:
    """For a patient who is called so; one query."""
    return [ReadyText(str(t.uuid), t.name, filled(t.text, clinic, first_name)) for t in ReplyTemplate.objects.of_clinic(clinic)]


def filled(text: str, clinic: Clinic, first_name: str) -> str:
    """In one pass: a patient who is called “{phone}” stays so."""
    values = {"name": first_name, "clinic": clinic.name, "phone": clinic.phone}
    return _PLACE.sub(lambda found: values[found[1]], text)


def with_text(typed: str, chosen: str, texts: Iterable[ReadyText]) -> tuple[str, str]:
    """The reply with a chosen text behind what was typed, and what is wrong with the choice."""
    if not chosen:
        return typed, "Choose a text from the list first."
    found = next((text for text in texts if text.key == chosen), None)
    if found is None:
        return typed, "This text is not in the list any more. Choose another."
    # The same button twice must not say everything twice.
    if found.text in typed.replace("\r\n", "\n"):
        return typed, ""
    return f"{typed.rstrip()}\n\n{found.text}".strip(), ""
