"""The texts that a clinic words itself: the list, and one to edit with its preview and its versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.actions.texts import check_text, filled, publish_text
from patients.errors import NotNow, Overtaken
from patients.exports.texts import blocks, text_rows
from patients.forms.texts import ClinicTextForm
from patients.models import Clinic, ClinicText
from patients.models.retention import retention_of
from patients.models.texts import InForce, shipped
from patients.views.access import privacy_admin


@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    _, clinic = privacy_admin(request)
    context = {"section": "texts", "clinic": clinic, "rows": text_rows(clinic), "retention": retention_of(clinic)}
    return render(request, "clinic/texts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    user, clinic = privacy_admin(request)
    if kind not in ClinicText.Kind.values or language not in dict(settings.LANGUAGES):
        raise Http404("no such text")
    stands = ClinicText.objects.in_force(clinic, kind, language)
    if request.method != "POST":
        return _page(request, clinic, stands, ClinicTextForm(None, kind=kind, initial={"text": stands.text, "seen": stands.number}))
    form = ClinicTextForm(request.POST, kind=kind)
    if not form.is_valid():
        return _page(request, clinic, stands, form)
    typed = form.cleaned_data["text"]
    try:
        check_text(kind, typed.strip())
        if "preview" in request.POST:
            return _page(request, clinic, stands, form, is_preview=True)
        again = form.cleaned_data.get("asks_again", False)
        made = publish_text(by=user, kind=kind, language=language, text=typed, seen=form.seen_number, asks_again=again)
    except NotNow as refusal:
        return _refused(request, clinic, stands, form, refusal)
    messages.success(request, f"Version {made.number} is published.")
    return redirect("text", kind=kind, language=language)


def _refused(request: HttpRequest, clinic: Clinic, stands: InForce, form: ClinicTextForm, refusal: NotNow) -> HttpResponse:
    if isinstance(refusal, Overtaken):
        # Who has read what stands there now may replace it.
        stands = ClinicText.objects.in_force(clinic, stands.kind, stands.language)
        form = ClinicTextForm({**form.cleaned_data, "seen": stands.number}, kind=stands.kind)
    return _page(request, clinic, stands, form, problem=str(refusal), is_overtaken=isinstance(refusal, Overtaken))


def _page(request: HttpRequest, clinic: Clinic, stands: InForce, form: ClinicTextForm, **more: Any) -> HttpResponse:
    # What is typed is shown as it would look, the text in force otherwise.
    typed = form.data.get("text", "") if form.is_bound and not more.get("problem") else stands.text
    context = {
        "section": "texts",
        "clinic": clinic,
        "form": form,
        "stands": stands,
        "label": ClinicText.Kind(stands.kind).label,
        "language_name": dict(settings.LANGUAGES)[stands.language],
        "is_for_photos": stands.kind == ClinicText.Kind.PHOTOS,
        "blocks": blocks(filled(typed, clinic, stands.language)),
        "versions": ClinicText.objects.versions_of(clinic, stands.kind, stands.language),
        "shipped": shipped(stands.kind, stands.language),
    }
    return render(request, "clinic/text.html", context | more)
