"""The next check-in of each recovery, kept on the treatment, so that who has gone quiet is found without reading logs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from patients.models import Log, Patient, Treatment
from patients.models.norm_values import norms_for
from recovery.timeline.checkin import next_check_in
from recovery.timeline.scale import Urgency

CHECK_IN = ("last_log_day", "last_log_flagged", "quiet_from", "quiet_until")
OVER: dict[str, Any] = {"quiet_from": None, "quiet_until": None}


def check_in_state(treatment: Treatment, zone: str, last_log: Log | None) -> dict[str, Any]:
    """The fields of a treatment after this last log, with no session after it. `zone`: the patient's."""
    return _log_state(last_log) | quiet_times(treatment, zone, None if last_log is None else last_log.day)


def _log_state(last_log: Log | None) -> dict[str, Any]:
    return {
        "last_log_day": None if last_log is None else last_log.day,
        "last_log_flagged": last_log is not None and last_log.urgency >= Urgency.WATCH,
    }


def quiet_times(treatment: Treatment, zone: str, last_log_day: int | None, next_session: date | None = None) -> dict[str, datetime | None]:
    """From when it counts as quiet, and until when anything is asked for: the end of its norms, or the day of the next session."""
    if treatment.closed_at is not None:
        return OVER
    norms = norms_for(treatment)
    # What was recorded late could not be logged before.
    recorded = treatment.day_of(treatment.recorded_at.astimezone(ZoneInfo(zone)).date())
    first = 0 if last_log_day is None else last_log_day + 1
    day = next_check_in(norms, max(recorded, first), [] if last_log_day is None else [last_log_day])
    if day is None:
        return OVER
    last_day = norms.last_day if next_session is None else min(norms.last_day, treatment.day_of(next_session) - 1)
    if day > last_day:
        return OVER
    return {"quiet_from": _end_of(treatment, day, zone), "quiet_until": _end_of(treatment, last_day, zone)}


def _end_of(treatment: Treatment, day: int, zone: str) -> datetime:
    """The midnight at which a day of the recovery ends where the patient is."""
    return datetime.combine(treatment.date_of(day) + timedelta(days=1), time(), ZoneInfo(zone))


def after_log(treatment: Treatment, logs: Mapping[int, Log]) -> None:
    """Within the transaction of a log, which holds the treatment's lock."""
    last_log = logs[max(logs)]
    times = quiet_times(treatment, treatment.patient.time_zone, last_log.day)
    starts, until = times["quiet_from"], treatment.quiet_until
    # Once over, for a later session or the end of the norms, it stays over: what is filled in late asks for nothing new.
    is_over = until is None or starts is None or starts > until
    times = OVER if is_over else {"quiet_from": starts, "quiet_until": until}
    _store(treatment, {**_log_state(last_log), **times, "awaits_since": None})


def refresh(patient: Patient) -> None:
    """After a session was recorded, moved to another date or called off, or the patient moved to another time zone.

    Within the transaction of the change, which holds the patient's lock.
    """
    next_session = None
    for treatment in Treatment.objects.select_for_update().filter(patient=patient).newest_first():
        _store(treatment, quiet_times(treatment, patient.time_zone, treatment.last_log_day, next_session))
        next_session = treatment.treated_on


def refresh_one(treatment: Treatment) -> None:
    """Once it was moved to other norms, which may ask on other days and for longer, closed or opened again.

    Within the transaction of the change, which holds the treatment's lock.
    """
    next_session = Treatment.objects.filter(session_before=treatment).values_list("treated_on", flat=True).first()
    _store(treatment, quiet_times(treatment, treatment.patient.time_zone, treatment.last_log_day, next_session))


def _store(treatment: Treatment, state: Mapping[str, Any]) -> None:
    if any(getattr(treatment, name) != value for name, value in state.items()):
        for name, value in state.items():
            setattr(treatment, name, value)
        treatment.save(update_fields=list(state))
