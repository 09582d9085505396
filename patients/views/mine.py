"""What belongs to the patient: who looked at the record, everything in one archive, and the end of the account."""

from __future__ import annotations

from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from patients.actions.account import note_download
from patients.actions.erasure import erase_patient
from patients.errors import NotNow
from patients.exports.archive import archive_of
from patients.exports.record import Record
from patients.exports.seen import Looks
from patients.forms.erasure import EraseForm
from patients.models import Patient, Treatment
from patients.models.retention import kept_until
from patients.views.access import own_patient, user_of

PAGE = 50


@require_safe
def seen(request: HttpRequest) -> HttpResponse:
    patient = own_patient(request)
    looks, with_own = Looks(patient), request.GET.get("who") == "all"
    page = Paginator(looks.events(with_own=with_own), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": looks.said(page), "with_own": with_own, "patient": patient}
    return render(request, "mine/seen.html", _shared(patient) | context)


@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest) -> HttpResponseBase:
    """POST, so that nothing that opens links in advance fetches a face."""
    patient = own_patient(request)
    if request.method != "POST":
        return render(request, "mine/download.html", _shared(patient))
    note_download(by=user_of(request), patient=patient)
    headers = {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="my-record-{patient.today()}.zip"',
    }
    return StreamingHttpResponse(archive_of(Record(patient)), content_type="application/zip", headers=headers)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    patient, problem = own_patient(request), ""
    form = EraseForm(request.POST if request.method == "POST" else None, user=user_of(request))
    if form.is_valid():
        try:
            until = erase_patient(by=user_of(request), patient=patient)
        except NotNow as refusal:
            problem = str(refusal)
        else:
            logout(request)
            return render(request, "mine/deleted.html", {"clinic": patient.clinic, "until": until})
    # Their right all the same; but nobody could answer any more, so they are told whom to call.
    waiting = Treatment.objects.visible_to(user_of(request)).waiting_urgently().exists()
    context = {"form": form, "is_waiting": waiting, "problem": problem, "until": kept_until(patient, timezone.now())}
    return render(request, "mine/delete.html", _shared(patient) | context)


def _shared(patient: Patient) -> dict[str, object]:
    return {"section": "settings", "clinic": patient.clinic}
