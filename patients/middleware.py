"""What happens around every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def clinic_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pages say times in the zone of the person's clinic: the one its opening hours and promises are in."""

    def respond(request: HttpRequest) -> HttpResponse:
        # Without a session nobody is looked up, so /health/ can still say that the database is gone.
        clinic = getattr(request.user, "clinic", None)
        with timezone.override(clinic.zone if clinic else None):
            return get_response(request)

    return respond
