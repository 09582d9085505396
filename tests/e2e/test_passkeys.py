"""Passkeys and authenticator apps in a real browser, with a key that Chromium makes up; the policy against scripts holds."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.e2e import steps, watching

pytestmark = pytest.mark.browser
KEY = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}

LOOKED_AT = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def localhost(house, chromium):
    """A window on the same server by its name: browsers make no passkeys for numbers."""
    window = watching.Window(chromium, f"http://localhost:{urlsplit(house.url).port}", width=390)
    devices = window.context.new_cdp_session(window.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | {"automaticPresenceSimulation": True}})
    yield window
    window.context.close()
    window.check()


@pytest.fixture
def at_home(localhost, enrolled, house):
    """The page of a new patient who has just signed in by a code, and their address."""
    email = enrolled("Nadia Brandt")
    steps.sign_in_by_code(localhost.page, house, email)
    return localhost.page, email


def sign_out(page):
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "logout" not in url)


def to_second_step(page, house, email):
    page.goto("/accounts/login/code/")
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/code/confirm/")
    page.get_by_label("Code").fill(house.code_sent_to(email))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/2fa/authenticate/")


def test_a_passkey_is_made_and_signs_in_alone(at_home, house):
    page, email = at_home
    page.goto("/settings/")
    page.get_by_role("link", name="Second step of signing in").click()
    page.get_by_role("link", name="Add a passkey").click()
    assert page.get_by_label("It signs me in alone, without a password").is_checked()
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/recovery-codes/")
    assert len(page.locator(".codes code").all()) == 10
    page.goto("/accounts/2fa/webauthn/")
    assert page.locator("main li").count() == 1
    sign_out(page)

    page.goto("/accounts/login/?next=/recovery/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    assert page.url.endswith("/recovery/")
    sign_out(page)

    to_second_step(page, house, email)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/log/")


def test_an_app_is_set_up_and_signs_in_and_so_does_a_recovery_code(at_home, house):
    page, email = at_home
    page.goto("/accounts/2fa/totp/activate/")
    assert page.locator(".qr").evaluate("image => image.naturalWidth") > 0
    secret = page.locator("code").inner_text()
    page.get_by_label("Authenticator code").fill(steps.shown_by_app(secret))
    page.get_by_role("button", name="Set it up").click()
    page.wait_for_url("**/recovery-codes/")
    code = page.locator(".codes code").first.inner_text()
    assert re.fullmatch(r"\d{8}", code)
    for answer in (steps.shown_by_app(secret, ahead=1), code):
        sign_out(page)
        to_second_step(page, house, email)
        page.get_by_label("Code").fill(answer)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/log/")


def test_a_passkey_that_is_not_there_is_said_in_a_sentence(localhost):
    page = localhost.page
    devices = localhost.context.new_cdp_session(page)
    devices.send("WebAuthn.disable")
    page.add_init_script("navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'))")
    page.goto("/accounts/login/")
    assert not page.locator("#passkey-says").is_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("#passkey-says", state="visible")
    assert page.get_by_role("button", name="Sign in", exact=True).is_visible()


def test_who_is_about_to_be_signed_out_is_asked_and_stays(at_home):
    page, _ = at_home
    left = [100, 100, 1800]
    page.goto("/recovery/")
    who = page.locator("#staying").get_attribute("data-who")
    page.route("**/session/", lambda route: route.fulfill(json={"left": left.pop(0), "token": "x", "who": who}))
    assert not page.locator("#staying").is_visible()
    page.evaluate(LOOKED_AT)
    page.get_by_text("You will be signed out in two minutes if nothing is done.").wait_for()
    page.get_by_role("button", name="Stay signed in").click()
    page.locator("#staying").wait_for(state="hidden")
    assert left == []


def test_who_has_been_signed_out_is_told_and_loses_nothing_typed(at_home):
    page, _ = at_home
    page.goto("/log/")
    page.locator("#id_note, textarea").first.fill("It itches a little.")
    page.context.clear_cookies(name="sessionid")
    page.evaluate(LOOKED_AT)
    page.get_by_text("You are signed out now. What you typed is still on this page").wait_for()
    assert page.locator("textarea").first.input_value() == "It itches a little."


def test_who_signs_in_after_somebody_sends_nothing_of_theirs(at_home, enrolled, house):
    """In another window of the same browser: the first one's page says so, and its form cannot be sent for the second."""
    page, _ = at_home
    page.goto("/log/")
    page.locator("textarea").first.fill("It itches a little.")
    token = page.locator("input[name=csrfmiddlewaretoken]").first
    before = token.input_value()
    other = page.context.new_page()
    sign_out(other)
    steps.sign_in_by_code(other, house, enrolled("Rosa Lindqvist"))
    with page.expect_response("**/session/") as asked:
        page.evaluate(LOOKED_AT)
    page.get_by_text("You are signed out now. What you typed is still on this page").wait_for()
    assert (asked.value.json()["left"] > 0, token.input_value() == before) == (True, True)
    assert page.locator("textarea").first.input_value() == "It itches a little."
