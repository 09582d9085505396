"""A draft's bands: shown, edited, and checked while they are typed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from patients.actions.norms import draft_of, problems_of, published_before, save_draft
from patients.errors import NotNow
from patients.exports.draft_grid import Sent
from patients.exports.editor import DraftSheet
from patients.exports.effects import effect_of
from patients.forms.bands import BandsForm, block_of
from patients.models import NormVersion, Protocol
from patients.models.norm_values import published_norms, read_norms
from patients.views.access import edited_draft, norms_editor, user_of
from recovery.timeline.difference import differences


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, protocol: str) -> HttpResponse:
    found = norms_editor(request, protocol)
    version = draft_of(found)
    if version is None:
        return _no_draft(request, found)
    if request.method != "POST":
        return render(request, "norms/draft.html", _page(request, version))
    form = _form(request, version)
    if not form.is_valid():
        return render(request, "norms/draft.html", _page(request, version, form))
    try:
        saved = save_draft(by=user_of(request), draft=version, norms=form.edited, seen=form.seen)
    except NotNow as refusal:
        return _lost_race(request, found, str(refusal))
    # The edits are counted only when something was written.
    done = form.notice or "saved"
    messages.success(request, f"{form.symptom.name}: {done if saved.edits != version.edits else 'nothing has changed'}.")
    chosen = {"symptom": form.symptom.code} | ({"day": day} if (day := _day(request)) is not None else {})
    return redirect(f"{reverse('draft', args=[found.slug])}?{urlencode(chosen)}")


@require_POST
def check(request: HttpRequest, protocol: str) -> HttpResponse:
    """What the page shows beside the grid, for what is typed and not saved. Stores nothing."""
    version = edited_draft(request, protocol)
    form = _form(request, version)
    # For what it reads; cells that are wrong are part of what is shown.
    form.is_valid()
    return render(request, "norms/_draft_live.html", _page(request, version, form))


def _form(request: HttpRequest, version: NormVersion) -> BandsForm:
    before = published_before(version)
    was = published_norms(before.pk) if before else None
    return BandsForm(request.POST.dict(), norms=read_norms(version), was=was, draft=str(version.pk), edits=version.edits)


def _lost_race(request: HttpRequest, protocol: Protocol, says: str) -> HttpResponse:
    """The draft as it is now, with what was typed over it."""
    version = draft_of(protocol)
    if version is None:
        return _no_draft(request, protocol, says)
    form = _form(request, version)
    # Once more, against the draft as it is now: what was typed is compared with what the other person saved.
    form.is_valid()
    form.refuse(says)
    would_change = differences(form.norms, form.edited)
    return render(request, "norms/draft.html", _page(request, version, form) | {"would_change": would_change})


def _no_draft(request: HttpRequest, protocol: Protocol, says: str = "") -> HttpResponse:
    typed = block_of(request.POST.dict())
    context = {"section": "norms", "clinic": user_of(request).clinic, "protocol": protocol, "typed": typed, "says": says}
    return render(request, "norms/draft_none.html", context)


def _page(request: HttpRequest, version: NormVersion, form: BandsForm | None = None) -> dict[str, Any]:
    before = published_before(version)
    was = published_norms(before.pk) if before else None
    norms = form.edited if form else read_norms(version)
    # A symptom that is not there shows the first one: an old link still leads to the editor.
    symptom = form.symptom if form else norms.symptoms.get(request.GET.get("symptom", "")) or next(iter(norms.symptoms.values()))
    sent = Sent(form.data, form.columns, {fault.field: n for n, fault in enumerate(form.faults, 1) if fault.field}) if form else None
    return {
        "section": "norms",
        "clinic": user_of(request).clinic,
        "protocol": version.protocol,
        "draft": version,
        "in_force": before,
        "part": "bands",
        "form": form,
        "sheet": DraftSheet(norms, was, symptom, problems=problems_of(version, norms), day=_day(request), sent=sent),
        "impact_url": reverse("norms-impact", args=[version.protocol.slug]),
        "effect": effect_of(version, norms, user_of(request)),
    }


def _day(request: HttpRequest) -> int | None:
    """The day looked at, if there is one."""
    sent = (request.POST if request.method == "POST" else request.GET).get("day", "")
    return int(sent) if re.fullmatch("[0-9]{1,4}", sent) else None
