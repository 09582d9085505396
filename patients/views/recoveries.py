"""The patient's recovery: what today means, the course so far, what to do and what comes next."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.exports.calendar import next_session
from patients.exports.preparation import preparation_for
from patients.exports.recovery_page import RecoveryPage
from patients.exports.stages import milestone_rows
from patients.forms.logs import IMPROVEMENT_FROM_DAY
from patients.models import Treatment
from patients.models.norm_values import norms_for
from patients.views.access import own_patient, own_recovery, own_sessions


@require_safe
def recovery(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    running, planned = own_sessions(request)
    treatment = own_recovery(request, uuid) if uuid else running or planned
    if treatment is None:
        return render(request, "log/none.html", {"clinic": own_patient(request).clinic})
    # Who has flown west may stand before day 0 with a log already.
    if treatment == planned and not treatment.logs.exists():
        return _ahead(request, treatment)
    # An earlier session takes no logs any more.
    page = RecoveryPage(treatment, is_latest=treatment == running)
    asked_on = page.check_in[0] if page.check_in else None
    context = {
        "section": "recovery",
        "treatment": treatment,
        "clinic": treatment.clinic,
        "page": page,
        "today": page.today,
        "replies": page.replies,
        "asks_result": asked_on is not None and asked_on >= IMPROVEMENT_FROM_DAY,
        "next_session": planned and planned != treatment and page.is_latest and preparation_for(planned, treatment.patient.today()),
    }
    return render(request, "recovery/recovery.html", context)


def _ahead(request: HttpRequest, treatment: Treatment) -> HttpResponse:
    """Before the day of a planned treatment: how to prepare."""
    ahead = preparation_for(treatment, treatment.patient.today())
    milestones = milestone_rows(treatment, ahead.milestones, ahead.day)
    context = {"section": "recovery", "treatment": treatment, "clinic": treatment.clinic, "ahead": ahead, "milestones": milestones}
    return render(request, "recovery/ahead.html", context)


@require_safe
def next_session_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The dates on which the next session is usual, for the patient's own calendar."""
    treatment = own_recovery(request, uuid)
    event = next_session(treatment, norms_for(treatment).course.next_session_window())
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": 'attachment; filename="next-appointment.ics"'}
    return HttpResponse(event, content_type="text/calendar; charset=utf-8", headers=headers)
