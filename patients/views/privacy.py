"""The privacy page, for whoever opens it, and a patient's own say over photos."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from patients.actions.consents import give_photo_consent, withdraw_photo_consent
from patients.actions.texts import text_for
from patients.errors import NotNow
from patients.exports.texts import blocks, installation_text, photo_question
from patients.models import ClinicText, Consent, Patient, Photo, Role
from patients.views.access import own_patient, user_of


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """That of the person's clinic; signed out, what is the same for all clinics."""
    if not request.user.is_authenticated:
        return render(request, "privacy.html", {"layout": "base.html", "blocks": installation_text(get_language() or "")})
    user = user_of(request)
    found = blocks(text_for(user.clinic, ClinicText.Kind.PRIVACY, user.speaks).text) if user.clinic else installation_text(user.speaks)
    layout = "patient.html" if user.role == Role.PATIENT else "staff.html"
    return render(request, "privacy.html", {"layout": layout, "clinic": user.clinic, "blocks": found})


@require_http_methods(["GET", "HEAD", "POST"])
def own_photos(request: HttpRequest) -> HttpResponse:
    """Allowing photos, and taking it back."""
    patient = own_patient(request)
    answer, problem = request.POST.get("answer"), ""
    if answer == "no":
        _withdraw(request, patient)
        return redirect("own-photos")
    if answer == "yes":
        try:
            give_photo_consent(by=user_of(request), patient=patient, seen=request.POST.get("seen", ""))
        except NotNow as refusal:
            problem = str(refusal)
        else:
            messages.success(request, gettext("Photos are allowed. Add them with a day’s log."))
            return redirect("own-photos")
    elif request.method == "POST":
        problem = gettext("This did not arrive whole. Press the button again.")
    return render(request, "mine/photos.html", _shown(patient) | {"problem": problem})


def _withdraw(request: HttpRequest, patient: Patient) -> None:
    gone = withdraw_photo_consent(by=user_of(request), patient=patient)
    said = ngettext("Your photo is deleted.", "Your {number} photos are deleted.", gone).format(number=gone) if gone else ""
    messages.success(request, " ".join(filter(None, [gettext("Photos are not allowed any more."), said])))


def _shown(patient: Patient) -> dict[str, object]:
    consent = Consent.objects.to_photos_of(patient).standing().first()
    count = Photo.objects.filter(log__treatment__patient=patient).count()
    question = None if consent else photo_question(patient)
    return {"section": "settings", "clinic": patient.clinic, "consent": consent, "count": count, "question": question}
