"""What is done about rows of the queue: put off, taken, asked for an entry, taken back, decided together."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from patients.actions import snoozes
from patients.actions.bulk import Outcome, review_many
from patients.actions.nudges import nudge
from patients.actions.reviews import Decision, undo_review
from patients.errors import NotNow
from patients.exports.queue_ask import own_query, queue_address
from patients.exports.queue_page import Kept, queue_page
from patients.exports.words import short_date
from patients.forms.queue import BulkForm, SnoozeForm
from patients.models import Treatment
from patients.views.access import clinic_user, queue_recoveries, queue_recovery, queue_review
from recovery.timeline.scale import Disposition

TYPED = ("disposition", "reply", "note", "until")


@require_POST
def snooze(request: HttpRequest, uuid: UUID) -> HttpResponse:
    treatment = queue_recovery(request, uuid)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return _row_again(request, treatment, form.problem)
    try:
        snoozes.snooze_recovery(by=clinic_user(request), treatment=treatment, until=form.date, seen=form.cleaned_data["flags"])
    except NotNow as refusal:
        return _row_again(request, treatment, str(refusal))
    messages.success(request, f"{treatment.patient.user.name}: snoozed until {short_date(form.date)}, or until something new comes in.")
    return _row_again(request, treatment, "") if _has_text(request) else _to_queue(request, "back")


@require_POST
def wake(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _row_done(request, uuid, snoozes.wake_recovery, "back in the queue.")


@require_POST
def assign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _row_done(request, uuid, snoozes.assign_recovery, "yours now.")


@require_POST
def unassign(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _row_done(request, uuid, snoozes.unassign_recovery, "handed back.")


def _row_done(request: HttpRequest, uuid: UUID, action: Callable[..., None], said: str) -> HttpResponse:
    treatment = queue_recovery(request, uuid)
    try:
        action(by=clinic_user(request), treatment=treatment)
    except NotNow as refusal:
        return _row_again(request, treatment, str(refusal))
    messages.success(request, f"{treatment.patient.user.name}: {said}")
    if _has_text(request):
        # The row stays on the page, and so does the text that was begun.
        return _row_again(request, treatment, "")
    return _to_queue(request, "here")


def _has_text(request: HttpRequest) -> bool:
    return any(request.POST.get(name, "").strip() for name in ("reply", "note"))


@require_POST
def nudge_patient(request: HttpRequest, uuid: UUID) -> HttpResponse:
    treatment = queue_recovery(request, uuid)
    name = treatment.patient.user.name
    try:
        nudge(by=clinic_user(request), treatment=treatment)
    except NotNow as refusal:
        messages.error(request, f"{name}: {refusal}")
    else:
        messages.success(request, f"{name} was sent a mail that asks for an entry.")
    return _to_queue(request, "here")


@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    review = queue_review(request, uuid)
    name = review.treatment.patient.user.name
    try:
        undo_review(by=clinic_user(request), review=review)
    except NotNow as refusal:
        messages.error(request, f"{name}: {refusal}")
        return _to_queue(request, "here")
    messages.success(request, f"{name}: the review is taken back. It needs review again.")
    # The row stands where it stood: on, so that it is found.
    return redirect(queue_address(request.POST.get("here", ""), on=review.treatment.uuid))


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    user, form = clinic_user(request), BulkForm(request.POST)
    if not form.is_valid():
        ticked = [text.partition(":")[0] for text in request.POST.getlist("row")]
        return _page_again(request, Kept("bulk", form.problem, typed=_typed(request), picked=ticked))
    rows, decision = form.cleaned_data["row"], Decision(Disposition(form.cleaned_data["disposition"]))
    found = queue_recoveries(request, rows)
    outcomes = review_many(by=user, rows=[(found[uuid], seen) for uuid, seen in rows.items()], decision=decision)
    _say(request, outcomes, decision)
    return _to_queue(request, "here")


def _say(request: HttpRequest, outcomes: list[Outcome], decision: Decision) -> None:
    done = sum(outcome.review is not None for outcome in outcomes)
    if done:
        messages.success(request, f"{done} row{'s' if done > 1 else ''} reviewed: {decision.disposition.words.lower()}.")
    for outcome in outcomes:
        if outcome.refusal:
            messages.error(request, f"{outcome.treatment.patient.user.name} was not reviewed. {outcome.refusal}")


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in TYPED}


def _row_again(request: HttpRequest, treatment: Treatment, problem: str) -> HttpResponse:
    """The page as it stood, with what was typed into the row and why it could not be done."""
    return _page_again(request, Kept("row", problem, treatment.uuid, _typed(request)))


def _page_again(request: HttpRequest, kept: Kept) -> HttpResponse:
    context = queue_page(clinic_user(request), QueryDict(own_query(request.POST.get("here", ""))), kept=kept)
    return render(request, "clinic/queue.html", context, status=400 if "refused" in context else 200)


def _to_queue(request: HttpRequest, name: str) -> HttpResponse:
    return redirect(queue_address(request.POST.get(name, "")))
