"""What happens around every request."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from patients import second_factor, server_log, sessions
from patients.actions.links import LOG_SESSION
from patients.errors import Refusal
from patients.second_factor import Wanted
from patients.views.access import user_of
from patients.views.typed import signed_out, typed_fields


class CompressPages(GZipMiddleware):
    """Pages at a fifth of their size for phones on a slow line. Photos and archives are compressed already.

    The length of a compressed page can tell what is secret in it to who has the browser ask for it again and again and hears
    the line (BREACH). Here other sites cannot ask in a person's name (SameSite cookies), the token of forms is masked anew on
    each page, and a random number of bytes is added to each answer.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A number of its own for each request. One that the browser sends is not taken: it could be anything, and another's."""

    def respond(request: HttpRequest) -> HttpResponse:
        number = server_log.new_request_id()
        response = get_response(request)
        response["X-Request-ID"] = number
        return response

    return respond


class SignInRequired(LoginRequiredMiddleware):
    """Asks to sign in; what was typed by somebody whose sign-in has ended is shown to them once more."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]) -> HttpResponse:  # type: ignore[override]
        asked = super().handle_no_permission(request, view_func)
        if request.method in ("GET", "HEAD"):
            return HttpResponseClientRedirect(_sign_in_for(request)) if request.headers.get("HX-Request") else asked
        # A page that sends with htmx keeps what is typed: it takes no notice of an answer that is an error.
        return signed_out(request, _sign_in_for(request)) if typed_fields(request) or request.headers.get("HX-Request") else asked


def _sign_in_for(request: HttpRequest) -> str:
    """The sign-in that leads back to the page one was on: what a form is sent to may be no page."""
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    path = page.path if page.netloc == request.get_host() else reverse("home")
    return f"{reverse('account_login')}?{urlencode({'next': f'{path}?{page.query}' if page.query else path})}"


def session_limits(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Ends a sign-in that has stood idle, or stood too long, before anything is done in its name."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            sessions.hold_to_limits(request, name_of(request))
        return get_response(request)

    return respond


def log_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Who may open the log without a sign-in is signed in on its pages, and nobody everywhere else."""

    def respond(request: HttpRequest) -> HttpResponse:
        user = sessions.log_session_user(request, name_of(request)) if LOG_SESSION in request.session else None
        if user is not None:
            request.user = user
        return get_response(request)

    return respond


def second_factor_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Staff who need a second step and have none reach the pages on which it is set up, and nothing else."""

    def respond(request: HttpRequest) -> HttpResponse:
        wanted = second_factor.wanted(request)
        if wanted is Wanted.NOTHING or (wanted is Wanted.SET_UP and name_of(request) in second_factor.SET_UP):
            return get_response(request)
        page = reverse("mfa_index")
        if wanted is Wanted.SIGN_IN:
            logout(request)
            page = _sign_in_for(request)
            if typed_fields(request):
                return signed_out(request, page)
        return HttpResponseClientRedirect(page) if request.headers.get("HX-Request") else redirect(page)

    return respond


def clear_at_sign_out(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Tells the browser to forget the pages of who has signed out. A phone's log ends with it too."""

    def respond(request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        # Who is half way in steps back by the same address; that ends no log.
        is_leaving = request.method == "POST" and name_of(request) == "account_logout" and LOGIN_SESSION_KEY not in request.session
        response = get_response(request)
        if is_leaving and LOG_SESSION in request.session:
            request.session.flush()
            was_signed_in = True
        if was_signed_in and not request.user.is_authenticated:
            # Not "cookies": those of a clinic's other sites under the same name are not ours.
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return respond


def name_of(request: HttpRequest) -> str:
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


class erased_meanwhile:  # noqa: N801 - named as its neighbours are in the settings
    """Whose account was erased while their request was under way is asked to sign in, where nobody knows them any more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        # What it meets then: a row that is gone, one that nothing may point at any more, or a refusal for want of it.
        if not isinstance(error, (ObjectDoesNotExist, DatabaseError, Refusal)) or not request.user.is_authenticated:
            return None
        if get_user_model().objects.filter(pk=request.user.pk).exists():
            return None
        logout(request)
        return redirect_to_login(request.path)


def whole_paths(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No address holds a NUL. PostgreSQL cannot be asked for one, and not every page of a package looks first."""

    def respond(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404("a NUL in the path")
        return get_response(request)

    return respond
