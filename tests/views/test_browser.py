"""What every answer tells the browser: nothing is kept, nothing runs from elsewhere, no other site shows it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site
from django.test import Client

from patients.browser import HEADERS
from tests.views.test_access import NAMES
from tests.views.test_access_all import PACKAGES, left_as_it_was

POLICY = {
    **dict.fromkeys(["default-src", "script-src", "style-src", "connect-src", "font-src", "manifest-src", "form-action"], "'self'"),
    **dict.fromkeys(["object-src", "frame-src", "media-src", "worker-src", "base-uri", "frame-ancestors"], "'none'"),
    "img-src": "'self' data:",
    "require-trusted-types-for": "'script'",
    "trusted-types": "own-pages",
}
EXPECTED = {
    **HEADERS,
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
REFERRERS = {"same-origin", "no-referrer", "strict-origin"}
LIFTED = {"require-trusted-types-for", "trusted-types"}  # where scripts of Django and htmx write markup
# Printed by a process of its own: the settings read the environment once.
PRINTED = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"x-forwarded-proto": "https"})
answer = client.get("/accounts/login/", secure=True)
plain = Client().get("/accounts/login/")
cookies = {name: [c["secure"], c["httponly"], c["samesite"], c["path"], c["domain"]] for name, c in client.cookies.items()}
print(json.dumps({"hsts": answer.headers.get("Strict-Transport-Security", ""), "cookies": cookies, "plain": plain.status_code,
                  "to": plain.headers.get("Location", ""), "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE]}))
"""


def policy_of(response):
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts if name}


def wrong(path, response):
    """What an answer does not say, or says otherwise."""
    policy = (
        POLICY if not path.startswith(("/admin/", "/norms/")) else {name: value for name, value in POLICY.items() if name not in LIFTED}
    )
    found = {name: response.headers.get(name) for name, value in EXPECTED.items() if response.headers.get(name) != value}
    if policy_of(response) != policy:
        found["policy"] = policy_of(response)
    if response.headers.get("Referrer-Policy") not in REFERRERS:
        found["referrer"] = response.headers.get("Referrer-Policy")
    return found


@pytest.mark.parametrize("visitor", ["anonymous", "patient", "clinician", "admin", "superuser"])
def test_every_address_says_it(browsers, url_of, visitor):
    browser, found = browsers[visitor], {}
    for path in [*map(url_of, NAMES), *PACKAGES, "/nowhere/"]:
        for method in ("get", "post"):
            with left_as_it_was(browser):
                found[method, path] = wrong(path, getattr(browser, method)(path))
    assert {asked: told for asked, told in found.items() if told} == {}


@pytest.mark.parametrize(
    "asked, status",
    [
        ({"path": "/", "headers": {"host": "elsewhere.example"}}, 400),
        ({"path": "/log/", "data": {"note": "x"}}, 403),
        ({"path": "/log"}, 301),
        ({"path": "/l/broken/"}, 404),
    ],
)
def test_refusals_say_it_too(db, asked, status):
    browser = Client(enforce_csrf_checks=True)
    response = (browser.post if "data" in asked else browser.get)(**asked)
    assert (response.status_code, wrong(asked["path"], response)) == (status, {})


def test_a_page_that_failed_says_it(as_patient, monkeypatch):
    monkeypatch.setattr("patients.views.logs.own_patient", lambda request: 1 / 0)
    as_patient.raise_request_exception = False
    response = as_patient.get("/log/")
    assert (response.status_code, wrong("/log/", response)) == (500, {})


def test_files_that_are_the_same_for_everybody_are_kept(settings):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True  # also where files were collected before
    answer = Client().get("/static/app.css")
    assert "no-store" not in answer.headers["Cache-Control"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert (answer.headers["X-Content-Type-Options"], "Access-Control-Allow-Origin" in answer.headers) == ("nosniff", False)


def test_nothing_unsafe_is_allowed():
    said = json.dumps(site.CONTENT_SECURITY_POLICY)
    assert [word for word in ("unsafe", "http:", "https:", "*", "blob:") if word in said] == []


def test_scripts_cannot_read_a_cookie(client, db):
    client.get("/accounts/login/")
    assert {(name, bool(c["httponly"]), c["samesite"], c["path"]) for name, c in client.cookies.items()} == {
        ("csrftoken", True, "Lax", "/")
    }


def test_by_https_cookies_and_addresses_stay_there(tmp_path):
    environ = {**os.environ, "BASE_URL": "https://recovery.example", "ALLOWED_HOSTS": "testserver", "VAR_DIR": str(tmp_path)}
    environ = {name: value for name, value in environ.items() if name != "DATABASE_URL"} | {"DJANGO_SETTINGS_MODULE": "recovery.settings"}
    folder = Path(site.BASE_DIR)
    done = subprocess.run([sys.executable, "-c", PRINTED], cwd=folder, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == {
        "hsts": "max-age=31536000; includeSubDomains; preload",
        "cookies": {"__Host-csrftoken": [True, True, "Lax", "/", ""]},
        "plain": 301,
        "to": "https://testserver/accounts/login/",
        "session": ["__Host-sessionid", True],
    }
