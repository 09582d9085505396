"""The audit for the admins of a clinic: what was done, by whom and when, and nothing of what patients wrote or look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from patients.exports.cells import as_text
from patients.models import AuditEvent, Role
from patients.models.frozen import ERASED, OF_PATIENTS

SUBJECTS = {
    "patient": "patient", "treatment": "recovery", "log": "log", "normversion": "norm version", "protocol": "protocol",
    "source": "source", "claim": "claim", "clinic": "clinic", "user": "person", "replytemplate": "reply text",
}  # fmt: skip
SHORT = 8  # characters of a public id: enough to find it again, and to tell two apart
LONGEST = 300  # characters of what a field held; a discarded draft is hundreds of lines
# Of patients' events, those whose reason is about norms or a setting. Other reasons may say how somebody is.
OPEN_REASONS = ("recovery moved", "reminder hour changed")
COLUMNS = ("number", "at", "who", "role", "what", "on", "id", "why", "request", "hash")


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words; `at` in the clinic's zone, `changes` empty where it is about a patient."""

    event: AuditEvent
    at: datetime

    @property
    def who(self) -> str:
        # An admin has nothing to do with who is a patient here. Which one it was stands in its id.
        return "A patient" if self.event.role == Role.PATIENT or self.event.actor_label == ERASED else self.event.actor_label

    @property
    def what(self) -> str:
        return self.event.action[:1].upper() + self.event.action[1:]

    @property
    def subject(self) -> str:
        return SUBJECTS.get(self.event.subject_type, self.event.subject_type)

    @property
    def short_id(self) -> str:
        return self.event.subject_id[:SHORT]

    @property
    def why(self) -> str:
        is_open = self.event.subject_type not in OF_PATIENTS or self.event.action in OPEN_REASONS or self.event.actor_id is None
        return self.event.why if is_open else ""

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Name, before and after of each field that was written down."""
        # Named one by one: what a kind of subject that comes later holds may be about a patient.
        if self.event.subject_type in OF_PATIENTS or self.event.subject_type not in SUBJECTS:
            return []
        before, after = self.event.before or {}, self.event.after or {}
        return [(name.replace("_", " "), _said(before.get(name)), _said(after.get(name))) for name in {**before, **after}]


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def lines(events: Iterable[AuditEvent], zone: tzinfo) -> list[Line]:
    return [Line(event, event.at.astimezone(zone)) for event in events]


def cells(events: Iterable[AuditEvent]) -> Iterator[list[object]]:
    """For a file: moments in UTC, ids whole, and the hash of each event, to be compared later."""
    yield list(COLUMNS)
    for event in events:
        line = Line(event, event.at.astimezone(UTC))
        said = [line.who, event.role, event.action, line.subject, event.subject_id, line.why]
        yield [event.seq or "", line.at.isoformat(), *(as_text(cell) for cell in said), event.request_id, event.hash]
