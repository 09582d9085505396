"""Recording a day's log: store it, compare it, raise its flags, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext

from patients import permissions, policies
from patients.actions import audit, silence, submissions
from patients.actions.flags import OPEN_STATE, raise_flags
from patients.actions.submissions import Sent
from patients.errors import NotNow
from patients.models import Log, Rating, Treatment, User
from patients.models.norm_values import norms_for
from recovery.timeline.compare import Entry, Finding, compare_course
from recovery.timeline.scale import MOST_DAY

# What else of a treatment several people change, beside its open state and its next check-in.
SHARED = (
    *("norm_version_id", "protocol_id", "treated_on", "mailed_urgency", "mailed_distance"),
    *("snoozed_until", "snoozed_by_id", "assigned_to_id", "reviewed_at", "reviewed_by_id", "awaits_since"),
    *("closed_at", "closed_by_id", "closed_why"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the patient said of one day. Ratings: severity 0–4 by symptom code; improvement: GAIS 1–5."""

    ratings: Mapping[str, int]
    signs: frozenset[str] = frozenset()
    note: str = ""
    asked_for_review: bool = False
    improvement: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of it: the log, its findings, and whether it was new or changed.

    `sent`: under which key it came, if any; `is_overtaken`: it came before, and something else was said after it.
    """

    log: Log
    is_new: bool
    is_changed: bool
    findings: tuple[Finding, ...] = field(default=())
    sent: Sent | None = None
    is_overtaken: bool = False


def record_log(*, by: User, treatment: Treatment, when: date, said: Said, key: UUID | None = None, now: datetime | None = None) -> Recorded:
    """Stores the log of a date, or amends the one that is there, and judges it and the logs after it.

    Safe to repeat: the same answers again change nothing, and under the same key not even what was said after them.
    Raises NotAllowed or NotNow.
    """
    now = now or timezone.now()
    # The patient's own calendar, wherever clinic and server are.
    today = treatment.patient.today(now)
    # Before the lock: who is refused must not make others wait.
    permissions.check_log(by, treatment)
    policies.check_date_can_be_logged(when, today, treatment)
    with audit.atomic():
        # From here on nobody else changes this recovery: two submissions at once become a log and its repetition.
        lock(treatment)
        # Once more: a planned treatment may have been moved to another day since it was loaded.
        policies.check_date_can_be_logged(when, today, treatment)
        day = treatment.day_of(when)
        logs = {log.day: log for log in Log.objects.of(treatment)}
        entries = entries_of(logs)
        log = logs.get(day) or Log(clinic_id=treatment.clinic_id, treatment=treatment, day=day, entered_at=now)
        is_new = log.pk is None
        stood = None if is_new else _says(log, entries[day])
        # A day without a log has taken nothing yet.
        sent = submissions.take(treatment, key, day, _written(said), at=now, may_be_known=not is_new) if key else None
        is_overtaken = sent is not None and sent.is_repeat and stood != said
        if stood and is_overtaken:
            said = stood
        # In the place of what stood: the days after are judged against the new answer.
        entries[day] = Entry(day, said.ratings, said.signs, said.asked_for_review, said.improvement)
        if stood == said:
            # The same again: nothing is written, so nothing is audited twice and no review is lost.
            found = judged(treatment, entries, day)
            return Recorded(log, is_new=False, is_changed=False, findings=found[day], sent=sent, is_overtaken=is_overtaken)
        logs[day] = log
        # Judged before it is stored, so that the log is written once, with its urgency.
        found = judged(treatment, entries, day)
        _store(log, said, now=now, days_late=(today - when).days, urgency=_most_urgent(found[day]))
        store_judgement(treatment, logs, found, at=now)
        silence.after_log(treatment, logs)
        action = "log recorded" if is_new else "log amended"
        audit.record(action, log, by=by, clinic=treatment.clinic, before=_written(stood) if stood else None, after=_written(said))
    return Recorded(log, is_new, is_changed=True, findings=found[day], sent=sent)


def lock(treatment: Treatment) -> None:
    """Holds the treatment for this transaction and reads anew what others may change.

    SQLite has one writer at a time (IMMEDIATE) and ignores the lock; PostgreSQL needs it. Raises NotNow where the plan of
    the treatment was called off since it was loaded.
    """
    # Onto the object at hand, and not a new one: the caller's clinic and patient are loaded already.
    fields = (*OPEN_STATE, *silence.CHECK_IN, *SHARED)
    fresh = Treatment.objects.select_for_update().only(*fields).filter(pk=treatment.pk).first()
    if fresh is None:
        raise NotNow(gettext("This treatment was called off a moment ago. Load the page again."))
    for name in fields:
        # Setting a key drops the object that was cached for another one, so treatment.norm_version is right afterwards.
        setattr(treatment, name, getattr(fresh, name))


def judged(treatment: Treatment, entries: Mapping[int, Entry], from_day: int) -> dict[int, tuple[Finding, ...]]:
    """The findings of the logs from a day on: a changed log changes what those after it are compared with."""
    return compare_course(entries.values(), norms_for(treatment), ratings_before(treatment, from_day), range(from_day, MOST_DAY + 1))


def store_judgement(treatment: Treatment, logs: Mapping[int, Log], found: Mapping[int, tuple[Finding, ...]], *, at: datetime) -> None:
    # Later logs only: the one just stored carries its urgency already.
    changed = [logs[day] for day, findings in found.items() if logs[day].urgency != _most_urgent(findings)]
    for log in changed:
        log.urgency = _most_urgent(found[log.day])
    if changed:
        Log.objects.bulk_update(changed, ["urgency"])
    raise_flags(treatment, found, logs, norms_for(treatment), at=at)


def _most_urgent(findings: Iterable[Finding]) -> int:
    return max((int(f.urgency) for f in findings), default=0)


def entries_of(logs: Mapping[int, Log]) -> dict[int, Entry]:
    """The logs of one recovery as the engine reads them; one query whatever their number."""
    day_of = {log.pk: log.day for log in logs.values()}
    ratings: dict[int, dict[str, int]] = defaultdict(dict)
    for log_id, symptom, severity in Rating.objects.filter(log_id__in=day_of).values_list("log_id", "symptom_id", "severity"):
        ratings[day_of[log_id]][symptom] = severity
    return {day: Entry(day, ratings[day], frozenset(log.signs), log.asked_for_review, log.improvement) for day, log in logs.items()}


def ratings_before(treatment: Treatment, from_day: int) -> dict[int, dict[str, int]]:
    """Ratings of the session before, by day, from a day on; empty where there was none."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    if treatment.session_before_id is not None:
        # By the key that was pinned when the treatment was recorded: a later session never becomes “the one before”.
        ratings = Rating.objects.filter(log__treatment_id=treatment.session_before_id, log__day__gte=from_day)
        for day, symptom, severity in ratings.values_list("log__day", "symptom_id", "severity"):
            found[day][symptom] = severity
    return found


def _says(log: Log, entry: Entry) -> Said:
    return Said(entry.ratings, entry.signs, log.note, log.asked_for_review, log.improvement)


def _written(said: Said) -> dict[str, Any]:
    return {
        "ratings": dict(said.ratings),
        "signs": sorted(said.signs),
        "note": said.note,
        "asked_for_review": said.asked_for_review,
        "improvement": said.improvement,
    }


def _store(log: Log, said: Said, *, now: datetime, days_late: int, urgency: int) -> None:
    log.signs, log.note, log.urgency = sorted(said.signs), said.note, urgency
    log.asked_for_review, log.improvement = said.asked_for_review, said.improvement
    if log.pk is None:
        # Of the first entry only: amending does not make it later than it was.
        log.days_late = days_late
    else:
        log.amended_at = now
        log.ratings.all().delete()  # what was said before is in the audit event
    log.save()
    Rating.objects.bulk_create(
        Rating(clinic_id=log.clinic_id, log=log, symptom_id=symptom, severity=severity) for symptom, severity in said.ratings.items()
    )
