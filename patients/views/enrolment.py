"""Enrolling a patient, and recording a further treatment."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from patients import policies
from patients.actions.people import enrol_patient, record_treatment
from patients.errors import AlreadyEnrolled, NotNow
from patients.forms.enrolment import EnrolmentForm, SessionForm
from patients.models import Patient
from patients.models.invitations import InvitationState
from patients.models.norm_values import factors_in_force
from patients.views.access import clinic_patient, clinic_user


@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    user = clinic_user(request)
    assert user.clinic is not None  # clinic_user lets nobody without a clinic through
    initial = {"time_zone": user.clinic.time_zone, "treated_on": user.clinic.today()}
    form = EnrolmentForm(request.POST or None, clinic=user.clinic, factors=factors_in_force(user.clinic), initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            who = {name: data[name] for name in ("name", "email", "time_zone", "language")}
            patient = enrol_patient(by=user, first_session=form.session(), **who)
        except NotNow as refusal:
            _show(form, refusal)
        else:
            _say_enrolled(request, patient)
            return redirect("clinic-patient", uuid=patient.uuid)
    return render(request, "clinic/enrol.html", {"section": "patients", "clinic": user.clinic, "form": form})


def _say_enrolled(request: HttpRequest, patient: Patient) -> None:
    planned = patient.treatments.planned(patient.today()).first()
    said = f" The treatment is planned for {policies.long_date(planned.treated_on)}." if planned else ""
    # Read anew: the mail went out, or did not, after the enrolment was through.
    invitation = patient.invitations.get()
    if invitation.state(invitation.made_at) is InvitationState.UNSENT:
        failed = "but the mail server did not take the invitation. Send it again below."
        messages.warning(request, f"{patient.user.name} is enrolled, {failed}{said}")
    else:
        messages.success(request, f"{patient.user.name} is enrolled. An e-mail with a link to sign in goes to {patient.user.email}.{said}")


@require_http_methods(["GET", "HEAD", "POST"])
def new_treatment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    patient = clinic_patient(request, uuid)
    clinic, initial = patient.clinic, {"treated_on": patient.today()}
    form = SessionForm(request.POST or None, clinic=clinic, factors=factors_in_force(clinic), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            treatment = record_treatment(by=clinic_user(request), patient=patient, session=form.session())
        except NotNow as refusal:
            _show(form, refusal)
        else:
            is_planned = treatment.treated_on > patient.today()
            became = f"planned for {policies.long_date(treatment.treated_on)}" if is_planned else "recorded"
            messages.success(request, f"Session {treatment.session_number} is {became}.")
            return redirect("clinic-recovery", uuid=treatment.uuid)
    return render(request, "clinic/treatment.html", {"section": "patients", "clinic": clinic, "patient": patient, "form": form})


def _show(form: Form, refusal: NotNow) -> None:
    """At the field that it is about, with the way to who is enrolled already."""
    said = str(refusal)
    if isinstance(refusal, AlreadyEnrolled):
        said = format_html('{} <a href="{}">Open their page</a>', said, reverse("clinic-patient", args=[refusal.patient]))
    form.add_error(refusal.field, said)
