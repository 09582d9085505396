"""A planned treatment: another date for it, or calling it off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from patients import permissions, policies
from patients.actions.planning import call_off, change_date, how_called_off
from patients.errors import NotNow
from patients.forms.fields import parse_iso
from patients.forms.people import NewDateForm
from patients.models import Treatment
from patients.views.access import clinic_recovery, clinic_user


def _of_planned(view: Callable[[HttpRequest, Treatment], HttpResponse]) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """Hands over the treatment where it can be moved or called off; elsewhere the patient's page says why it cannot."""

    @wraps(view)
    def loaded(request: HttpRequest, uuid: UUID) -> HttpResponse:
        try:
            treatment = clinic_recovery(request, uuid)
        except Http404:
            return _called_off_before(request, uuid)
        permissions.check_plan(clinic_user(request), treatment)
        try:
            policies.check_can_be_replanned(treatment)
        except NotNow as refusal:
            messages.error(request, str(refusal))
            return redirect("clinic-patient", uuid=treatment.patient.uuid)
        return view(request, treatment)

    return loaded


@require_http_methods(["GET", "HEAD", "POST"])
@_of_planned
def new_date(request: HttpRequest, treatment: Treatment) -> HttpResponse:
    form = NewDateForm(request.POST or None, initial={"treated_on": treatment.treated_on})
    if request.method == "POST" and form.is_valid():
        when = form.cleaned_data["treated_on"]
        try:
            is_changed = change_date(by=clinic_user(request), treatment=treatment, when=when, seen=_seen(request))
        except NotNow as refusal:
            form.add_error("treated_on", str(refusal))
        else:
            said = f"is planned for {policies.long_date(when)}" if when > treatment.patient.today() else "is recorded for the new date"
            messages.success(request, f"Session {treatment.session_number} {said}{'' if is_changed else ', as before'}.")
            return redirect("clinic-patient", uuid=treatment.patient.uuid)
    return render(request, "clinic/new_date.html", _context(treatment) | {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@_of_planned
def call_off_page(request: HttpRequest, treatment: Treatment) -> HttpResponse:
    refusal = ""
    if request.method == "POST":
        try:
            call_off(by=clinic_user(request), treatment=treatment, seen=_seen(request))
        except NotNow as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"The treatment of {policies.long_date(treatment.treated_on)} is called off.")
            return redirect("clinic-patient", uuid=treatment.patient.uuid)
    return render(request, "clinic/call_off.html", _context(treatment) | {"refusal": refusal})


def _seen(request: HttpRequest) -> date | None:
    return parse_iso(request.POST.get("seen", ""))


def _context(treatment: Treatment) -> dict[str, object]:
    return {
        "section": "patients",
        "clinic": treatment.clinic,
        "treatment": treatment,
        "patient": treatment.patient,
        "on": policies.long_date(treatment.treated_on),
        "is_ahead": treatment.treated_on > treatment.patient.today(),
    }


def _called_off_before(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """For a page that was open while somebody called the treatment off; 404 for what never was the clinic's."""
    clinic = clinic_user(request).clinic
    gone = how_called_off(clinic, uuid)
    if gone is None or clinic is None:
        raise Http404("no such treatment")
    at = clinic.local(gone.event.at)
    who = gone.event.actor.byline if gone.event.actor else gone.event.actor_label
    messages.info(
        request, f"{who} called off the treatment of {policies.long_date(gone.treated_on)} on {policies.long_date(at.date())}, {at:%H:%M}."
    )
    return redirect("clinic-patient", uuid=gone.patient)
