"""The pictures that came with a log. Nothing here refuses the log: what is wrong is said beside what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, gettext_noop

from patients.models import Photo

NOT_TAKEN = "not-taken"  # marks the messages about them, which the page shows with a way to try again
MOST_TOGETHER = 80_000_000  # bytes; three pictures of the largest size that is taken
TOO_LARGE = gettext_noop("No photo was taken: together they are larger than 80 MB. Choose one at a time, or smaller pictures.")
ONE_EACH = gettext_noop("No photo was taken: choose one picture each for front, left side and right side.")
NOT_A_FILE = gettext_noop("It came as text and not as a picture. Choose the picture again.")


@dataclass(frozen=True, slots=True)
class Sent:
    """Files by view; `refused`: why a view has none though something was sent; `fault`: why none is taken at all."""

    files: Mapping[str, BinaryIO]
    refused: Mapping[str, str]
    fault: str = ""


def field_of(view: str) -> str:
    return f"photo-{view}"


def sent_photos(typed: Mapping[str, Any], files: MultiValueDict) -> Sent:
    """What was sent for each view; `typed` are the fields that are no files."""
    names = {field_of(view): view for view in Photo.View.values}
    if sum(file.size for _, sent in files.lists() for file in sent) > MOST_TOGETHER:
        return Sent({}, {}, gettext(TOO_LARGE))
    # A browser sends one each; whoever sends two of a view, or another view, has to say which is meant.
    if any(name not in names or len(sent) > 1 for name, sent in files.lists()):
        return Sent({}, {}, gettext(ONE_EACH))
    refused = {view: gettext(NOT_A_FILE) for name, view in names.items() if typed.get(name) and name not in files}
    return Sent({view: cast(BinaryIO, files[name]) for name, view in names.items() if name in files}, refused)


def not_taken(refused: Mapping[str, str]) -> list[str]:
    """A sentence for each picture that is not kept, in the order of the form."""
    said = gettext("{view}: not taken. {why}")
    return [said.format(view=view.label, why=refused[view.value]) for view in Photo.View if view.value in refused]
