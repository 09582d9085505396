"""The answer after a log is saved."""

from __future__ import annotations

from django.contrib.messages import get_messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.exports.rating_table import answers
from patients.exports.recoveries import RecoveryPicture
from patients.exports.verdicts import verdict_of
from patients.forms.fields import parse_iso
from patients.forms.photos import NOT_TAKEN
from patients.views.access import check_reach, own_patient, own_recovery_on


@require_safe
def saved(request: HttpRequest, day: str) -> HttpResponse:
    """The answer to "is this normal today?", at once."""
    patient = own_patient(request)
    when = parse_iso(day)
    treatment = own_recovery_on(request, when) if when else None
    if when is None or treatment is None:
        raise Http404
    check_reach(request, when)
    number = treatment.day_of(when)
    picture = RecoveryPicture(treatment, number)
    if number not in picture.logs:
        raise Http404
    entry = picture.logs[number]
    said = list(get_messages(request))
    context = {
        "section": "log",
        "treatment": treatment,
        "clinic": treatment.clinic,
        "day": number,
        "when": when,
        "is_today": when == patient.today(),
        "at": treatment.clinic.local(entry.amended_at or entry.entered_at),
        "messages": [message for message in said if NOT_TAKEN not in message.tags],
        "not_taken": [message for message in said if NOT_TAKEN in message.tags],
        "photos": [photo for photo in picture.photos if photo.day == number],
        "verdict": verdict_of(picture, number),
        "answers": answers(picture, number),
        "do": picture.norms.course.guidance_on(number, "do"),
        "avoid": picture.norms.course.guidance_on(number, "avoid"),
    }
    return render(request, "log/saved.html", context)
