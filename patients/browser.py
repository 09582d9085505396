"""What every answer tells the browser, beside the content security policy (settings.CONTENT_SECURITY_POLICY)."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

# Photos are taken by the phone's own camera app, which asks for itself: the pages need nothing of the device.
NOTHING_OF_THE_DEVICE = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
        "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment",
        "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
HEADERS = {
    # Nothing of a person stays on the device: after signing out, the button "back" asks the server, which asks to sign in.
    "Cache-Control": "private, no-store",
    "Permissions-Policy": NOTHING_OF_THE_DEVICE,
    # No other site can show a photo or a page of ours, not even without reading it.
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


def private_answers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """The headers on all that the application answers; files that are the same for everybody never come here."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        if request.path_info.startswith((reverse("admin:index"), reverse("norms"))):
            # Scripts of Django and htmx write markup there; the rest of the policy holds for them too.
            response._csp_replace = {"require-trusted-types-for": None, "trusted-types": None}  # type: ignore[attr-defined]
        return response

    return respond
