"""How long the clinic keeps records."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from patients.actions.retention import set_retention
from patients.actions.texts import retention_said
from patients.errors import NotNow, Overtaken
from patients.forms.texts import RetentionForm
from patients.models.retention import retention_of
from patients.views.access import privacy_admin


@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: HttpRequest) -> HttpResponse:
    user, clinic = privacy_admin(request)
    stands, problem = retention_of(clinic), ""
    form = RetentionForm(request.POST if request.method == "POST" else None, stands=stands)
    if form.is_valid():
        try:
            set_retention(by=user, **form.cleaned_data)
        except Overtaken as refusal:
            stands = retention_of(clinic)
            problem, form = str(refusal), form.having_seen(stands)
        except NotNow as refusal:
            problem = str(refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("retention")
    context = {"section": "texts", "clinic": clinic, "form": form, "stands": stands, "problem": problem}
    return render(request, "clinic/retention.html", context | {"said": retention_said(clinic)})
