"""Where something went wrong on our side. Django calls `failed` for whatever no view caught, in the middleware and on COMMIT too."""

from __future__ import annotations

import sys

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from django.views.defaults import server_error

from patients.views.typed import MOST_SHOWN, has_files, has_secrets, sent_fields, typed_fields

RETRY_AFTER = 30  # seconds


def failed(request: HttpRequest) -> HttpResponse:
    """500, or 503 where it is the database that is gone, locked or full: that passes, and what was typed must outlast it."""
    if not _is_database_away(sys.exc_info()[1]):
        return server_error(request)
    # The browser's: whose language it is cannot be looked up now.
    with translation.override(translation.get_language_from_request(request)):
        response = _away(request)
        response.headers["Content-Language"] = translation.get_language() or ""
    response["Retry-After"], response["Cache-Control"] = str(RETRY_AFTER), "private, no-store"
    return response


def _is_database_away(error: BaseException | None) -> bool:
    # DatabaseError itself: SQLite raises it for a file that is damaged or no database. InternalError: PostgreSQL that only reads.
    away = (OperationalError, InterfaceError, InternalError)
    return isinstance(error, away) or type(error) is DatabaseError


def _away(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") or "json" in request.headers.get("Accept", "") or "json" in (request.content_type or ""):
        said = gettext("Not saved: the database does not answer. Please try again in a minute.")
        return JsonResponse({"error": said}, status=503)
    shown = typed_fields(request)
    context = {
        "was_sent": request.method == "POST",
        # A form with a password in it is typed anew.
        "can_resend": request.method == "POST" and not has_secrets(request),
        "where": request.get_full_path(),
        "sent": sent_fields(request),
        "typed": shown[:MOST_SHOWN],
        "more": max(0, len(shown) - MOST_SHOWN),
        "has_files": has_files(request),
    }
    # Without the request: nothing that draws the page may ask who is there.
    return HttpResponse(render_to_string("503.html", context), status=503)
