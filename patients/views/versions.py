"""The life of a protocol's versions: start a draft, restore an old version, compare two, discard a draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients import permissions, policies
from patients.actions.norms import discard_draft, in_force_or_none, start_draft
from patients.errors import NotNow
from patients.exports.versions import change_groups, life, pair_of, version_rows, versions_of
from patients.forms.numbers import count_of
from patients.forms.protocols import LikeForm
from patients.models import NormVersion, Protocol
from patients.models.norm_values import read_norms
from patients.views.access import edited_draft, norms_editor, norms_protocol, user_of


@require_POST
def start(request: HttpRequest, protocol: str) -> HttpResponse:
    """A draft like the version in force; where nothing is in force yet, like another protocol's."""
    found = norms_editor(request, protocol)
    # None: like the version in force.
    norms = None
    if in_force_or_none(found) is None:
        form = LikeForm(request.POST, user=user_of(request))
        if not form.is_valid():
            messages.error(request, "Nothing of this protocol is published yet. Choose whose norms its draft starts from.")
            return redirect("norms-of", protocol=found.slug)
        norms = form.norms()
    try:
        start_draft(by=user_of(request), protocol=found, norms=norms)
    except NotNow as refusal:
        messages.error(request, str(refusal))
        # A retired protocol has no draft to go to; otherwise somebody was faster, and theirs is shown.
        return redirect("norms-of" if found.retired_at else "draft", protocol=found.slug)
    return redirect("draft", protocol=found.slug)


@require_POST
def restore(request: HttpRequest, protocol: str, number: int) -> HttpResponse:
    found = norms_editor(request, protocol)
    version = get_object_or_404(NormVersion.objects.select_related("protocol"), protocol=found, number=number)
    try:
        policies.check_version_can("restore as a draft", version)
        start_draft(by=user_of(request), protocol=found, norms=read_norms(version), why=f"Restored from version {number}.")
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("norms-versions", protocol=found.slug)
    messages.success(request, f"The draft holds what version {number} held. Below is how it differs from the version in force.")
    return redirect("norms-diff", protocol=found.slug)


@require_safe
def versions(request: HttpRequest, protocol: str) -> HttpResponse:
    found = norms_protocol(request, protocol)
    rows = version_rows(found, user_of(request))
    known = [row.version for row in rows]
    context = {"rows": rows, "life": life(), "can_move": permissions.can_move_recoveries(user_of(request))}
    return render(request, "norms/versions.html", context | _around(request, found, known))


@require_safe
def diff(request: HttpRequest, protocol: str) -> HttpResponse:
    found = norms_protocol(request, protocol)
    known = versions_of(found)
    pair = pair_of(known, request.GET.get("from", ""), request.GET.get("to", ""))
    groups = change_groups(read_norms(pair.old), read_norms(pair.new)) if pair.old and pair.new else []
    return render(request, "norms/diff.html", {"pair": pair, "groups": groups, **_around(request, found, known)})


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, protocol: str) -> HttpResponse:
    draft = edited_draft(request, protocol)
    known = versions_of(draft.protocol)
    context = _around(request, draft.protocol, known)
    if request.method == "POST":
        # The number of edits alone would also fit a draft that was started since.
        seen = count_of(request.POST.get("seen", "")) if request.POST.get("draft") == str(draft.pk) else -1
        try:
            discard_draft(by=user_of(request), draft=draft, seen=seen)
        except NotNow as refusal:
            context["refusal"] = refusal
        else:
            messages.success(request, f"The draft of version {draft.number} is discarded. What it held is kept in the audit.")
            return redirect("norms-of", protocol=protocol)
    in_force = context["in_force"]
    context["groups"] = change_groups(read_norms(in_force), read_norms(draft)) if in_force else []
    return render(request, "norms/discard.html", context)


def _around(request: HttpRequest, protocol: Protocol, known: list[NormVersion]) -> dict[str, Any]:
    """What the head of each page needs; `known` are the protocol's versions, newest first."""
    user = user_of(request)
    return {
        "section": "norms",
        "clinic": user.clinic,
        "protocol": protocol,
        "draft": next((v for v in known if v.is_draft), None),
        "in_force": next((v for v in known if not v.is_draft), None),
        "can_edit": permissions.can_edit_norms(user, protocol),
    }
