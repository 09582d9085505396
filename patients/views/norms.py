"""The timeline norms, to read: bands by symptom and day, their chart, and what every source says."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from patients.exports.norms import NormSheet, run_of
from patients.models import NormVersion, Protocol
from patients.models.norm_values import read_norms
from patients.views.access import norms_protocol, norms_reader, user_of


@require_safe
def norms(request: HttpRequest) -> HttpResponse:
    user = norms_reader(request)
    known = Protocol.objects.visible_to(user)
    versions = NormVersion.objects.in_force().filter(protocol__in=known).select_related("protocol").order_by("protocol__position")
    return render(request, "norms/list.html", {"section": "norms", "clinic": user.clinic, "versions": versions})


@require_safe
def norm_version(request: HttpRequest, protocol: str, number: int | None = None) -> HttpResponse:
    """One version; without a number, the one in force."""
    found = norms_protocol(request, protocol)
    user = user_of(request)
    known = NormVersion.objects.published().filter(protocol=found).select_related("protocol").order_by("-number")
    version = get_object_or_404(known, number=number) if number else known.first()
    if version is None:
        return render(request, "norms/none.html", {"section": "norms", "clinic": user.clinic, "protocol": found})
    values = read_norms(version)
    chosen = request.GET.get("symptom", "")
    symptom = values.symptoms.get(chosen) or next(iter(values.symptoms.values()))
    sheet = NormSheet(values)
    context = {
        "section": "norms",
        "clinic": user.clinic,
        "version": version,
        "versions": known,
        "protocols": Protocol.objects.visible_to(user),
        "norms": values,
        "sheet": sheet,
        "symptom": symptom,
        "chart": sheet.chart_of(symptom),
        "runs": [run_of(band) for band in values.bands_of(symptom.code)],
        "claims": sheet.claims_of(symptom),
        "differ": sheet.differ(symptom),
    }
    return render(request, "norms/version.html", context)
