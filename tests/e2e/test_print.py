"""On paper: a recovery fits one sheet, in light colours, without what can only be tapped."""

from __future__ import annotations

import re

import pytest

from tests.e2e import steps

pytestmark = pytest.mark.browser


def sheets(page) -> int:
    """How many pages of A4 the print takes."""
    return max(int(number) for number in re.findall(rb"/Count (\d+)", page.pdf(format="A4")))


def test_one_recovery_prints_on_one_sheet_for_the_clinic(new_patient, open_window):
    steps.tell(new_patient("Nora Falk"), 0, redness=3)
    page = open_window(1280, "clinician")
    page.goto("/clinic/")
    page.locator(".qrow").filter(has_text="Nora Falk").get_by_role("link").first.click()
    page.wait_for_url("**/clinic/recoveries/**")

    assert sheets(page) == 1
    page.emulate_media(media="print")
    assert page.locator(".flag").first.is_visible()
    assert not page.get_by_role("button", name="Reviewed").is_visible()
    assert not page.locator(".top").is_visible()


def test_a_dark_page_prints_black_on_white(new_patient):
    page = new_patient()
    steps.tell(page, 0)
    steps.choose_theme(page, "Dark")
    page.goto("/recovery/")

    page.emulate_media(media="print")

    colours = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('h1')).color]")
    assert colours == ["rgb(255, 255, 255)", "rgb(23, 33, 31)"]
