"""The server's log: no address that opens something for whoever reads it."""

import logging
from contextvars import Context

import pytest
from django.conf import settings
from django.urls import reverse

from patients.actions.links import log_token, off_token
from patients.server_log import WithoutTokens, WithRequestId, new_request_id


@pytest.fixture
def written(caplog):
    """The lines as the console gets them."""
    caplog.handler.addFilter(WithoutTokens())
    return caplog


@pytest.mark.parametrize(
    "said, kept",
    [
        ("Forbidden: /l/WyJh:1abc:x-Y_z/", "Forbidden: /l/…/"),
        ("Method Not Allowed (PUT): /l/off/ImFi:1abc:zz/", "Method Not Allowed (PUT): /l/off/…/"),
        ("Not Found: /accounts/password/reset/key/2-cab-12/", "Not Found: /accounts/password/reset/key/…/"),
        ("Not Found: /accounts/confirm-email/Mg:1a:b/", "Not Found: /accounts/confirm-email/…/"),
        ("Gone: /i/rUk-9_x/", "Gone: /i/…/"),
        ("Not Found: /log/2026-11-19/", "Not Found: /log/2026-11-19/"),
        ("Not Found: /clinic/patients/", "Not Found: /clinic/patients/"),
        ("Error handling request: GET /clinic/patients/?q=Ferreira&page=2", "Error handling request: GET /clinic/patients/?…"),
    ],
)
def test_tokens_are_cut_out(said, kept):
    before, after = said.split(": ", 1)
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", (before, after), None)
    assert WithoutTokens().filter(record) is True
    assert record.getMessage() == kept


def test_what_the_console_gets_passes_it():
    assert {name: "without_tokens" in handler["filters"] for name, handler in settings.LOGGING["handlers"].items()} == {
        "console": True,
        "mail_admins": True,
    }
    assert settings.LOGGING["filters"]["without_tokens"] == {"()": "patients.server_log.WithoutTokens"}


def test_each_line_says_which_request_it_is_about():
    record = logging.LogRecord("patients", logging.ERROR, "", 0, "no mail server", (), None)
    line = logging.Formatter(settings.LOGGING["formatters"]["plain"]["fmt"])

    def written_by(request):
        if request:
            number = new_request_id()
        assert WithRequestId().filter(record) is True
        return line.format(record)[24:], f"ERROR patients [{number if request else '-'}] no mail server"

    assert "with_request_id" in settings.LOGGING["handlers"]["console"]["filters"]
    for request in (False, True):
        said, expected = Context().run(written_by, request)
        assert said == expected


def test_a_refused_link_is_written_down_without_its_token(as_clinician, patient, written):
    token = log_token(patient)
    assert as_clinician.get(reverse("log-link", args=[token])).status_code == 403
    assert as_clinician.put(reverse("reminders-off", args=[off_token(patient)])).status_code == 405
    assert "Forbidden: /l/…/" in written.text
    assert "/l/off/…/" in written.text
    assert (token in written.text, off_token(patient) in written.text) == (False, False)
