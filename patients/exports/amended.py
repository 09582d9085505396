"""Logs that were changed after their entry: when, and what they said before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from patients.exports import words
from patients.exports.recoveries import RecoveryPicture
from patients.models import AuditEvent, Flag, Log
from recovery.timeline.norms import Norms

LONGEST_NOTE = 80
Said = Mapping[str, Any]  # a log as its audit event holds it


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a log; `at` by the clinic's clock, `was` empty where nothing is known of what it said."""

    day: int
    moment: datetime
    at: str
    was: str

    @property
    def words(self) -> str:
        return f"changed {words.lower_first(self.at)}" + (f": {self.was}" if self.was else "")


def changes_of(picture: RecoveryPicture, now: datetime) -> dict[int, list[Change]]:
    """By day, the oldest first. One query where something was changed, else none."""
    changed = {str(log.uuid): log for log in picture.logs.values() if log.amended_at}
    if not changed:
        return {}
    written: dict[str, list[AuditEvent]] = defaultdict(list)
    for event in AuditEvent.objects.about({"log": changed}).saying("log amended").oldest_first():
        written[event.subject_id].append(event)
    return {log.day: list(_of_log(log, written[key], picture, now)) for key, log in changed.items()}


def _of_log(log: Log, events: list[AuditEvent], picture: RecoveryPicture, now: datetime) -> Iterator[Change]:
    clinic = picture.treatment.clinic
    said = ["; ".join(differences(event.before or {}, event.after or {}, picture.norms)) for event in events]
    # The log's own time for the newest, which its flags carry too; a log from elsewhere may have no events.
    moments = [*(event.at for event in events[:-1]), log.amended_at or log.entered_at]
    for moment, was in zip(moments, said or [""], strict=True):
        yield Change(log.day, moment, words.clock(clinic.local(moment), clinic.local(now)), was)


def differences(before: Said, after: Said, norms: Norms) -> Iterator[str]:
    """What a log says otherwise than it did: “redness 3, was 2”."""
    then, now = before.get("ratings", {}), after.get("ratings", {})
    for symptom in norms.symptoms.values():
        if then.get(symptom.code) != now.get(symptom.code):
            yield f"{words.mid_sentence(symptom.name)} {_grade(now, symptom.code)}, was {_grade(then, symptom.code)}"
    ticked, was_ticked = set(after.get("signs", [])), set(before.get("signs", []))
    for code in sorted(ticked ^ was_ticked):
        yield f"{words.mid_sentence(norms.sign(code).label)}, {'was not ticked' if code in ticked else 'was ticked and is not any more'}"
    if before.get("asked_for_review") != after.get("asked_for_review"):
        yield "asks for review, did not before" if after.get("asked_for_review") else "asked for review and does not any more"
    if before.get("improvement") != after.get("improvement"):
        yield f"result {after.get('improvement') or 'not rated'}, was {before.get('improvement') or 'not rated'}"
    if before.get("note") != after.get("note"):
        note = words.shortened(before.get("note") or "", LONGEST_NOTE)
        yield f"note was “{note}”" if note else "the note is new"


def _grade(ratings: Mapping[str, int], symptom: str) -> str:
    return str(ratings.get(symptom, "not rated"))


def since_flagged(flag: Flag, changes: Mapping[int, list[Change]]) -> str:
    """How the log of a flag was changed since it was raised, or by which change it was raised; empty where it was not."""
    later = [change for change in changes.get(flag.day, []) if change.moment >= flag.raised_at]
    if not later:
        return ""
    # The change itself raises what it makes worse, at the same moment.
    after = [change for change in later if change.moment > flag.raised_at]
    return f"The log was {after[-1].words}." if after else f"Raised when the log was {later[-1].words}."
