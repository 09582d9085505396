"""Photos of two days beside each other, for the patient and for the clinic."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.exports.photos import Album
from patients.models import Treatment
from patients.views.access import clinic_recovery, own_recovery


@require_safe
def photos_of(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return render(request, "recovery/photos.html", {"section": "recovery", **_compared(request, own_recovery(request, uuid))})


@require_safe
def clinic_photos(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return render(request, "clinic/photos.html", {"section": "queue", **_compared(request, clinic_recovery(request, uuid))})


def _compared(request: HttpRequest, treatment: Treatment) -> dict[str, Any]:
    return {"treatment": treatment, "clinic": treatment.clinic, "c": Album(treatment).compared(request.GET)}
