"""The links in a reminder: to the log without a password, and to no more reminders."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, SignatureExpired
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from patients.actions.links import user_of_log_token, user_of_off_token
from patients.actions.reminders import turn_off
from patients.sessions import start_log_session


@login_not_required
@require_safe
@never_cache
def log_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opens the log. Nothing is used up by it: mails are opened twice, and programs look into them first."""
    try:
        user = user_of_log_token(token)
    except SignatureExpired:
        return _page(request, "expired", 410)
    except BadSignature:
        return _page(request, "broken", 404)
    if user is None:
        return _page(request, "ended", 410)
    if request.user.is_authenticated and request.user != user:
        # Not silently as the other: two people with one phone would write into each other's log.
        return _page(request, "other", 403)
    if not request.user.is_authenticated:
        start_log_session(request, token, user)
    return _private(redirect("log"))


# The token is the permission. Mail programs post here themselves (RFC 8058) and have no other.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reminders_off(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks and changes nothing, so that a program that opens links turns nothing off."""
    try:
        user = user_of_off_token(token)
    except BadSignature:
        return _page(request, "broken", 404)
    if request.method == "POST":
        turn_off(by=user)
    # The language of the mail that led here, whatever the browser asks for.
    with translation.override(user.speaks):
        return _private(render(request, "links/off.html", {"is_off": user.patient.reminder_hour is None, "clinic": user.clinic}))


def _page(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    return _private(render(request, "links/problem.html", {"problem": problem}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """No page that comes after learns the link."""
    response["Referrer-Policy"] = "no-referrer"
    return response
