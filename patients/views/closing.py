"""Closing a recovery, with a page that says what follows, and opening it again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from patients import permissions, policies
from patients.actions.closing import close_recovery, reopen_recovery
from patients.errors import NotNow
from patients.forms.closing import CloseForm
from patients.models import Treatment
from patients.views.access import clinic_recovery, clinic_user


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    treatment = clinic_recovery(request, uuid)
    permissions.check_close(clinic_user(request), treatment)
    form, refusal = CloseForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        try:
            is_closed = close_recovery(by=clinic_user(request), treatment=treatment, why=form.cleaned_data["why"])
        except NotNow as refused:
            refusal = str(refused)
        else:
            messages.success(request, _became(treatment, is_closed))
            return redirect("clinic-patient", uuid=treatment.patient.uuid)
    context = {"section": "patients", "clinic": treatment.clinic, "treatment": treatment, "patient": treatment.patient}
    return render(request, "clinic/close.html", context | {"form": form, "refusal": refusal})


def _became(treatment: Treatment, is_closed: bool) -> str:
    said = f"The recovery after session {treatment.session_number} is closed"
    if is_closed or treatment.closed_at is None or treatment.closed_by is None:
        return f"{said}."
    at = treatment.clinic.local(treatment.closed_at)
    return f"{said} already: by {treatment.closed_by.byline}, {policies.long_date(at.date())} at {at:%H:%M}."


@require_POST
def reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    treatment = clinic_recovery(request, uuid)
    is_reopened = reopen_recovery(by=clinic_user(request), treatment=treatment)
    said = "open again: check-ins are asked for as before" if is_reopened else "not closed"
    messages.success(request, f"The recovery after session {treatment.session_number} is {said}.")
    return redirect("clinic-patient", uuid=treatment.patient.uuid)
