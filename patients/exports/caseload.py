"""A clinic's patients as rows: what runs, what was logged last, what is due next, what is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from patients.exports import invitations, words
from patients.models import Patient, Phase, Treatment
from recovery.timeline.scale import Urgency

Phases = dict[UUID, list[Phase]]


class CaseloadRow(NamedTuple):
    """One patient, ready to print: templates chain no filters in long lists."""

    uuid: UUID
    name: str
    email: str
    invited: str  # empty once there is nothing to say of it
    recovery: UUID | None  # what runs, or is closed; None before the first treatment
    day: str
    session: str
    planned: UUID | None
    planned_said: str
    last_log: str
    due: str
    is_missed: bool
    open: UUID | None  # the recovery that needs review
    word: str
    urgency: str


def caseload_rows(patients: Sequence[Patient], now: datetime) -> list[CaseloadRow]:
    """One query, for the phases; the rest is what `next_due_first` has prefetched."""
    versions = {treatment.norm_version_id for patient in patients for treatment in patient.treatments.all()}
    phases: Phases = defaultdict(list)
    for phase in Phase.objects.filter(version__in=versions).order_by("first_day"):
        phases[phase.version_id].append(phase)
    return [_row(patient, phases, now) for patient in patients]


def _row(patient: Patient, phases: Phases, now: datetime) -> CaseloadRow:
    today = patient.today(now)
    # Over the prefetched rows: order_by() would ask the database once for each patient.
    treatments = sorted(patient.treatments.all(), key=lambda t: t.treated_on)
    running = next((t for t in reversed(treatments) if t.treated_on <= today), None)
    planned = next((t for t in treatments if t.treated_on > today), None)
    waiting = max((t for t in treatments if t.open_urgency), key=lambda t: t.open_urgency, default=None)
    invitation = max(patient.invitations.all(), key=lambda i: (i.made_at, i.pk), default=None)
    urgency = Urgency(waiting.open_urgency).word if waiting else ""
    due, is_missed = _due(running, patient, today, now) if running else ("", False)
    return CaseloadRow(
        patient.uuid,
        patient.user.name,
        patient.user.email,
        invitations.in_short(patient, invitation, now),
        running.uuid if running else None,
        _day(running, phases, today) if running else "",
        _session(running) if running else "",
        planned.uuid if planned else None,
        f"planned for {words.short_date(planned.treated_on)}, {_session(planned)}" if planned else "",
        _last_log(running) if running else "",
        due,
        is_missed,
        waiting.uuid if waiting else None,
        urgency,
        urgency.capitalize(),
    )


def _day(running: Treatment, phases: Phases, today: date) -> str:
    day = running.day_of(today)
    if running.closed_at is not None:
        return f"Day {day}, closed"
    phase = next((p for p in phases.get(running.norm_version_id, ()) if p.first_day <= day <= p.last_day), None)
    return f"Day {day}, {words.mid_sentence(phase.name) if phase else 'past the timeline'}"


def _session(treatment: Treatment) -> str:
    return f"{treatment.protocol.name}, session {treatment.session_number}"


def _last_log(running: Treatment) -> str:
    if running.last_log_day is None:
        return "none yet"
    return f"day {running.last_log_day}, {words.short_date(running.date_of(running.last_log_day))}"


def _due(running: Treatment, patient: Patient, today: date, now: datetime) -> tuple[str, bool]:
    """When the next check-in is due, and whether that day is over."""
    if running.closed_at is not None:
        return "none, closed", False
    if running.quiet_from is None or running.quiet_until is None or running.quiet_until <= now:
        return "none any more", False
    # It is kept as the midnight that ends the day.
    on = running.quiet_from.astimezone(ZoneInfo(patient.time_zone)).date() - timedelta(days=1)
    if on < today:
        return f"missed, was due {words.short_date(on)}", True
    said = words.in_days((on - today).days)
    return (said if on == today else f"{said}, {words.short_date(on)}"), False


def session_rows(treatments: Iterable[Treatment], today: date) -> list[tuple[Treatment, bool, str]]:
    """Of one patient, newest first: the treatment, whether it is planned, and what is open."""
    return [(t, t.treated_on > today, Urgency(t.open_urgency).word if t.open_urgency else "") for t in treatments]
