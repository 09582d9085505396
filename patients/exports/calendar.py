"""The window of the next session as a calendar file (RFC 5545), without a word about health: calendars are shared and synchronised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from uuid import uuid5

from django.utils.translation import gettext

from patients.models import Clinic, Treatment

LONGEST_LINE = 75  # octets, the line break not counted


def next_session(treatment: Treatment, window: tuple[int, int]) -> str:
    """One all-day event over the window's days; the same bytes each time, so that importing it again adds nothing."""
    first, last = (treatment.date_of(day) for day in window)
    clinic = treatment.clinic
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Recovery timeline//EN",
        "BEGIN:VEVENT",
        # Derived: the recovery's own id is the address of a page, which a shared calendar need not know.
        f"UID:{uuid5(treatment.uuid, 'next session')}",
        f"DTSTAMP:{treatment.recorded_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{_day_after(last):%Y%m%d}",
        f"SUMMARY:{escaped(_summary(clinic))}",
        f"DESCRIPTION:{escaped(_description(clinic))}",
        # The window is no appointment: it must not make the person look busy for two weeks.
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in fold(line))


def _day_after(day: date) -> date:
    # DTEND is the first day that the event does not take.
    return day + timedelta(days=1)


def _summary(clinic: Clinic) -> str:
    return gettext("Next appointment window: {clinic}").format(clinic=clinic.name)


def _description(clinic: Clinic) -> str:
    return gettext("To book, call {clinic}: {phone}").format(clinic=clinic.name, phone=clinic.phone)


def escaped(text: str) -> str:
    """A TEXT value: separators behind a backslash, line breaks as \\n, other control characters gone."""
    text = re.sub(r"\r\n?|[\u2028\u2029\x85\v\f]", "\n", text)
    text = re.sub(r"[\x00-\x09\x0e-\x1f\x7f]", " ", text)
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", r"\n")


def fold(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets, all but the first after a space; never cut inside a character."""
    piece, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + width
    yield piece
