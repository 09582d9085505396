"""Nothing of a person is left in the browser: after signing out, “back” shows nothing of what was there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_back_after_signing_out_asks_to_sign_in(new_patient: Callable[..., Page]) -> None:
    page = new_patient("Rosa Lindqvist")
    page.goto("/recovery/")
    assert "Day 4" in page.locator("main").inner_text()
    page.goto("/accounts/logout/")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/")
    for _ in range(2):
        page.go_back()
        page.wait_for_load_state()
    assert "/accounts/login/" in page.url
    assert "Day 4" not in page.locator("body").inner_text()


def test_a_note_that_was_begun_is_there_again_after_going_back(new_patient: Callable[..., Page]) -> None:
    """The page itself is not kept by the browser, what was typed into it is."""
    page = new_patient("Rosa Lindqvist")
    page.goto("/log/")
    page.locator("textarea[name=note]").fill("It burns a little since this morning.")
    page.goto("/recovery/")
    page.go_back()
    page.wait_for_load_state()
    assert page.locator("textarea[name=note]").input_value() == "It burns a little since this morning."
