"""One recovery as the clinic sees it, and its review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from patients import permissions, policies
from patients.actions.reviews import review_recovery
from patients.errors import NotNow
from patients.exports import charts, words
from patients.exports.flags import card_of
from patients.exports.preparation import preparation_for
from patients.exports.rating_table import rating_table
from patients.exports.recoveries import RecoveryPicture
from patients.forms.reviews import ReviewForm
from patients.models import Treatment
from patients.views.access import clinic_recovery, clinic_user
from recovery.timeline.scale import Urgency


@require_safe
def clinic_recovery_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, clinic_recovery(request, uuid))


@require_POST
def review(request: HttpRequest, uuid: UUID) -> HttpResponse:
    treatment = clinic_recovery(request, uuid)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, treatment, form)
    try:
        review_recovery(by=clinic_user(request), treatment=treatment, seen=form.cleaned_data["flags"], decision=form.decision())
    except NotNow as refusal:
        # With what was typed: the rival's answer may not make it needless.
        return _page(request, treatment, form, problem=str(refusal))
    messages.success(request, f"{treatment.patient.user.name}: reviewed, {form.decision().disposition.words.lower()}.")
    return redirect("queue")


def _page(request: HttpRequest, treatment: Treatment, form: ReviewForm | None = None, problem: str = "") -> HttpResponse:
    now = timezone.now()
    # Days by the patient's calendar, times of the clock by the clinic's.
    today = treatment.day_of(treatment.patient.today(now))
    # West of the clinic it may still be the day before the treatment.
    picture = RecoveryPicture(treatment, max(today, 0))
    if today < 0 and not picture.logs:
        return _planned(request, treatment, picture)
    open_flags = [flag for flag in picture.flags if flag.review_id is None]
    symptoms = list(picture.norms.symptoms.values())
    clinic = treatment.clinic
    due = treatment.answer_due and words.clock(clinic.local(treatment.answer_due), clinic.local(now))
    context = _facts(treatment, picture) | {
        "section": "queue",
        "picture": picture,
        "today": today,
        "due": due,
        "is_late": treatment.answer_due is not None and treatment.answer_due < now,
        "open_flags": open_flags,
        "urgency": Urgency(treatment.open_urgency),
        "flag_cards": [card_of(flag, picture.norms) for flag in open_flags],
        "lead": card_of(open_flags[0], picture.norms).said_on(today) if open_flags else "",
        "more_said": f"up to day {max(flag.day for flag in open_flags)}" if open_flags else "",
        # `sign` knows what to say of codes of other norms: the recovery may have moved since it was logged.
        "signs_by_day": ["; ".join(picture.norms.sign(code).label for code in log.signs) for log in picture.logs.values()],
        "courses": picture.courses(symptoms, charts.DESK),
        "table": rating_table(picture, [s for s in symptoms if s in picture.core or s in picture.others]),
        "dates": [(day, words.short_date(treatment.date_of(day))) for day in picture.logs],
        "entered": [(log, clinic.local(log.entered_at)) for log in picture.logs.values()],
        "notes": [(day, log.note) for day, log in picture.logs.items() if log.note],
        "phase": picture.norms.course.phase_on(today),
        "reviews": treatment.reviews.newest_first().prefetch_related("flags"),
        "can_review": permissions.can_review(clinic_user(request), treatment),
        "form": form or ReviewForm(),
        # The flags of this page: one raised since is not answered by who has never seen it.
        "seen": ",".join(str(flag.uuid) for flag in open_flags),
        "problem": problem,
    }
    return render(request, "clinic/recovery.html", context)


def _planned(request: HttpRequest, treatment: Treatment, picture: RecoveryPicture) -> HttpResponse:
    """Before its day there is nothing to draw: what was planned, and what the patient reads."""
    ahead = preparation_for(treatment, treatment.patient.today())
    can_move = policies.can_be_replanned(treatment)
    context = _facts(treatment, picture) | {"section": "patients", "ahead": ahead, "can_move": can_move}
    return render(request, "clinic/planned.html", context)


def _facts(treatment: Treatment, picture: RecoveryPicture) -> dict[str, Any]:
    norms = picture.norms
    return {
        "treatment": treatment,
        "clinic": treatment.clinic,
        "baseline": ", ".join(f"{norms.symptoms[code].name} {grade}" for code, grade in treatment.baseline.items()),
        "factors": [a.label for a in norms.adjustments if a.factor in treatment.factors],
    }
