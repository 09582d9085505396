"""One recovery as the clinic sees it, and its review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from patients import permissions, policies
from patients.actions.reviews import review_recovery
from patients.errors import NotNow
from patients.exports.clinic_recovery import ClinicRecovery
from patients.exports.preparation import preparation_for
from patients.exports.queue_ask import own_query, queue_address
from patients.exports.queue_way import QueueWay, filters_of, queue_way
from patients.exports.replies import ready_texts, with_text
from patients.exports.seen import looks_of
from patients.forms.reviews import ReviewForm
from patients.models import Review, Treatment
from patients.views.access import clinic_recovery, clinic_user


@require_safe
def clinic_recovery_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    treatment = clinic_recovery(request, uuid)
    try:
        return _page(request, treatment, request.GET.urlencode())
    except NotNow as refusal:
        # An unknown filter must not show the way through the whole list.
        return render(request, "400.html", {"sentence": str(refusal)}, status=400)


@require_POST
def review(request: HttpRequest, uuid: UUID) -> HttpResponse:
    treatment = clinic_recovery(request, uuid)
    user, form, back = clinic_user(request), ReviewForm(request.POST), request.POST.get("back", "")
    if "use" in request.POST:
        return _with_text(request, treatment)
    if not form.is_valid():
        return _page(request, treatment, back, form)
    # Before the review: afterwards it has no place in the queue to go on from.
    way = QueueWay() if _is_from_queue(request) else _way(request, treatment, back)
    seen, read_at = form.cleaned_data["flags"], form.cleaned_data["read_at"]
    try:
        found = review_recovery(by=user, treatment=treatment, seen=seen, decision=form.decision(), read_at=read_at)
    except NotNow as refusal:
        # With what was typed: the rival's answer may not make it needless.
        return _page(request, treatment, back, form, problem=str(refusal))
    return _after_review(request, found, way)


def _is_from_queue(request: HttpRequest) -> bool:
    return request.POST.get("next") == "queue"


def _after_review(request: HttpRequest, review: Review, way: QueueWay) -> HttpResponse:
    """Back to the queue where it was sent from there, else on to the next recovery of it."""
    said = f"{review.treatment.patient.user.name}: reviewed, {review.get_disposition_display().lower()}."
    # With what can be undone: the next page, whichever it is, offers it beside the sentence.
    messages.success(request, said, extra_tags=f"undo:{review.uuid}")
    if way.after is None:
        return redirect(queue_address(request.POST.get("back", "")))
    address = reverse("clinic-recovery", args=[way.after.uuid])
    return redirect(f"{address}?{way.query}" if way.query else address)


def _way(request: HttpRequest, treatment: Treatment, back: str) -> QueueWay:
    """The way through the queue of a form that was sent; none where its filters are unknown, which the queue itself says."""
    user = clinic_user(request)
    try:
        return queue_way(user, treatment, timezone.now(), filters_of(back, user))
    except NotNow:
        return QueueWay()


def _with_text(request: HttpRequest, treatment: Treatment) -> HttpResponse:
    """The page again with a text of the clinic behind what was typed: what the button does without a script."""
    typed, chosen = request.POST.get("reply", ""), request.POST.get("template", "")
    reply, problem = with_text(typed, chosen, ready_texts(treatment.clinic, treatment.patient.user.first_name))
    form = ReviewForm.kept(request.POST.dict(), reply)
    return _page(request, treatment, request.POST.get("back", ""), form, template_problem=problem)


def _page(request: HttpRequest, treatment: Treatment, back: str, form: ReviewForm | None = None, **said: object) -> HttpResponse:
    # First of all, so that a log changed while this is read counts as changed afterwards.
    now = timezone.now()
    found, user = ClinicRecovery(treatment, now), clinic_user(request)
    context = {"treatment": treatment, "clinic": treatment.clinic, "baseline": found.baseline, "factors": found.factors}
    if found.is_planned:
        return _planned(request, treatment, context)
    can_review = permissions.can_review(user, treatment)
    context |= {
        "section": "queue",
        "p": found,
        "picture": found.picture,
        "phase": found.phase,
        "way": queue_way(user, treatment, now, filters_of(back, user)) if request.method != "POST" else _way(request, treatment, back),
        "can_review": can_review,
        "form": form or ReviewForm(),
        "texts": ready_texts(treatment.clinic, treatment.patient.user.first_name) if can_review and found.open_flags else [],
        "moves": found.moves(user) if can_review and found.open_flags else None,
        "sent_from": "queue" if _is_from_queue(request) else "",
        "back": own_query(back),
        "looks": looks_of(treatment),
    }
    return render(request, "clinic/recovery.html", context | said)


def _planned(request: HttpRequest, treatment: Treatment, facts: dict[str, Any]) -> HttpResponse:
    """Before its day there is nothing to draw: what was planned, and what the patient reads."""
    ahead = preparation_for(treatment, treatment.patient.today())
    can_move = policies.can_be_replanned(treatment)
    return render(request, "clinic/planned.html", facts | {"section": "patients", "ahead": ahead, "can_move": can_move})
