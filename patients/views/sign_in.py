"""One's own sign-in beside what allauth has: how long it lasts, this phone, everywhere, and the last passkey."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from patients import sessions
from patients.actions.account import sign_out_everywhere
from patients.errors import NotAllowed
from patients.views.access import user_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> JsonResponse:
    """The seconds that are left of the sign-in. POST is the button of who wants to stay; GET the page itself, and prolongs nothing."""
    # The token: a page that was opened before a new sign-in can be sent again with it.
    left = sessions.seconds_left(request) if sessions.CLOCK in request.session else 0
    return JsonResponse({"left": left, "token": get_token(request), "who": sessions.known_as(user_of(request))})


@require_POST
def own_phone(request: HttpRequest) -> HttpResponse:
    if request.POST.get("is_mine") != "yes":
        sessions.forget_phone(request)
        messages.success(request, gettext("This phone asks you to sign in again for everything."))
    elif sessions.remember_phone(request, user_of(request)):
        messages.success(request, gettext("For 30 days your log opens on this phone without signing in."))
    else:
        raise NotAllowed(gettext("This is for patients, for their own log."))
    return redirect("settings")


@require_POST
def everywhere(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    sign_out_everywhere(by=user)
    sessions.forget_phone(request)
    # This browser stays: it is the one that asked.
    update_session_auth_hash(request, user)
    messages.success(request, gettext("All other browsers and phones are signed out."))
    return redirect("settings")


class RemovePasskey(RemoveWebAuthnView):
    """allauth asks for an authenticator app only whether it may go; a passkey may be the last one too."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        adapter = get_adapter()
        if request.user.is_authenticated and not adapter.can_delete_authenticator(self.get_object()):
            messages.error(request, str(adapter.error_messages["cannot_delete_authenticator"]))
            return redirect("mfa_list_webauthn")
        return super().dispatch(request, *args, **kwargs)


remove_passkey = RemovePasskey.as_view()
