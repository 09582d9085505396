"""Where the norms come from: sources, and what each claims of a symptom and days."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients import permissions
from patients.actions.sources import save_claim, save_source
from patients.exports.sources import claims_of, sources_with_counts
from patients.forms.sources import ClaimForm, SourceForm
from patients.models import Claim, Source
from patients.views.access import norms_reader


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    user = norms_reader(request)
    can_edit = permissions.can_edit_sources(user)
    return render(
        request, "norms/sources.html", {"section": "norms", "clinic": user.clinic, "sources": sources_with_counts(), "can_edit": can_edit}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def source(request: HttpRequest, key: str = "") -> HttpResponse:
    """A source with its claims, to read; for who may edit it, as a form. Without a key, a new one."""
    user = norms_reader(request)
    if request.method == "POST" or not key:
        permissions.check_edit_sources(user)
    found = get_object_or_404(Source, key=key) if key else None
    form = SourceForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        saved = save_source(by=user, source=form.instance)
        messages.success(request, "Saved.")
        return redirect("source", key=saved.key)
    # A form that was refused has written on its instance: the page shows what is stored.
    stored = get_object_or_404(Source, key=key) if key else None
    context = {"section": "norms", "clinic": user.clinic, "source": stored, "form": form, "can_edit": permissions.can_edit_sources(user)}
    return render(request, "norms/source.html", context | {"claims": claims_of(stored) if stored else []})


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, key: str = "", number: int = 0) -> HttpResponse:
    """A claim to edit; with a source's key, a new one of that source."""
    # Not narrowed to a clinic: what sources say is shared by all.
    user = norms_reader(request)
    permissions.check_edit_sources(user)
    found = (
        get_object_or_404(Claim.objects.select_related("source"), pk=number) if number else Claim(source=get_object_or_404(Source, key=key))
    )
    form = ClaimForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid():
        save_claim(by=user, claim=form.instance)
        messages.success(request, "Saved.")
        return redirect("source", key=found.source_id)
    return render(
        request, "norms/claim.html", {"section": "norms", "clinic": user.clinic, "source": found.source, "form": form, "is_new": not number}
    )
