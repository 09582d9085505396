"""The clinic's texts for replies: the list, one to write, deleting one, and five to begin with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients.actions.replies import (
    EXAMPLES,
    MOST_KEPT,
    delete_reply_template,
    how_deleted,
    save_reply_template,
    start_with_examples,
)
from patients.errors import NotNow, Overtaken
from patients.forms.replies import ReplyTemplateForm
from patients.models import Clinic, ReplyTemplate
from patients.views.access import clinic_user


@require_safe
def reply_texts(request: HttpRequest) -> HttpResponse:
    texts = list(ReplyTemplate.objects.of_clinic(_clinic(request)))
    return _shown(request, "replies", texts=texts, most=MOST_KEPT, is_full=len(texts) >= MOST_KEPT, examples=EXAMPLES)


@require_http_methods(["GET", "HEAD", "POST"])
def new_text(request: HttpRequest) -> HttpResponse:
    return _edited(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def reply_text(request: HttpRequest, uuid: UUID) -> HttpResponse:
    template = _found(request, uuid)
    if template is not None:
        return _edited(request, template)
    if request.method != "POST":
        return _gone(request, uuid)
    # With what was typed: the text went while somebody wrote.
    problem = f"{_how_deleted(request, uuid)} Yours is kept below: save it again to add it as a new one."
    return _shown(request, "reply", template=None, form=ReplyTemplateForm(request.POST), problem=problem)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_text(request: HttpRequest, uuid: UUID) -> HttpResponse:
    template, problem = _found(request, uuid), ""
    if template is None:
        return _gone(request, uuid)
    if request.method == "POST":
        form = ReplyTemplateForm(request.POST)
        try:
            delete_reply_template(by=clinic_user(request), template=template, seen=form.seen_edit)
        except Overtaken as refusal:
            problem = str(refusal)
        else:
            messages.success(request, f"“{template.name}” is deleted. Replies made from it stay as they are.")
            return redirect("replies")
    return _shown(request, "reply_delete", template=template, problem=problem)


@require_POST
def examples(request: HttpRequest) -> HttpResponse:
    start_with_examples(by=clinic_user(request), clinic=_clinic(request))
    return redirect("replies")


def _edited(request: HttpRequest, template: ReplyTemplate | None) -> HttpResponse:
    first = {"name": template.name, "text": template.text, "seen": template.edits} if template else {}
    form = ReplyTemplateForm(request.POST if request.method == "POST" else None, initial=first)
    if not form.is_valid():
        return _shown(request, "reply", template=template, form=form)
    user, data = clinic_user(request), form.cleaned_data
    words = {"name": data["name"], "text": data["text"]}
    try:
        saved = save_reply_template(by=user, clinic=_clinic(request), template=template, seen=form.seen_edit, **words)
    except NotNow as refusal:
        return _refused(request, template, form, refusal)
    messages.success(request, f"“{saved.name}” is saved.")
    return redirect("replies")


def _refused(request: HttpRequest, template: ReplyTemplate | None, form: ReplyTemplateForm, refusal: NotNow) -> HttpResponse:
    if template is not None and isinstance(refusal, Overtaken):
        # Who has read what stands there now may replace it.
        template = _found(request, template.uuid)
        form = form.having_seen(template.edits if template else 0)
    return _shown(request, "reply", template=template, form=form, problem=str(refusal))


def _gone(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """To the list, with who deleted it: deleting twice ends where deleting once does."""
    messages.info(request, _how_deleted(request, uuid))
    return redirect("replies")


def _how_deleted(request: HttpRequest, uuid: UUID) -> str:
    said = how_deleted(by=clinic_user(request), uuid=uuid)
    if not said:
        raise Http404("no such text")
    return said


def _found(request: HttpRequest, uuid: UUID) -> ReplyTemplate | None:
    return ReplyTemplate.objects.of_clinic(_clinic(request)).filter(uuid=uuid).first()


def _clinic(request: HttpRequest) -> Clinic:
    clinic = clinic_user(request).clinic
    assert clinic is not None  # clinic_user lets nobody without a clinic through
    return clinic


def _shown(request: HttpRequest, page: str, **context: Any) -> HttpResponse:
    return render(request, f"clinic/{page}.html", {"section": "queue", "clinic": _clinic(request)} | context)
