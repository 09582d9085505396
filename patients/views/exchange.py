"""Norms as files: download a version, upload a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.actions.norms import save_draft, start_draft
from patients.actions.seen import note_exported
from patients.errors import NotNow
from patients.exports.uploads import Target, Upload
from patients.forms.exchange import ImportForm
from patients.models import NormVersion, Protocol
from patients.models.norm_values import read_norms
from patients.views.access import norms_editor, norms_protocol, user_of
from recovery.timeline.document import to_json
from recovery.timeline.part_tables import PARTS, to_csv

CSV_NAMES = {f"{part}.csv": part for part in PARTS}
STALE = "Somebody published these norms, or changed their draft, since you looked. Below is the difference to what there is now."


@require_safe
def export(request: HttpRequest, protocol: str, number: int, name: str) -> HttpResponse:
    """One published version: all of it as JSON, or one part as CSV."""
    found = norms_protocol(request, protocol)
    version = get_object_or_404(NormVersion.objects.published(), protocol=found, number=number)
    if name != "json" and name not in CSV_NAMES:
        raise Http404("no such part")
    note_exported(by=user_of(request), subject=version, what="norms", after={"protocol": found.slug, "version": number, "as": name})
    if name == "json":
        return _file(to_json(found.slug, read_norms(version)).encode(), "application/json", f"{found.slug}-v{number}.json")
    # With the mark by which spreadsheets know UTF-8.
    table = to_csv(CSV_NAMES[name], found.slug, read_norms(version)).encode("utf-8-sig")
    return _file(table, "text/csv; charset=utf-8", f"{found.slug}-v{number}-{name}")


@require_http_methods(["GET", "HEAD", "POST"])
def import_(request: HttpRequest, protocol: str) -> HttpResponse:
    """Reads files, shows what they change, and makes a draft of what that page sends back."""
    found = norms_editor(request, protocol)
    target = Target(found)
    if target.base is None:
        return render(request, "norms/import.html", _around(request, target))
    form = ImportForm(*_sent(request), protocol=found.slug, base=target.base)
    if not form.is_valid():
        return render(request, "norms/import.html", _around(request, target) | {"form": form})
    # Files alone never store anything: the differences are seen first.
    if request.POST.get("do") != "draft":
        return _differences(request, target, form)
    return _stored(request, found, target, form)


def _stored(request: HttpRequest, protocol: Protocol, target: Target, form: ImportForm) -> HttpResponse:
    """To the draft; back to the differences when nothing could, or need, be stored."""
    upload = Upload(target, form.norms)
    try:
        _store(request, upload, form.source())
    except NotNow as refusal:
        # The target anew: what it holds has changed since this request began.
        return _differences(request, Target(protocol), form, str(refusal))
    if not upload.is_news and not upload.is_draft:
        return _differences(request, target, form)
    messages.success(request, "The draft holds what you uploaded. Nothing changes for patients until it is published.")
    return redirect("draft", protocol=protocol.slug)


def _store(request: HttpRequest, upload: Upload, source: str) -> None:
    """Safe to repeat: what the draft holds already is not stored again."""
    target, user = upload.target, user_of(request)
    if not upload.is_news:
        return
    if request.POST.get("seen") != target.token:
        raise NotNow(STALE)
    if target.draft:
        save_draft(by=user, draft=target.draft, norms=upload.norms, seen=target.draft.edits)
    else:
        start_draft(by=user, protocol=target.protocol, norms=upload.norms, why=f"Imported from {source}.")


def _differences(request: HttpRequest, target: Target, form: ImportForm, refusal: str = "") -> HttpResponse:
    upload = Upload(target, form.norms)
    shown = {"upload": upload, "groups": upload.groups, "form": form, "source": form.source(), "refusal": refusal}
    return render(request, "norms/import.html", _around(request, target) | shown)


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _around(request: HttpRequest, target: Target) -> dict[str, Any]:
    shared = {"section": "norms", "clinic": user_of(request).clinic, "protocol": target.protocol, "target": target}
    return shared | {"in_force": target.in_force, "draft": target.draft}


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
