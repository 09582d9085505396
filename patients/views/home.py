"""The front door, the health check and one's own settings."""

import shutil

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from patients.actions.people import change_settings
from patients.forms.people import OwnSettingsForm
from patients.models import Role
from patients.views.access import user_of

LEAST_FREE_BYTES = 100_000_000  # below it a log could be lost in the middle of a write
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
    """Whether the database answers and the disk has room; no details."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "failing"}, status=503)
    if shutil.disk_usage(settings.VAR_DIR).free < LEAST_FREE_BYTES:
        return JsonResponse({"status": "failing"}, status=503)
    return JsonResponse({"status": "ok"})


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
    return render(request, "settings.html", {"form": form, "clinic": user.clinic, **shown})
