"""Invitations: the page that the link opens, sending one again, withdrawing it."""

from __future__ import annotations

from uuid import UUID

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from patients.actions.invitations import accept, invitation_of, invite, is_own, withdraw
from patients.errors import NotNow
from patients.models import Invitation
from patients.models.invitations import InvitationState
from patients.views.access import clinic_patient, clinic_user, user_of


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button and uses nothing up: programs look into mails before people do."""
    # Programs that look into mails come often and from one address; what they do uses nothing up.
    if request.method == "POST" and not ratelimit.consume(request, action="invitation"):
        return ratelimit.respond_429(request)
    found = invitation_of(token)
    if found is None:
        # A second tap, and the link opened again by who came in by it.
        is_back = request.user.is_authenticated and is_own(token, user_of(request))
        return redirect("home") if is_back else _over(request)
    if request.user.is_authenticated:
        return _guarded(render(request, "links/problem.html", {"problem": "other"}, status=403))
    if request.method == "POST":
        return _signed_in(request, token)
    return _welcome(request, found)


def _welcome(request: HttpRequest, found: Invitation) -> HttpResponse:
    # The language of the mail that led here, whatever the browser asks for.
    with translation.override(found.patient.speaks):
        return _guarded(render(request, "links/invitation.html", {"clinic": found.patient.clinic}))


def _signed_in(request: HttpRequest, token: str) -> HttpResponse:
    user = accept(token)
    if user is None:
        return _over(request)
    response = perform_login(request, user, email=user.email)
    with translation.override(user.speaks):
        messages.success(
            request, gettext("You are signed in. Next time we send you a code by e-mail, or you set a password under Settings.")
        )
    return response


def _over(request: HttpRequest) -> HttpResponse:
    """One page, whatever the reason: a stranger must not learn from it whether there ever was such an invitation."""
    return _guarded(render(request, "links/invitation_over.html", status=410))


def _guarded(response: HttpResponse) -> HttpResponse:
    """No page that comes after learns the link."""
    # Not "no-referrer": with it the browser names no origin when the form is sent, and Django refuses it.
    response["Referrer-Policy"] = "strict-origin"
    return response


@require_POST
def send_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    patient = clinic_patient(request, uuid)
    try:
        made = invite(by=clinic_user(request), patient=patient)
    except NotNow as refusal:
        messages.warning(request, str(refusal))
        return redirect("clinic-patient", uuid=uuid)
    made.refresh_from_db()
    if made.state(made.made_at) is InvitationState.UNSENT:
        messages.warning(request, "The mail server did not take the invitation, so nothing was sent. Try again in a few minutes.")
    else:
        messages.success(request, f"A new invitation goes to {patient.user.email}. A link sent before opens nothing any more.")
    return redirect("clinic-patient", uuid=uuid)


@require_POST
def take_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    patient = clinic_patient(request, uuid)
    if withdraw(by=clinic_user(request), patient=patient):
        messages.success(request, "The invitation is withdrawn: its link opens nothing any more.")
    else:
        messages.info(request, "No invitation stands, so there was nothing to withdraw.")
    return redirect("clinic-patient", uuid=uuid)
