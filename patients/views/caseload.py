"""A clinic's patients: the list, and one of them."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import policies
from patients.errors import NotNow
from patients.exports import caseload_filters, invitations
from patients.exports.caseload import caseload_rows, session_rows
from patients.exports.caseload_filters import CaseloadFilters, phases_of
from patients.exports.texts import photos_said
from patients.models import Patient, Treatment
from patients.models.caseload import CaseloadQuestions
from patients.models.invitations import InvitationState
from patients.views.access import clinic_patient, clinic_user

PAGE = 50


@require_safe
def caseload(request: HttpRequest) -> HttpResponse:
    user = clinic_user(request)
    assert user.clinic is not None  # clinic_user lets nobody without a clinic through
    phases, now = phases_of(user.clinic), timezone.now()
    context = {"section": "patients", "clinic": user.clinic, "phases": phases}
    context |= {"dues": caseload_filters.DUE, "states": caseload_filters.STATES}
    try:
        chosen = CaseloadFilters.parse(request.GET.dict(), phases)
    except NotNow as refusal:
        # Nobody is listed, and what could be read of the rest stays as it was typed.
        return render(request, "clinic/patients.html", context | {"chosen": request.GET, "problem": str(refusal)}, status=400)
    found = CaseloadQuestions(Patient.objects.visible_to(user).named(chosen.q), now)
    chosen.narrow(found)
    page = Paginator(found.next_due_first(), PAGE).get_page(request.GET.get("page"))
    return render(request, "clinic/patients.html", context | {"chosen": chosen, "page": page, "rows": caseload_rows(list(page), now)})


@require_safe
def patient_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    patient, now = clinic_patient(request, uuid), timezone.now()
    # The patient is one whom this person may see; narrowing again would say it twice.
    treatments = list(Treatment.objects.filter(patient=patient).select_related("protocol", "closed_by").newest_first())
    today, invitation = patient.today(now), patient.invitations.newest_first().first()
    context = {
        "section": "patients",
        "clinic": patient.clinic,
        "patient": patient,
        "rows": session_rows(treatments, today),
        # Only the last can be: whatever follows a session is tied to it.
        "movable": next((t for t in treatments[:1] if policies.can_be_replanned(t)), None),
        "running": next((t for t in treatments if t.treated_on <= today), None),
        "invited": invitations.in_full(patient, invitation, patient.clinic, now),
        "is_new": patient.user.last_login is None and patient.user.is_active,
        "can_withdraw": invitation is not None and invitation.state(now) is InvitationState.OPEN,
        "was_invited": invitation is not None,
        "photos_said": photos_said(patient),
    }
    return render(request, "clinic/patient.html", context)
