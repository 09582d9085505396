"""Protocols of a clinic: a new one, a copy of a shared one, its name, its retirement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from patients import permissions
from patients.actions.protocols import bring_back_protocol, copy_protocol, create_protocol, rename_protocol, retire_protocol
from patients.errors import NotNow
from patients.forms.protocols import NameForm, NewProtocolForm, RetireForm
from patients.models import Protocol
from patients.views.access import norms_editor, norms_protocol, norms_reader, user_of


@require_http_methods(["GET", "HEAD", "POST"])
def new_protocol(request: HttpRequest) -> HttpResponse:
    user = norms_reader(request)
    permissions.check_own_protocols(user)
    form = NewProtocolForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        try:
            draft = create_protocol(by=user, **form.cleaned_data)
        except NotNow as refusal:
            form.add_error("slug", str(refusal))
        else:
            messages.success(request, f"{draft.protocol.name} is made. New treatments can follow it once its first version is published.")
            return redirect("draft", protocol=draft.protocol.slug)
    return render(request, "norms/protocol_new.html", {"section": "norms", "clinic": user.clinic, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def protocol_settings(request: HttpRequest, protocol: str) -> HttpResponse:
    """Three forms, told apart by the name of the button that sent them."""
    found = norms_editor(request, protocol)
    forms = _forms(request, found)
    said = _done(request, found, forms) if request.method == "POST" else ""
    if said:
        messages.success(request, said)
        return redirect("protocol-settings", protocol=found.slug)
    context = {"section": "norms", "clinic": user_of(request).clinic, "protocol": found, **forms}
    return render(request, "norms/protocol_settings.html", context)


@require_POST
def copy(request: HttpRequest, protocol: str) -> HttpResponse:
    # Who may not edit shared norms is just who copies them: reading is enough here.
    found = norms_protocol(request, protocol)
    try:
        own = copy_protocol(by=user_of(request), protocol=found)
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{own.name} is your clinic’s own now. New treatments follow it; running recoveries keep their norms.")
    return redirect("norms-of", protocol=found.slug)


def _forms(request: HttpRequest, protocol: Protocol) -> dict[str, Any]:
    sent = request.POST.get("do") if request.method == "POST" else None
    return {
        # Only the form that was sent is bound; the others must not complain of what nobody filled in.
        "names": NameForm(request.POST if sent == "rename" else None, initial={"name": protocol.name, "description": protocol.description}),
        "retirement": RetireForm(request.POST if sent == "retire" else None),
    }


def _done(request: HttpRequest, protocol: Protocol, forms: dict[str, Any]) -> str:
    """Does what the button asks for and says it; says nothing when a form was refused."""
    user, do = user_of(request), request.POST.get("do")
    if do == "rename" and forms["names"].is_valid():
        rename_protocol(by=user, protocol=protocol, **forms["names"].cleaned_data)
        return "Saved."
    if do == "retire" and forms["retirement"].is_valid():
        retire_protocol(by=user, protocol=protocol, why=forms["retirement"].cleaned_data["why"])
        return f"{protocol.name} is retired. New treatments cannot follow it; running recoveries keep their norms."
    if do == "back":
        bring_back_protocol(by=user, protocol=protocol)
        return f"{protocol.name} is back. New treatments can follow it."
    return ""
