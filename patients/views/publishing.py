"""What a draft would change, and putting it in force."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from patients import permissions
from patients.actions.moves import move_batch, to_move
from patients.actions.norms import draft_of, in_force_or_none, problems_of, publish_draft
from patients.actions.seen import note_log_seen
from patients.errors import NotNow
from patients.exports.effects import effect_of
from patients.exports.two_ways import TwoWays
from patients.forms.publishing import GOING, PeriodForm, PublishForm, draft_in
from patients.models import Log, NormVersion, Protocol
from patients.models.norm_values import published_norms, read_norms
from patients.views.access import edited_draft, norms_editor, user_of
from recovery.timeline.difference import differences


@require_safe
def impact(request: HttpRequest, protocol: str) -> HttpResponse:
    """Every log that would change, over a period; as a file with ?format=csv."""
    draft = edited_draft(request, protocol)
    form = PeriodForm(request.GET)
    sheet = effect_of(draft, read_norms(draft), user_of(request), form.cleaned_data["days"]) if form.is_valid() else None
    if sheet and request.GET.get("format") == "csv":
        name = f"impact-{draft.protocol.slug}-v{draft.number}.csv"
        # Whole addresses: the file is opened far from this page.
        text = sheet.as_csv(request.build_absolute_uri(reverse("norms-impact", args=[draft.protocol.slug])))
        return HttpResponse(text, "text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    shown = {"form": form, "sheet": sheet, "rows": sheet.linked_rows() if sheet else []}
    return render(request, "norms/impact.html", _context(request, draft) | shown)


@require_safe
def impact_log(request: HttpRequest, protocol: str, log: UUID) -> HttpResponse:
    """One log judged under the norms it follows and under the draft. No name: the lines are what is looked at."""
    draft = edited_draft(request, protocol)
    # Narrowed to the clinic, and to recoveries that this draft could ever judge.
    mine = Log.objects.visible_to(user_of(request)).under(draft.protocol).select_related("treatment__norm_version__protocol")
    found = get_object_or_404(mine, uuid=log)
    note_log_seen(by=user_of(request), log=found)
    return render(request, "norms/impact_log.html", _context(request, draft) | {"two": TwoWays(found, draft)})


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, protocol: str) -> HttpResponse:
    """The draft's differences and effect once more, the reason, and whether running recoveries move too."""
    found = norms_editor(request, protocol)
    draft = draft_of(found)
    if draft is None:
        return _gone(request, found)
    form = PublishForm(request.POST if request.method == "POST" else None, draft=draft)
    if form.is_valid():
        data = form.cleaned_data
        try:
            # The form has compared its token with this draft; the action asks again under the lock.
            version = publish_draft(by=user_of(request), draft=draft, reason=data["reason"], seen=draft.edits)
        except NotNow as refusal:
            # Read again: a rival may have saved the draft, published it or discarded it.
            if (draft := draft_of(found)) is None:
                return _gone(request, found)
            form.refuse(str(refusal), draft)
        else:
            return _published(request, version, data["move"])
    return render(request, "norms/publish.html", _context(request, draft) | _effect(request, draft) | {"form": form})


def _published(request: HttpRequest, version: NormVersion, is_moving: bool) -> HttpResponse:
    slug, number, user = version.protocol.slug, version.number, user_of(request)
    messages.success(request, f"Version {number} is in force for new treatments.")
    try:
        # After the publish, not with it: a batch that somebody's next version stops must not take the publish back.
        left = move_batch(by=user, version=version) if is_moving and permissions.can_move_recoveries(user) else 0
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("norms-versions", protocol=slug)
    if left:
        request.session[GOING] = str(version.pk)
        return redirect("norms-move", protocol=slug, number=number)
    return redirect("norms-of", protocol=slug)


def _gone(request: HttpRequest, protocol: Protocol) -> HttpResponse:
    """Sent from a page whose draft is no more: a second click, or somebody was faster."""
    if request.method != "POST":
        raise Http404("no draft")
    in_force = in_force_or_none(protocol)
    context = {
        "section": "norms",
        "clinic": user_of(request).clinic,
        "protocol": protocol,
        "in_force": in_force,
        "is_published": in_force is not None and draft_in(request.POST.get("seen", "")) == str(in_force.pk),
        "typed": request.POST.get("reason", ""),
    }
    return render(request, "norms/publish_gone.html", context)


def _context(request: HttpRequest, draft: NormVersion) -> dict[str, object]:
    user = user_of(request)
    return {
        "section": "norms",
        "clinic": user.clinic,
        "draft": draft,
        "protocol": draft.protocol,
        "in_force": in_force_or_none(draft.protocol),
        "problems": problems_of(draft),
    }


def _effect(request: HttpRequest, draft: NormVersion) -> dict[str, object]:
    user, norms = user_of(request), read_norms(draft)
    published = in_force_or_none(draft.protocol)
    return {
        "changes": differences(published_norms(published.pk), norms) if published else (),
        "sheet": effect_of(draft, norms, user),
        "movable": to_move(user.clinic, draft, norms).count() if user.clinic else 0,
    }
