"""The parts of a draft around its bands: phases, milestones, guidance, warning signs, rules and adjustments."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from patients.actions.norms import draft_of, in_force_or_none, problems_of, published_before, save_draft
from patients.errors import NotNow
from patients.exports.versions import problem_lines
from patients.forms.numbers import count_of
from patients.forms.parts import PARTS
from patients.models import NormVersion, Protocol
from patients.models.norm_values import published_norms, read_norms
from patients.views.access import norms_editor, user_of
from recovery.timeline.difference import differences

GONE = "The draft you edited was published or discarded. Nothing is saved; what you typed is below. Start a new draft, then save again."
ANOTHER = "The draft you edited was published or discarded, and this is a new one. Nothing is saved; what you typed is below."


@require_http_methods(["GET", "HEAD", "POST"])
def part(request: HttpRequest, protocol: str, part: str) -> HttpResponse:
    found = norms_editor(request, protocol)
    base = _base(request, found)
    if part not in PARTS:
        raise Http404("no such part")
    before = published_before(base) if base.is_draft else base
    # Signs once published must stay, for logs hold their codes.
    kept = published_norms(before.pk).signs if before else {}
    form = PARTS[part](request.POST if request.method == "POST" else None, norms=read_norms(base), kept=kept)
    context = {"form": form, "part": part, "protocol": found, "in_force": before, **_around(request, base, form, part)}
    if form.is_bound and form.is_valid():
        try:
            _save(request, base, form)
        except NotNow as refusal:
            # Where the draft is gone there is nothing that a save would change.
            changes = differences(form.norms, form.apply()) if base.is_draft else ()
            return render(request, "norms/part.html", context | {"refusal": refusal, "changes": changes})
        return redirect("draft-part", protocol=found.slug, part=part)
    return render(request, "norms/part.html", context)


def _base(request: HttpRequest, protocol: Protocol) -> NormVersion:
    """The draft. Where it is gone, what was typed is shown against the version in force, so that it is not lost."""
    draft = draft_of(protocol)
    if draft is None and request.method == "POST":
        draft = in_force_or_none(protocol)
    if draft is None:
        raise Http404("no draft")
    return draft


def _save(request: HttpRequest, base: NormVersion, form: Any) -> None:
    """Only over the draft that was on the page, and only in the state in which it was shown."""
    if not base.is_draft:
        raise NotNow(GONE)
    if request.POST.get("draft") != str(base.pk):
        raise NotNow(ANOTHER)
    edited = form.apply()
    count = len(differences(form.norms, edited))
    save_draft(by=user_of(request), draft=base, norms=edited, seen=count_of(request.POST.get("seen", "")))
    messages.success(request, f"Saved: {count} change{'s' if count != 1 else ''}." if count else "Nothing has changed.")


def _around(request: HttpRequest, base: NormVersion, form: Any, part: str) -> dict[str, Any]:
    shared = {"section": "norms", "clinic": user_of(request).clinic, "draft": base if base.is_draft else None}
    if not base.is_draft:
        return shared
    here, elsewhere = problem_lines(problems_of(base, form.norms), part, form.norms)
    return shared | {"problems": here, "problems_elsewhere": elsewhere}
