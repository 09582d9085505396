"""The patient's recovery: what today means, the course so far, what to do and what comes next."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.exports.calendar import next_session
from patients.exports.recovery_page import RecoveryPage
from patients.forms.logs import IMPROVEMENT_FROM_DAY
from patients.models.norm_values import norms_for
from patients.views.access import own_patient, own_recovery


@require_safe
def recovery(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    treatment = own_recovery(request, uuid)
    if treatment is None:
        return render(request, "log/none.html", {"clinic": own_patient(request).clinic})
    # An earlier session takes no logs any more.
    page = RecoveryPage(treatment, is_latest=uuid is None or own_recovery(request) == treatment)
    asked_on = page.check_in[0] if page.check_in else None
    context = {
        "section": "recovery",
        "treatment": treatment,
        "clinic": treatment.clinic,
        "page": page,
        "today": page.today,
        "replies": page.replies,
        "asks_result": asked_on is not None and asked_on >= IMPROVEMENT_FROM_DAY,
    }
    return render(request, "recovery/recovery.html", context)


@require_safe
def next_session_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The dates on which the next session is usual, for the patient's own calendar."""
    treatment = own_recovery(request, uuid)
    assert treatment is not None  # with an id it is found, or the page is not
    event = next_session(treatment, norms_for(treatment).course.next_session_window())
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": 'attachment; filename="next-appointment.ics"'}
    return HttpResponse(event, content_type="text/calendar; charset=utf-8", headers=headers)
