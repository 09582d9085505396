"""A clinic's clock: when it reads answers, on which days not, and what it promises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django.db import transaction

from patients import permissions, policies
from patients.actions import audit
from patients.models import Clinic, Holiday, User


def set_clock(
    *,
    by: User,
    opens_at: time,
    closes_at: time,
    weekdays: str,
    watch_days: int,
    urgent_hours: int | None,
    holidays: Mapping[date, str],
) -> None:
    """Sets all of it at once. Safe to repeat. Promises that were made stand: each flag keeps its own.

    `holidays`: every one there is to be, by date. Raises NotNow for what no clinic can promise.
    """
    permissions.check_set_clock(by)
    assert by.clinic is not None
    policies.check_clock(opens_at, closes_at, weekdays, watch_days, urgent_hours, holidays)
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=by.clinic.pk)
        before = _said(clinic)
        clinic.opens_at, clinic.closes_at, clinic.weekdays = opens_at, closes_at, "".join(sorted(weekdays))
        clinic.watch_days, clinic.urgent_hours = watch_days, urgent_hours
        clinic.save(update_fields=["opens_at", "closes_at", "weekdays", "watch_days", "urgent_hours"])
        _set_holidays(clinic, {day: name.strip() for day, name in holidays.items()})
        after = _said(clinic)
        if after != before:
            audit.record("clock set", clinic, by=by, clinic=clinic, before=before, after=after)
    # The person's own clinic was read before and remembers its hours.
    by.clinic = clinic


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
