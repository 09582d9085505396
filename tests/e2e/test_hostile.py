"""Hostile text in a real browser: nothing runs, nothing is loaded from elsewhere, and nothing is refused by the policy of the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.e2e import steps, watching
from tests.e2e.house import House
from tests.hostile import SHORT, packed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
# In the window's troubles: scripts' errors, refusals of the policy, other origins. Here: what would have run, and what was put in.
ASK = """() => ({ran: window.ran || 0, strange: document.querySelectorAll(
  'iframe, object, embed, base, math, style, [style], [srcset], ' +
  'script:not([src^="/static/"]), [onload], [onerror], [onfocus], [onclick], [onmouseover], [ontoggle]'
).length})"""
FINE = {"ran": 0, "strange": 0}
NAME = "\"><img src=x onerror=window.ran=1>{{7*7}}'"


def seen(page: Page, path: str) -> dict[str, int]:
    page.goto(path)
    return page.evaluate(ASK)


def test_a_note_of_all_of_them_runs_nowhere(house: House, new_patient: Callable[..., Page], open_window: Callable[..., Page]) -> None:
    page = new_patient(NAME)
    values = packed(2000)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for number, value in enumerate(values[:3]):
        page.goto(f"/log/{steps.days_ago(number)}/")
        steps.tell(page, number, "fever", redness=4)
        page.goto(f"/log/{steps.days_ago(number)}/")
        page.locator("textarea[name=note]").fill(value)
        steps.save(page)
        page.wait_for_url("**/saved/")
        assert page.evaluate(ASK) == FINE
    assert [seen(page, path) for path in ("/log/", "/recovery/", "/settings/", "/settings/seen/")] == [FINE] * 4
    staff = open_window(1280, "clinician")
    staff.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    assert [seen(staff, path) for path in ("/clinic/patients/", "/clinic/", "/clinic/?tab=waiting")] == [FINE] * 3
    staff.goto("/clinic/patients/?q=onerror")
    staff.locator(".sheet tbody a").first.click()
    assert staff.evaluate(ASK) == FINE
    staff.get_by_role("link", name="Session 1").click()
    staff.wait_for_url("**/clinic/recoveries/**")
    assert staff.evaluate(ASK) == FINE
    assert dialogs == []


def test_what_is_typed_into_addresses_runs_nowhere(open_window: Callable[..., Page]) -> None:
    staff = open_window(1280, "clinician", expect={400, 404})
    for text in SHORT[:120:12]:
        staff.goto("/clinic/patients/")
        staff.evaluate("text => { location.href = '/clinic/patients/?q=' + encodeURIComponent(text) + '#' + text }", text)
        staff.wait_for_url("**?q=**")
        assert staff.evaluate(ASK) == FINE
        staff.goto("/clinic/patients/?due=" + "%3Cimg%20src=x%20onerror=window.ran=1%3E")
        assert staff.evaluate(ASK) == FINE


def test_the_net_catches(house: House, chromium: Browser) -> None:
    """The policy keeps scripts from writing markup, and what is put into a page is found."""
    window = watching.Window(chromium, house.url, width=390)
    window.page.goto("/")
    write = "() => { try { document.body.innerHTML = '<b>x</b>'; return 'done' } catch (error) { return error.name } }"
    put_in = "() => { const one = document.createElement('details'); one.setAttribute('srcset', 'x'); document.body.append(one) }"
    assert window.page.evaluate(write) == "TypeError"
    window.page.evaluate(put_in)
    assert window.page.evaluate(ASK) == {"ran": 0, "strange": 1}
    assert any("TrustedHTML" in trouble for trouble in window.troubles)
    window.context.close()
