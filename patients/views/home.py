"""The front door, the health check and one's own settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from patients import condition
from patients.actions.people import change_settings
from patients.forms.people import OwnSettingsForm
from patients.models import Role
from patients.sessions import phone_until
from patients.views.access import user_of

HOMES = {Role.PATIENT: "log", Role.CLINICIAN: "queue", Role.ADMIN: "norms"}


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the home of the person's role; signed out, one plain page."""
    if request.user.is_authenticated:
        return redirect(HOMES[Role(user_of(request).role)])
    return render(request, "home.html")


@login_not_required
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Whether a log can be taken at this moment; no details."""
    is_well = condition.is_well()
    return JsonResponse({"status": "ok" if is_well else "failing"}, status=200 if is_well else 503, headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "HEAD", "POST"])
def own_settings(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = OwnSettingsForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        change_settings(by=user, **form.cleaned_data)
        # In the language that was just chosen: the next page is in it.
        with translation.override(user.speaks):
            messages.success(request, gettext("Saved."))
        return redirect("settings")
    layout = "patient.html" if user.role == Role.PATIENT else "staff.html"
    # Staff have no record of their own, and somebody half enrolled has none yet.
    shown = {"layout": layout, "section": "settings", "has_record": user.role == Role.PATIENT and hasattr(user, "patient")}
    shown |= {"phone_until": phone_until(request), "can_have_phone": user.is_patient_only and shown["has_record"]}
    return render(request, "settings.html", {"form": form, "clinic": user.clinic, **shown})
