"""The patient's recovery: what today means, the course so far, what to do and what comes next."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.exports import charts, words
from patients.exports.recoveries import RecoveryPicture
from patients.exports.verdicts import verdict_of
from patients.models import Treatment
from patients.views.access import own_patient, own_recovery
from recovery.timeline.course import Milestone
from recovery.timeline.scale import MOST_DAY


@require_safe
def recovery(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    treatment = own_recovery(request, uuid)
    if treatment is None:
        return render(request, "log/none.html", {"clinic": own_patient(request).clinic})
    is_latest = uuid is None or own_recovery(request) == treatment  # an earlier session takes no logs any more
    today = treatment.day_of(treatment.patient.today())
    picture = RecoveryPicture(treatment, max(today, 0))  # a patient who travels west may stand before day 0
    latest = max(picture.logs, default=None)
    course = picture.norms.course
    context = {
        "section": "recovery",
        "treatment": treatment,
        "clinic": treatment.clinic,
        "picture": picture,
        "today": today,
        "offers_log": is_latest and 0 <= today <= MOST_DAY and today not in picture.logs,
        "verdict": None if latest is None else verdict_of(picture, latest),
        "latest_on": None if latest is None else words.long_date(treatment.date_of(latest)),
        "core": picture.courses(picture.core, charts.PHONE),
        "others": picture.courses(picture.others, charts.PHONE),
        "table": picture.table([*picture.core, *picture.others]),
        "replies": treatment.reviews.with_reply().newest_first(),
        "phase": course.phase_on(today),
        "do": course.guidance_on(today, "do"),
        "avoid": course.guidance_on(today, "avoid"),
        "milestones": [(m, when_said(treatment, m), m.first_day <= today) for m in course.milestones_from(today)],
    }
    return render(request, "recovery/recovery.html", context)


def when_said(treatment: Treatment, milestone: Milestone) -> str:
    """The dates of a milestone: "Thu 19 – Sat 21 Nov", or from when where it lasts."""
    first, last = treatment.date_of(milestone.first_day), treatment.date_of(milestone.last_day)
    if first == last:
        return words.short_date(first)
    if last - first > timedelta(days=14):
        return f"from {first.day} {first:%b}"
    return f"{words.short_date(first)} – {words.short_date(last)}"
