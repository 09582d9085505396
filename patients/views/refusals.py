"""The answer to a request that could not even be read."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For recovery.urls.handler400. What was too much says so; of everything else nothing more is known."""
    if not isinstance(exception, TOO_MUCH):
        return render(request, "400.html", status=400)
    sentence = gettext(
        "This was more than the page takes. Go back, shorten it and send it again; your browser usually keeps what you typed."
    )
    return render(request, "400.html", {"sentence": sentence}, status=413)
