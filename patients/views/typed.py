"""What somebody typed, for pages that could not take it: nothing that was sent is lost with the page it was sent from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.shortcuts import render
from django.views.decorators.cache import never_cache

# Never written into a page, also not into a hidden field: it could be read from there.
SECRET = re.compile(r"password|^(?:.*-)?(?:otp|credential|token|recovery_code)$|^code$", re.IGNORECASE)
CSRF_FIELD = "csrfmiddlewaretoken"
# What a page sends along by itself: nobody has to copy it.
SENT_ALONG = {"flags", "read_at", "here", "back", "seen", "page", "next", "edits", "action_add", "key"}
MOST_SHOWN = 40  # a draft of norms has thousands of cells


def typed_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values as they were sent, without passwords, codes and the token of the form, and without what was left empty."""
    return [(name, value) for name, value in sent_fields(request) if name != CSRF_FIELD and value.strip()]


def sent_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """What sends the form again as it was, without passwords and codes."""
    return [(name, value) for name, value in _all(request) if not SECRET.search(name)]


def has_secrets(request: HttpRequest) -> bool:
    return any(SECRET.search(name) and value for name, value in _all(request))


def has_files(request: HttpRequest) -> bool:
    try:
        return bool(request.FILES)
    except (UnreadablePostError, RawPostDataException):
        return False


def _all(request: HttpRequest) -> Iterator[tuple[str, str]]:
    try:
        lists = request.POST.lists()
    except (UnreadablePostError, RawPostDataException):
        return
    for name, values in lists:
        yield from ((str(name), str(value)) for value in values)


@never_cache
def signed_out(request: HttpRequest, sign_in: str) -> HttpResponse:
    """Nothing was done with what was sent. `sign_in` is the address at which to sign in again."""
    typed = [(name, value) for name, value in typed_fields(request) if name not in SENT_ALONG]
    context = {"typed": typed, "sign_in": sign_in, "has_files": has_files(request)}
    return render(request, "account/session_ended.html", context, status=403)
