"""The clinic's hours, promises and holidays, and who is on call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from patients import permissions
from patients.actions.alerts import set_on_call
from patients.actions.clock import set_clock, state_of
from patients.errors import NotNow, Overtaken
from patients.exports.clock import changes, examples
from patients.forms.clock import ClockForm
from patients.forms.holidays import Holidays
from patients.models import Clinic
from patients.views.access import clinic_colleague, clinic_staff, user_of


@require_http_methods(["GET", "HEAD", "POST"])
def clock(request: HttpRequest) -> HttpResponse:
    user, clinic = clinic_staff(request)
    if request.method != "POST":
        return _page(request, clinic)
    permissions.check_set_clock(user)
    form, holidays = ClockForm(request.POST, clinic=clinic), Holidays(request.POST, clinic=clinic)
    # Both, so that the page says all that is wrong at once.
    if not all([form.is_valid(), holidays.is_valid()]):
        return _page(request, clinic, form, holidays, seen=request.POST.get("seen", ""))
    if "preview" in request.POST:
        return _page(request, clinic, form, holidays, seen=request.POST.get("seen", ""), is_preview=True)
    typed = {name: form.cleaned_data[name] for name in form.fields}
    try:
        set_clock(by=user, holidays=holidays.by_date(), seen=request.POST.get("seen", ""), **typed)
    except Overtaken as refusal:
        clinic = Clinic.objects.get(pk=clinic.pk)
        return _page(request, clinic, form, holidays, refusal=str(refusal), changes=changes(clinic, typed, holidays.by_date()))
    except NotNow as refusal:
        return _page(request, clinic, form, holidays, seen=request.POST.get("seen", ""), refusal=str(refusal))
    messages.success(request, "Saved. Promises made from now on follow these hours.")
    return redirect("clock")


def _page(
    request: HttpRequest, clinic: Clinic, form: Any = None, holidays: Any = None, seen: str = "", is_preview: bool = False, **more: Any
) -> HttpResponse:
    user = user_of(request)
    is_whole = form is not None and form.is_valid() and holidays.is_valid()
    hours = form.hours(holidays.by_date()) if is_whole else clinic.hours
    people = clinic.clinicians()
    context = {
        "section": "clock",
        "clinic": clinic,
        "can_edit": permissions.can_set_clock(user),
        "form": form or ClockForm(None, clinic=clinic),
        "holidays": holidays or Holidays(None, clinic=clinic),
        "coming": clinic.holidays.filter(day__gte=clinic.today()),
        "seen": seen or state_of(clinic),
        "examples": examples(clinic, hours, timezone.now()),
        "is_typed": is_whole,
        "is_preview": is_preview,
        "people": [(one, permissions.can_set_on_call(user, one)) for one in people],
        "nobody": not any(one.is_on_call for one in people),
    }
    return render(request, "clinic/clock.html", context | more)


@require_POST
def on_call(request: HttpRequest, uuid: UUID) -> HttpResponse:
    clinician = clinic_colleague(request, uuid)
    wanted = request.POST.get("on_call")
    if wanted not in ("yes", "no"):
        messages.error(request, "This did not arrive whole. Press the button again.")
        return redirect("clock")
    set_on_call(by=user_of(request), clinician=clinician, is_on_call=wanted == "yes")
    said = "is on call now" if wanted == "yes" else "is no longer on call"
    messages.success(request, f"{clinician.byline} {said}.")
    return redirect("clock")
