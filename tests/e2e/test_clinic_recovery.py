"""One recovery for the clinic: texts of the clinic in the reply, and what Enter does."""

from __future__ import annotations

import re

import pytest

from tests.e2e import steps

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(new_patient, open_window):
    """The page of a recovery with one flag, for a clinician of a clinic with texts."""

    def opened(name: str, **options):
        steps.tell(new_patient(name), 0, redness=3)
        page = open_window(1280, "clinician", **options)
        page.goto("/clinic/replies/")
        start = page.get_by_role("button", name="Start with five examples")
        if start.count():
            start.click()
        page.goto("/clinic/")
        page.locator(".qrow").filter(has_text=name).get_by_role("link").first.click()
        page.wait_for_url("**/clinic/recoveries/**")
        return page

    return opened


@pytest.mark.parametrize("name, script", [("Vera Holt", True), ("Vera Lang", False)])
def test_a_text_comes_behind_what_was_typed(opened, name, script):
    page = opened(name, java_script_enabled=script)
    page.get_by_text("Visit booked", exact=True).click()
    page.locator("#reply").fill("Monday at ten is free.")
    page.locator("#note").fill("Called first.")
    page.get_by_label("A text of the clinic").select_option(label="Please come in")
    page.get_by_role("button", name="Use this text").click()
    if not script:
        page.wait_for_url("**/review/#rv")

    said = page.locator("#reply").input_value()
    assert said.startswith("Monday at ten is free.\n\nHello Vera, thank you for logging. We would like to see your skin here.")
    assert "on 020 7946 0145" in said
    assert (page.locator("#note").input_value(), page.locator("#d-visit").is_checked()) == ("Called first.", True)
    assert ("/review/" in page.url) is not script
    page.locator(".acts .btn-main").click()
    steps.reviewed(page, name)


def test_using_nothing_says_so_without_a_reload(opened):
    page = opened("Wilma Lund")
    page.get_by_role("button", name="Use this text").click()
    assert page.locator("#template-says").inner_text() == "Choose a text from the list first."
    assert "/review/" not in page.url


@pytest.mark.parametrize("name, script", [("Xenia Moll", True), ("Xenia Lang", False)])
def test_enter_sends_the_review_and_puts_no_text_in(opened, name, script):
    page = opened(name, java_script_enabled=script)
    page.get_by_text("Called", exact=True).click()
    page.locator("#note").fill("Spoke at noon.")
    page.keyboard.press("Enter")
    steps.reviewed(page, name)
    assert re.search("reviewed, called", page.locator("main").inner_text())


def test_nothing_on_the_panel_sends_it_by_accident(opened):
    """The button that Enter presses is not drawn, so that no click meets it."""
    page = opened("Yrsa Nord")
    page.locator(".ask-panel legend").click()
    page.locator(".ask-panel h2").click()
    assert "/review/" not in page.url
    keys = page.locator(".ask-panel [data-key]").evaluate_all("all => all.map(element => element.dataset.key)")
    assert keys == ["e", "1", "2", "3", "4", "5", "6", "7", "r", "s"]


def test_the_slider_is_one_click_away(open_window):
    page = open_window(1280, "clinician")
    page.goto("/clinic/patients/?q=Ferreira")
    page.locator(".sheet tbody a").first.click()
    page.get_by_role("link", name=re.compile("Session")).first.click()
    page.wait_for_url("**/clinic/recoveries/**")
    page.locator(".photo-strip .btn").click()
    page.wait_for_url("**/photos/**")
    assert page.locator("h1").inner_text().endswith("two days compared")
