"""The timeline norms, to read: bands by symptom and day, their chart, and what every source says."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients import permissions
from patients.exports.norms import NormSheet, run_of
from patients.exports.protocols import protocol_rows
from patients.forms.protocols import LikeForm
from patients.models import NormVersion, Protocol
from patients.models.norm_values import read_norms
from patients.views.access import norms_protocol, norms_reader, user_of


@require_safe
def norms(request: HttpRequest) -> HttpResponse:
    user = norms_reader(request)
    rows = protocol_rows(user, Protocol.objects.visible_to(user))
    context = {"section": "norms", "clinic": user.clinic, "rows": rows, "can_make": permissions.can_own_protocols(user)}
    return render(request, "norms/list.html", context)


@require_safe
def norm_version(request: HttpRequest, protocol: str, number: int | None = None) -> HttpResponse:
    """One version; without a number, the one in force."""
    found = norms_protocol(request, protocol)
    user = user_of(request)
    # Published ones only: a draft is nobody's norm yet. They are few, so one query serves page and menu.
    known = list(NormVersion.objects.published().filter(protocol=found).select_related("protocol").order_by("-number"))
    around = {"section": "norms", "clinic": user.clinic, "protocol": found, "row": protocol_rows(user, [found])[0]}
    version = next((v for v in known if number in (None, v.number)), None)
    if version is None and number is not None:
        raise Http404("no such version")
    if version is None:
        return render(request, "norms/none.html", around | {"form": LikeForm(user=user)})
    context = {"version": version, "versions": known, "protocols": Protocol.objects.visible_to(user)}
    return render(request, "norms/version.html", around | context | _read(version, request.GET.get("symptom", "")))


def _read(version: NormVersion, chosen: str) -> dict[str, Any]:
    """The tables and the chart of a version, with one symptom opened."""
    values = read_norms(version)
    symptom = values.symptoms.get(chosen) or next(iter(values.symptoms.values()))
    sheet = NormSheet(values)
    return {
        "norms": values,
        "sheet": sheet,
        "symptom": symptom,
        "chart": sheet.chart_of(symptom),
        "runs": [run_of(band) for band in values.bands_of(symptom.code)],
        "claims": sheet.claims_of(symptom),
        "differ": sheet.differ(symptom),
    }
