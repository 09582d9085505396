"""A clinic's patients: finding one, enrolling one, recording a treatment."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients import policies
from patients.actions.people import enrol_patient, record_treatment
from patients.errors import NotNow
from patients.exports.caseload import caseload_rows
from patients.forms.people import EnrolmentForm, SessionForm
from patients.models import Patient, Treatment
from patients.models.norm_values import factors_in_force
from patients.views.access import clinic_patient, clinic_user

PAGE = 50


@require_safe
def caseload(request: HttpRequest) -> HttpResponse:
    user = clinic_user(request)
    text = request.GET.get("q", "").replace("\x00", "").strip()  # PostgreSQL refuses NUL in a search
    found = Patient.objects.visible_to(user).named(text).caseload()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "clinic/patients.html",
        {"section": "patients", "clinic": user.clinic, "page": page, "rows": caseload_rows(page, timezone.now()), "text": text},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    user = clinic_user(request)
    # clinic_user lets nobody without a clinic through.
    assert user.clinic is not None
    today = user.clinic.today()
    initial = {"time_zone": user.clinic.time_zone, "treated_on": today}
    form = EnrolmentForm(request.POST or None, clinic=user.clinic, factors=factors_in_force(user.clinic), initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            who = {name: data[name] for name in ("name", "email", "time_zone", "language")}
            patient = enrol_patient(by=user, first_session=form.session(), **who)
        except NotNow as refusal:
            form.add_error(_field_of(refusal), str(refusal))
        else:
            planned = patient.treatments.planned(patient.today()).first()
            said = f" The treatment is planned for {policies.long_date(planned.treated_on)}." if planned else ""
            messages.success(request, f"{patient.user.name} is enrolled. An e-mail says how to sign in.{said}")
            return redirect("clinic-patient", uuid=patient.uuid)
    return render(request, "clinic/enrol.html", {"section": "patients", "clinic": user.clinic, "form": form})


@require_safe
def patient_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    patient = clinic_patient(request, uuid)
    # The patient is one whom this person may see; narrowing again would say it twice.
    treatments = list(Treatment.objects.filter(patient=patient).select_related("protocol").newest_first())
    today = patient.today()
    context = {
        "section": "patients",
        "clinic": patient.clinic,
        "patient": patient,
        "rows": [(t, t.treated_on > today) for t in treatments],
        # Only the last can be: whatever follows a session is tied to it.
        "movable": next((t for t in treatments[:1] if policies.can_be_replanned(t)), None),
    }
    return render(request, "clinic/patient.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_treatment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    patient = clinic_patient(request, uuid)
    clinic, initial = patient.clinic, {"treated_on": patient.today()}
    form = SessionForm(request.POST or None, clinic=clinic, factors=factors_in_force(clinic), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            treatment = record_treatment(by=clinic_user(request), patient=patient, session=form.session())
        except NotNow as refusal:
            form.add_error(_field_of(refusal), str(refusal))
        else:
            is_planned = treatment.treated_on > patient.today()
            became = f"planned for {policies.long_date(treatment.treated_on)}" if is_planned else "recorded"
            messages.success(request, f"Session {treatment.session_number} is {became}.")
            return redirect("clinic-recovery", uuid=treatment.uuid)
    return render(request, "clinic/treatment.html", {"section": "patients", "clinic": clinic, "patient": patient, "form": form})


def _field_of(refusal: NotNow) -> str:
    """The field that a refusal is about."""
    # By its words: a refusal is a sentence and names no field.
    if "signs in" in str(refusal):
        return "email"
    return "protocol" if "another protocol" in str(refusal) else "treated_on"
