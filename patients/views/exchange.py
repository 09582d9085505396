"""Norms as files: download a version, upload a draft."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from patients.models import NormVersion
from patients.models.norm_values import read_norms
from patients.views.access import norms_editor, norms_protocol, user_of
from recovery.timeline.document import to_json
from recovery.timeline.part_tables import PARTS, to_csv

CSV_NAMES = {f"{part}.csv": part for part in PARTS}


@require_safe
def export(request: HttpRequest, protocol: str, number: int, name: str) -> HttpResponse:
    """One published version: all of it as JSON, or one part as CSV."""
    found = norms_protocol(request, protocol)
    version = get_object_or_404(NormVersion.objects.published(), protocol=found, number=number)
    if name == "json":
        return _file(to_json(found.slug, read_norms(version)), "application/json", f"{found.slug}-v{number}.json")
    if name not in CSV_NAMES:
        raise Http404("no such part")
    return _file(to_csv(CSV_NAMES[name], found.slug, read_norms(version)), "text/csv; charset=utf-8", f"{found.slug}-v{number}-{name}")


@require_http_methods(["GET", "HEAD", "POST"])
def import_(request: HttpRequest, protocol: str) -> HttpResponse:
    """Reads a file as a draft."""
    found = norms_editor(request, protocol)
    return render(request, "norms/import.html", {"section": "norms", "clinic": user_of(request).clinic, "protocol": found})


def _file(text: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(text, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
