"""What happens around every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from patients.views.access import LOG_SESSION, log_session_user, user_of


class CompressPages(GZipMiddleware):
    """Pages at a fifth of their size for phones on a slow line. Photos and archives are compressed already.

    The length of a compressed page can tell what is secret in it to who has the browser ask for it again and again and hears
    the line (BREACH). Here other sites cannot ask in a person's name (SameSite cookies), the token of forms is masked anew on
    each page, and a random number of bytes is added to each answer.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


def log_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Who came by a reminder's link is signed in on the pages of the log, and nobody everywhere else."""

    def respond(request: HttpRequest) -> HttpResponse:
        user = log_session_user(request, _name_of(request)) if LOG_SESSION in request.session else None
        if user is not None:
            request.user = user
        return get_response(request)

    return respond


def _name_of(request: HttpRequest) -> str:
    """The name of the address; middleware comes before the handler that looks it up."""
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def clinic_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pages say times in the zone of the person's clinic: the one its opening hours and promises are in."""

    def respond(request: HttpRequest) -> HttpResponse:
        # Without a session nobody is looked up, so /health/ can still say that the database is gone.
        clinic = getattr(request.user, "clinic", None)
        with timezone.override(clinic.zone if clinic else None):
            return get_response(request)

    return respond


def persons_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Patients read their own language, staff English, and who has not signed in what their browser asks for."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            with translation.override(user_of(request).speaks):
                return get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            response = get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return respond
