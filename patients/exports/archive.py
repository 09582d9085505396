"""A patient's record as one ZIP: JSON for machines, CSV for a spreadsheet, the photos, and what is what."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import pgettext

from patients import photo_store
from patients.exports.cells import as_text
from patients.exports.record import Record
from patients.language import say
from patients.models import Log, Symptom, Treatment

BEFORE = ["session", "day", "date", "entered_at", "result"]
AFTER = ["warning_signs", "improvement", "asked_for_review", "photos", "note"]


class _Pipe:
    """A file that is written at one end and taken away at the other. It cannot be sought, so nothing has to be kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """ZipFile asks for it."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def archive_of(record: Record) -> Iterator[bytes]:
    """The parts of the archive, one file at a time in memory.

    What it holds is read here and now; the photos' files as they are asked for. One that cannot be read is named in
    README.txt and breaks nothing.
    """
    with translation.override(record.patient.speaks):
        texts = {"record.json": as_json(record.whole()), "logs.csv": as_csv(record)}
    return _zipped(record, texts)


def _zipped(record: Record, texts: dict[str, str]) -> Iterator[bytes]:
    pipe, missing = _Pipe(), []
    with ZipFile(pipe, "w") as archive:  # type: ignore[call-overload]
        for name, text in texts.items():
            archive.writestr(_entry(name, ZIP_DEFLATED), text)
            yield pipe.taken()
        for name, photo in record.files:
            try:
                content = photo_store.read(photo.full)
            except OSError:
                missing.append(name)
                continue
            # As it is: a JPEG gets no smaller.
            archive.writestr(_entry(name, ZIP_STORED), content)
            yield pipe.taken()
        archive.writestr(_entry("README.txt", ZIP_DEFLATED), _readme(record, missing))
    yield pipe.taken()


def _entry(name: str, compression: int) -> ZipInfo:
    entry = ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type, entry.external_attr = compression, 0o644 << 16  # readable once it is unpacked
    return entry


def _readme(record: Record, missing: list[str]) -> str:
    context = {"patient": record.patient, "clinic": record.patient.clinic, "missing": missing, "has_photos": bool(record.files)}
    # Said anew: by the time it is written the request, and its language with it, is over.
    with translation.override(record.patient.speaks):
        return render_to_string("mine/readme.txt", context)


def as_json(whole: dict[str, Any]) -> str:
    return json.dumps(whole, ensure_ascii=False, indent=2)


def as_csv(record: Record) -> str:
    """One row for each log. It begins with a byte order mark: without it Excel takes an accent for something else."""
    out = StringIO()
    writer, symptoms = csv.writer(out), list(Symptom.objects.all())
    writer.writerow([*BEFORE, *(symptom.name for symptom in symptoms), *AFTER])
    for treatment, log in record.in_order():
        ratings = log.severities
        grades = [ratings.get(symptom.code, "") for symptom in symptoms]
        writer.writerow(map(_cell, [*_before(record, treatment, log), *grades, *_after(record, treatment, log)]))
    return "\ufeff" + out.getvalue()


def _before(record: Record, treatment: Treatment, log: Log) -> list[Any]:
    when = treatment.date_of(log.day).isoformat()
    return [treatment.session_number, log.day, when, log.entered_at.isoformat(), say(record.verdicts[log.pk].word)]


def _after(record: Record, treatment: Treatment, log: Log) -> list[Any]:
    asked = pgettext("answer", "yes") if log.asked_for_review else pgettext("answer", "no")
    signs = "; ".join(record.signs(treatment, log))
    return [signs, log.improvement or "", asked, len(record.photos[log.pk]), log.note]


def _cell(value: Any) -> Any:
    # record.json holds the exact text.
    return as_text(value) if isinstance(value, str) else value
