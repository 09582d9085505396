"""The whole resolver, other people's pages in it, and the visitors who are nobody new: each gets what somebody of the table gets.

The app's own addresses have their rows in test_access.py, those of packages here. An address without a row fails.
"""

from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from patients.actions.links import log_token
from patients.models import Role
from patients.sessions import REACHED_BY_LINK
from tests.addresses import addresses
from tests.conftest import TREATED
from tests.factories import a_member, a_treatment
from tests.views.test_access import NAMES, SENT, SIGN_IN, TABLE, VISITORS, got

ALL, AWAY = [200] * 8, [200, *[302] * 7]  # away: who has signed in is sent home
PRIVATE = [SIGN_IN, *[200] * 7]
GOES_ON = [SIGN_IN, *[302] * 7]
NOTHING = [SIGN_IN, *[404] * 7]
NOT_SO = [SIGN_IN, *[405] * 7]
UNSURE = [SIGN_IN, *[403] * 7]  # nothing to prove who one is with
# Address: what each visitor gets for GET and for an empty POST, in the order of VISITORS. None has a password.
ACCOUNTS = {
    "account_login": (AWAY, AWAY),
    "account_logout": ([302, *[200] * 7], [302] * 8),
    "account_inactive": (ALL, [405] * 8),
    "account_signup": (AWAY, AWAY),  # it says that nobody can
    "account_reauthenticate": (UNSURE, UNSURE),
    "account_email": (PRIVATE, GOES_ON),
    "account_email_verification_sent": (GOES_ON, GOES_ON),
    "account_change_password": (GOES_ON, GOES_ON),
    "account_set_password": (PRIVATE, PRIVATE),
    "account_reset_password": (ALL, ALL),
    "account_reset_password_done": (ALL, [405] * 8),
    "account_reset_password_from_key": (ALL, ALL),  # it says that the link is broken
    "account_reset_password_from_key_done": (ALL, [405] * 8),
    "account_request_login_code": (AWAY, AWAY),
    "account_confirm_login_code": (GOES_ON, GOES_ON),
    **dict.fromkeys(["mfa_index", "mfa_list_webauthn"], (PRIVATE, NOT_SO)),
    **dict.fromkeys(["mfa_authenticate", "mfa_login_webauthn"], (GOES_ON, GOES_ON)),
    **dict.fromkeys(["mfa_reauthenticate", "mfa_reauthenticate_webauthn"], (UNSURE, UNSURE)),
    **dict.fromkeys(["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"], (PRIVATE, PRIVATE)),
    # Of what nobody here has set up.
    **dict.fromkeys(["mfa_deactivate_totp", "mfa_download_recovery_codes"], (NOTHING, NOTHING)),
    **dict.fromkeys(["mfa_edit_webauthn", "mfa_remove_webauthn"], (NOTHING, NOTHING)),
    "mfa_view_recovery_codes": (NOTHING, NOT_SO),
}
ADMIN_ALONE = "admin:"  # all that begins so is the superuser's; the others see nothing of it
OUTSIDE = {302, 403, SIGN_IN}
WORDS = {  # what stands in the addresses of packages for their arguments
    "<path:object_id>": "1", "<path:content_type_id>": "1", "^(?P<app_label>auth|account|patients)/$": "patients/",
    "(?P<url>.*)$": "nowhere/", "<int:pk>": "1",
    "^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-abc-def/",
}  # fmt: skip
METHODS = {"get": TABLE, "post": SENT}


def path_of(route):
    for argument, word in WORDS.items():
        route = route.replace(argument, word)
    return f"/{route}"


PACKAGES = {path_of(address.route): address.name for address in addresses() if address.name not in NAMES}


@contextmanager
def left_as_it_was(browser):
    """What is asked within is undone afterwards, in the database and in the browser."""
    cookies = browser.cookies.copy()
    cache.clear()  # all visitors come from one address, whose attempts are counted
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    browser.cookies = cookies


def ask(browser, method, path):
    with left_as_it_was(browser):
        return got(getattr(browser, method)(path))


def column(visitor):
    """What this visitor of the table gets for each method and address that is ours or allauth's."""
    place = VISITORS.index(visitor)
    rows = {(number, name): row[place] for name, pair in ACCOUNTS.items() for number, row in zip(METHODS, pair, strict=True)}
    for name in NAMES:
        public = 405 if TABLE[name][0] == 200 else SIGN_IN
        rows["get", name] = TABLE[name][place]
        rows["post", name] = SENT.get(name, [public, *[405] * 7])[place]
    return rows


def asked(browser, url_of):
    """The same as this browser finds it."""
    paths = {name: url_of(name) for name in NAMES} | {name: path for path, name in PACKAGES.items() if name in ACCOUNTS}
    return {(method, name): ask(browser, method, path) for method in METHODS for name, path in paths.items()}


def test_every_address_of_the_resolver_has_a_row():
    without = [a for a in addresses() if a.name not in TABLE and a.name not in ACCOUNTS and not a.name.startswith(ADMIN_ALONE)]
    assert without == []
    assert set(ACCOUNTS) <= set(PACKAGES.values())
    assert len(PACKAGES) + len(NAMES) == len({address.route for address in addresses()})  # one of allauth's goes to a view of ours


@pytest.mark.parametrize("name", ACCOUNTS)
def test_who_may_open_and_send_pages_of_allauth(browsers, name):
    path = next(path for path, found in PACKAGES.items() if found == name)
    found = {method: [ask(browser, method, path) for browser in browsers.values()] for method in METHODS}
    assert found == dict(zip(METHODS, ACCOUNTS[name], strict=True))


@pytest.mark.parametrize("visitor", [v for v in VISITORS if v != "superuser"])
def test_nobody_else_is_in_the_admin(browsers, visitor):
    paths = [path for path, name in PACKAGES.items() if name.startswith(ADMIN_ALONE)]
    found = {path: {ask(browsers[visitor], method, path) for method in METHODS} for path in paths}
    assert {path: codes for path, codes in found.items() if not codes <= OUTSIDE} == {}
    assert len(paths) > 60


def test_the_superuser_is(browsers):
    codes = [ask(browsers["superuser"], "get", path) for path, name in PACKAGES.items() if name.endswith("_changelist")]
    assert set(codes) == {200}


@pytest.fixture
def neighbour(clinician, signed_in):
    """Another patient of the same clinic; before the addresses, whose protocol is there twice."""
    return signed_in(a_treatment(clinician, "Mei Chen", TREATED).patient.user)


def test_a_neighbour_of_the_same_clinic_is_as_strange_as_anybody(neighbour, browsers, url_of):
    unused = {("post", "invitation"): 403}  # in the table somebody has used it before
    assert asked(neighbour, url_of) == column("other patient") | unused


@pytest.mark.parametrize("visitor", [v for v in VISITORS if v != "anonymous"])
def test_who_is_deactivated_is_out_with_the_next_request(browsers, url_of, visitor):
    browser = browsers[visitor]
    user = browser.get("/accounts/password/reset/").wsgi_request.user
    assert user.is_authenticated
    user.is_active = False
    user.save()
    ended = {("get", "log-link"): 410} if visitor == "patient" else {}  # their own link says so
    assert asked(browser, url_of) == column("anonymous") | ended


def test_who_came_by_a_reminder_s_link_reaches_the_log_and_nothing_else(browsers, url_of, patient):
    browser = Client()
    browser.get(reverse("log-link", args=[log_token(patient)]))
    own, nobody = column("patient"), column("anonymous")
    reached = {(method, name) for method, name in own if (method.upper(), name) in REACHED_BY_LINK}
    assert asked(browser, url_of) == {key: own[key] if key in reached else nobody[key] for key in own}
    assert reached == {*((m, n) for m in METHODS for n in ("log", "log-day")), ("get", "log-saved"), ("get", "photo-thumb")}


def test_a_member_without_a_patient_s_record_reads_nobody_s(browsers, url_of, clinic, signed_in):
    browser = signed_in(a_member(clinic, Role.PATIENT, "Half Enrolled"))
    found = {name: ask(browser, "get", url_of(name)) for name in NAMES if TABLE[name][VISITORS.index("patient")] == 200}
    assert {name for name, code in found.items() if code == 200} == {"health", "privacy", "session", "settings", "reminders-off"}
