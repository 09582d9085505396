"""A clinic's clock: when it reads answers, on which days not, and what it promises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time
from hashlib import sha256
from typing import Any

from patients import permissions, policies
from patients.actions import audit
from patients.errors import Overtaken
from patients.language import long_date
from patients.models import AuditEvent, Clinic, Holiday, User


def set_clock(
    *,
    by: User,
    opens_at: time,
    closes_at: time,
    weekdays: str,
    watch_days: int,
    urgent_hours: int | None,
    holidays: Mapping[date, str],
    seen: str | None = None,
) -> None:
    """Sets all of it at once. Safe to repeat. Promises that were made stand: each flag keeps its own.

    `holidays`: every one there is to be, by date. `seen`: the state that was on the page, from `state_of`. Raises NotNow for
    what no clinic can promise, and Overtaken where the clock is no longer as it was seen.
    """
    permissions.check_set_clock(by)
    assert by.clinic is not None
    policies.check_clock(opens_at, closes_at, weekdays, watch_days, urgent_hours, holidays)
    with audit.atomic():
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=by.clinic.pk)
        before = _said(clinic)
        _check_seen(clinic, before, seen)
        _check_new_holidays(clinic, before, holidays)
        clinic.opens_at, clinic.closes_at, clinic.weekdays = opens_at, closes_at, "".join(sorted(weekdays))
        clinic.watch_days, clinic.urgent_hours = watch_days, urgent_hours
        clinic.save(update_fields=["opens_at", "closes_at", "weekdays", "watch_days", "urgent_hours"])
        _set_holidays(clinic, {day: name.strip() for day, name in holidays.items()})
        after = _said(clinic)
        if after != before:
            audit.record("clock set", clinic, by=by, clinic=clinic, before=before, after=after)
    # The person's own clinic was read before and remembers its hours.
    by.clinic = clinic


def state_of(clinic: Clinic) -> str:
    """A short text that changes with the clock: what a form sends back, to tell that nobody changed it meanwhile."""
    return _digest(_said(clinic))


def _digest(said: Mapping[str, Any]) -> str:
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]


def _check_seen(clinic: Clinic, said: Mapping[str, Any], seen: str | None) -> None:
    if seen is None or seen == _digest(said):
        return
    last = AuditEvent.objects.filter(clinic=clinic, action="clock set").about({"clinic": [str(clinic.uuid)]}).newest_first().first()
    # Without an event it was changed where no page does it.
    at = clinic.local(last.at) if last else None
    day = f"on {long_date(at.date())} " if at and at.date() != clinic.today() else ""
    who = f"{last.actor_label} changed the hours {day}at {at:%H:%M}" if last and at else "The hours were changed"
    raise Overtaken(f"{who} while this page was open. Nothing of yours is saved; what you typed is below.")


def _check_new_holidays(clinic: Clinic, said: Mapping[str, Any], holidays: Mapping[date, str]) -> None:
    for day in sorted(holidays):
        # What stands there may grow old.
        if day.isoformat() not in said["holidays"]:
            policies.check_holiday(day, clinic.today())


def _set_holidays(clinic: Clinic, wanted: Mapping[date, str]) -> None:
    known = dict(clinic.holidays.values_list("day", "name"))
    if known != wanted:
        clinic.holidays.all().delete()
        Holiday.objects.bulk_create(Holiday(clinic=clinic, day=day, name=name) for day, name in sorted(wanted.items()))


def _said(clinic: Clinic) -> dict[str, Any]:
    return {
        "opens_at": f"{clinic.opens_at:%H:%M}",
        "closes_at": f"{clinic.closes_at:%H:%M}",
        "weekdays": "".join(sorted(clinic.weekdays)),
        "watch_days": clinic.watch_days,
        "urgent_hours": clinic.urgent_hours,
        "holidays": {day.isoformat(): name for day, name in clinic.holidays.values_list("day", "name")},
    }
