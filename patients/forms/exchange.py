"""Norms from files: what was uploaded or pasted, read as one version."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from recovery.timeline.document import MOST_SAID, to_json
from recovery.timeline.files import FilesError, from_files
from recovery.timeline.norms import Norms
from recovery.timeline.proof import problems

LARGEST = 1_000_000  # bytes, all files and what is pasted together
MOST_PROBLEMS = 200  # in bands; comparing bands that all overlap takes the square of their number
LONGEST_NAME, LONGEST_NAMES = 60, 300
PASTED = "Pasted text"


class PastedField(forms.Field):
    """Text with line ends as files have them; a browser sends others."""

    # Not a CharField, which strips: what is read must be what was pasted.
    def to_python(self, value: Any) -> str:
        return str(value or "").replace("\r\n", "\n")


class ImportForm(forms.Form):
    """Files and pasted text; `norms` and `document` hold what was read, `faults` what cannot be used: a file and its lines.

    The page of the differences sends `document` back as pasted text, so that it is read again and never trusted.
    """

    text = PastedField(required=False)
    names = PastedField(required=False)  # of the files that the document was read from, for the audit

    def __init__(self, *args: Any, protocol: str, base: Norms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocol, self.base = protocol, base
        self.norms, self.document = base, ""
        self.faults: list[tuple[str, list[str]]] = []

    @property
    def uploaded(self) -> list[UploadedFile]:
        return self.files.getlist("files") if self.files else []

    def source(self) -> str:
        """The names of what was read, on one line."""
        read = [_short(file.name or "") for file in self.uploaded] + [name for name, _ in _pasted(self.cleaned_data["text"])]
        # A file is called what its sender likes, and the audit keeps it: printable letters on one line.
        names = self.cleaned_data["names"] or ", ".join(read)
        return "".join(letter for letter in names if letter.isprintable())[:LONGEST_NAMES]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        text = data["text"]
        if not self.uploaded and not text.strip():
            return self._refuse([("", "Choose a file, or paste the text of one.")])
        if sum(file.size or 0 for file in self.uploaded) + len(text.encode()) > LARGEST:
            return self._refuse([("", "This is larger than 1 MB altogether. Take fewer files, or only the parts that change.")])
        files = [(_short(file.name or ""), file.read(LARGEST)) for file in self.uploaded]
        try:
            self.norms = from_files([*files, *_pasted(text)], self.protocol, self.base)
        except FilesError as error:
            return self._refuse(error.found)
        return self._checked(data)

    def _checked(self, data: dict[str, Any]) -> dict[str, Any]:
        """What could be read, as a document that the next page can send back."""
        found = problems(self.norms.bands, self.norms.symptoms)
        if len(found) > MOST_PROBLEMS:
            first = "\n".join(map(str, found[:MOST_SAID]))
            return self._refuse([("", f"The bands have {len(found)} gaps, overlaps and the like; mend them first.\n{first}")])
        self.document = to_json(self.protocol, self.norms)
        if len(self.document.encode()) > LARGEST:
            return self._refuse([("", "As one document these norms are larger than 1 MB. Let each band hold over more days.")])
        return data

    def _refuse(self, found: Any) -> dict[str, Any]:
        self.faults = [(name, says.split("\n")) for name, says in found]
        self.add_error(None, "This cannot be read.")
        return self.cleaned_data


def _pasted(text: str) -> list[tuple[str, bytes]]:
    """Pasted text as a file, named by what it looks like."""
    # Copied from an editor, the text may begin with the mark by which files say UTF-8.
    kind = "json" if text.lstrip("\ufeff \t\n").startswith(("{", "[")) else "csv"
    return [(f"{PASTED}.{kind}", text.encode())] if text.strip() else []


def _short(name: str) -> str:
    """A file's name as the page says it, with the end that tells its kind."""
    ending = PurePath(name).suffix[:6]
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - len(ending)]}…{ending}"
