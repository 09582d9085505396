"""Compares the database that DATABASE_URL names with what was sent; prints, as JSON, what is wrong and how much there is.

Run as `python -m tests.durability.check FILE`; the file holds the diaries as they were sent.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import django

MOST_SAID = 20
MODELS = ("Log", "Rating", "Flag", "AuditEvent", "Submission")


def main(path):
    diaries = json.loads(Path(path).read_text())
    problems = [problem for diary in diaries for problem in problems_of(diary)] + list(_chains())
    print(json.dumps({"problems": problems[:MOST_SAID], "count": len(problems), "stored": _stored(), "kept": _kept(diaries)}))


def problems_of(diary):
    """Everything that is wrong with one recovery, each in a line that names its entry or its day."""
    from patients.models import Treatment

    treatment = Treatment.objects.with_people().get(uuid=diary["treatment"])
    said = defaultdict(list)
    for entry in diary["entries"]:
        if entry["acknowledged"]:
            said[treatment.day_of(_date(entry["date"]))].append(entry)
    yield from _logs(treatment, said)
    yield from _audit(treatment, said)
    yield from _judged(treatment)
    yield from _keys(treatment, diary["entries"])


def _logs(treatment, said):
    """The newest acknowledged answer of each day stands, once."""
    from patients.models import Log

    logs = {log.day: log for log in Log.objects.of(treatment).with_ratings()}
    for day in sorted(set(said) | set(logs)):
        if day not in logs:
            yield f"lost: no log of day {day}, {said[day][-1]['note']}"
        elif day not in said:
            yield f"too many: a log of day {day} that nobody was told of"
        elif _content(logs[day]) != _expected(said[day][-1]):
            yield f"lost: day {day} says {logs[day].note!r} and not {said[day][-1]['note']!r} in full"


def _audit(treatment, said):
    """Each change was written down once, in order, with what was there before it."""
    from patients.models import AuditEvent, Log

    logs = {str(log.uuid): log.day for log in Log.objects.of(treatment)}
    events = defaultdict(list)
    for event in AuditEvent.objects.filter(subject_type="log", subject_id__in=logs).order_by("pk"):
        events[logs[event.subject_id]].append(event)
    for day, entries in said.items():
        expected = [_expected(entry) for entry in entries]
        found = [(event.action, event.before, event.after) for event in events[day]]
        notes = Counter(after["note"] for _, _, after in found)
        yield from (f"no audit event: {entry['note']} of day {day}" for entry in entries if not notes[entry["note"]])
        yield from (f"doubled in the audit: {note} of day {day}" for note, times in notes.items() if times > 1)
        actions = ["log recorded", *["log amended"] * (len(entries) - 1)]
        if found != list(zip(actions, [None, *expected], expected, strict=False)):
            yield f"the audit of day {day} tells another story: {[after['note'] for _, _, after in found]}"


def _chains():
    """The audit's chains of hashes hold, whoever wrote at once and whatever was killed."""
    from patients.management.verifying import Verification

    yield from (f"the audit's chain: {walk.touched}" for walk in Verification(set()).walks() if walk.touched)


def _judged(treatment):
    """Urgencies, flags and the place in the queue are what the engine makes of the logs."""
    from patients.actions.flags import OPEN_STATE, open_state
    from patients.models import Flag
    from tests.rederived import derived, stored

    (flags, urgencies), (expected_flags, expected_urgencies) = stored(treatment), derived(treatment)
    yield from (f"without its flag: {flag[:4]}" for flag in expected_flags - flags)
    yield from (f"a flag too many: {flag[:4]}" for flag in flags - expected_flags)
    if urgencies != expected_urgencies:
        yield f"urgencies of the days {urgencies} and not {expected_urgencies}"
    raised = Counter(Flag.objects.of(treatment).order_by().values_list("log__day", "rule", "subject", "raised_at"))
    yield from (f"doubled: flag {flag[:3]}" for flag, times in raised.items() if times > 1)
    state = open_state(treatment, Flag.objects.of(treatment).open().with_day())
    wrong = [name for name in OPEN_STATE if state[name] != getattr(treatment, name)]
    if wrong:
        yield f"the queue knows otherwise: {', '.join(wrong)}"


def _keys(treatment, entries):
    from patients.models import Submission

    known = Counter(str(key) for key in Submission.objects.filter(treatment=treatment).values_list("key", flat=True))
    expected = Counter(entry["key"] for entry in entries if entry["acknowledged"])
    if known != expected:
        yield f"keys: {sum((known - expected).values())} too many, {sum((expected - known).values())} missing"


def _content(log):
    return {"ratings": log.severities, "signs": log.signs, "note": log.note, "asked_for_review": log.asked_for_review, "improvement": None}


def _expected(entry):
    kept = {name: entry[name] for name in ("ratings", "signs", "note")}
    return kept | {"asked_for_review": entry["asked"], "improvement": None}


def _date(text):
    from datetime import date

    return date.fromisoformat(text)


def _stored():
    from django.apps import apps

    return {name: apps.get_model("patients", name).objects.count() for name in MODELS}


def _kept(diaries):
    """Entries that were stored although the answer was lost: what a second sending without a key would have met."""
    from patients.models import Submission

    at = {str(key): moment.timestamp() for key, moment in Submission.objects.values_list("key", "at")}
    resent = [entry for diary in diaries for entry in diary["entries"] if entry["resent_at"]]
    return sum(at.get(entry["key"], entry["resent_at"]) < entry["resent_at"] for entry in resent)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
