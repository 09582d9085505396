"""Axe finds nothing on any page, whatever its state, width and colours; everything fits and can be hit."""

from __future__ import annotations

import re

import pytest

from tests.e2e import looking, pages, steps, watching

pytestmark = pytest.mark.browser


def resize(page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": watching.HEIGHTS[width]})


LINKS = """() => [...document.querySelectorAll('main a[href^="/"], main a[href^="?"]')].map(link => link.href.split('#')[0])"""


def noting_links(states, links: set[str]):
    """The same states; the addresses that their pages lead to go into `links`."""
    for name, go in states:
        yield name, lambda page, go=go: (go(page), links.update(page.evaluate(LINKS)))


def dead(page, links: set[str]) -> list[str]:
    """Those that lead nowhere; of the logs, which share a page, one is tried."""
    logs = {link for link in links if re.search("/impact/[0-9a-f-]{36}/", link)}
    tried = sorted(links - logs | set(sorted(logs)[:1]))
    assert len(tried) > 40
    return [f"{link} answers {status}" for link in tried if (status := page.context.request.head(link).status) != 200]


class Inspection:
    """Collects what is wrong on many pages, so that one run names it all."""

    def __init__(self, page, theme: str = "Light") -> None:
        self.page, self.found, self.seen = page, list[str](), 0
        self.only_colours = theme == "Dark"  # the markup is the same in the dark; only axe's rules on colour can tell

    def look(self, name: str, widths: list[int], *, axe_at: list[int]) -> None:
        self.seen += 1
        for width in widths:
            resize(self.page, width)
            self.found += [f"{name}, {width} px: {said}" for said in looking.overflow(self.page)]
            if width in axe_at:
                self.found += [f"{name}, {width} px: {said}" for said in looking.axe_findings(self.page, only_colours=self.only_colours)]

    def walk(self, states, widths: list[int], *, axe_at: list[int]) -> None:
        for name, go in states:
            go(self.page)
            self.look(name, widths, axe_at=axe_at)

    def assert_nothing(self, at_least: int) -> None:
        assert self.seen >= at_least
        assert not self.found, "\n".join([f"{len(self.found)} found:", *self.found])


def test_signed_out_pages_have_no_findings(open_window):
    inspection = Inspection(open_window(390, expect=[404, 410]))
    inspection.walk(pages.signed_out(), [320, 390], axe_at=[390])
    inspection.assert_nothing(at_least=14)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_patients_pages_have_no_findings(new_patient, theme):
    page = new_patient(expect=[403, 404])
    steps.choose_theme(page, theme)
    inspection = Inspection(page, theme)
    inspection.walk(pages.of_the_patient(), [320, 390] if theme == "Light" else [390], axe_at=[390])
    inspection.assert_nothing(at_least=20)


@pytest.mark.parametrize("theme, widths, axe_at", [("Light", [640, 768, 1280], [768, 1280]), ("Dark", [1280], [1280])])
def test_the_clinics_pages_have_no_findings(open_window, theme, widths, axe_at):
    """640 px is what 200 % zoom leaves of 1280."""
    page = open_window(1280, "clinician", expect=[400, 404])
    steps.choose_theme(page, theme)
    inspection = Inspection(page, theme)
    inspection.walk(pages.of_the_clinic(), widths, axe_at=axe_at)
    steps.choose_theme(page, "Light")
    inspection.assert_nothing(at_least=18)


@pytest.mark.parametrize("theme, widths, axe_at", [("Light", [768, 1280], [1280]), ("Dark", [1280], [1280])])
def test_the_admins_pages_have_no_findings(house, open_window, session_of, theme, widths, axe_at):
    page = open_window(1280)
    session = session_of(pages.norms_clinic(house, f"{theme}gate"))
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": house.url}])
    steps.choose_theme(page, theme)
    inspection = Inspection(page, theme)
    links: set[str] = set()
    inspection.walk(noting_links(pages.of_the_admin(), links), widths, axe_at=axe_at)
    if theme == "Light":
        inspection.found += dead(page, links)
    # A line that is longer than its box scrolls under the cursor.
    inspection.found = [said for said in inspection.found if "px: input." not in said]
    inspection.assert_nothing(at_least=27)


def test_who_runs_the_system_may_edit_sources_and_the_form_has_no_findings(house, open_window, session_of):
    page = open_window(1280)
    page.context.add_cookies([{"name": "sessionid", "value": session_of(pages.system_admin(house)), "url": house.url}])
    inspection = Inspection(page)
    paths = ["/norms/sources/", "/norms/sources/new/", "/norms/sources/recovery-faq/", "/norms/sources/recovery-faq/claims/new/"]
    inspection.walk(map(pages.at, paths), [768, 1280], axe_at=[1280])
    inspection.assert_nothing(at_least=4)


def test_pages_with_nothing_to_show_have_no_findings(house, open_window):
    password = pages.empty_clinic(house)
    desk, phone = open_window(1280), open_window(390)
    steps.sign_in(desk, "idle@demo.example", password)
    steps.sign_in(phone, "untreated@demo.example", password)
    desk.goto("/clinic/")
    assert "Nothing needs review." in desk.locator("main").inner_text()
    phone.goto("/log/")
    assert "No treatment yet" in phone.locator("main").inner_text()
    for page, paths in ((desk, ["/clinic/", "/clinic/patients/"]), (phone, ["/log/", "/recovery/", "/settings/"])):
        inspection = Inspection(page)
        width = page.viewport_size["width"]
        inspection.walk(map(pages.at, paths), [width], axe_at=[width])
        inspection.assert_nothing(at_least=2)


def test_everything_on_the_log_form_is_large_enough_for_a_finger(new_patient):
    page = new_patient(expect=[404])
    steps.tell(page, 1)
    small: list[str] = []
    for name, go in pages.of_the_patient():
        if name.startswith("log"):
            go(page)
            small += [f"{name}: {said}" for said in looking.small_targets(page)]
            assert page.locator(".grades label:visible").count() >= 20
    assert not small, "\n".join(small)


def test_a_result_of_the_long_run_is_asked_accessibly(new_patient):
    page = new_patient(day=30)
    page.goto("/log/")
    assert page.locator("#ask-improvement").is_visible()
    inspection = Inspection(page)
    inspection.look("log of day 30", [320, 390], axe_at=[390])
    inspection.found += looking.small_targets(page)
    inspection.assert_nothing(at_least=1)


def test_an_emergency_stands_clear_of_the_patients_name(new_patient, open_window):
    """The longest of the words in its column, at every width of the queue."""
    steps.tell(new_patient("Thea Wolff"), 0, "breathing")
    page = open_window(1280, "clinician")
    page.goto("/clinic/")
    row = page.locator(".qrow").filter(has_text="Thea Wolff")
    gaps = {}
    for width in (640, 768, 1280):
        resize(page, width)
        mark, name = row.locator(".urg").first.bounding_box(), row.locator(".qwho").bounding_box()
        gaps[width] = name["x"] - mark["x"] - mark["width"]

    assert row.locator(".urg").first.inner_text() == "Emergency"
    assert min(gaps.values()) >= 8, gaps


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/reauthenticate/", "/accounts/password/change/", "/accounts/logout/"])
def test_the_pages_of_ones_own_account_are_ours_or_not_there(open_window, path):
    page = open_window(1280, "clinician", expect=[404])
    page.goto("/settings/")
    answer = page.goto(path)

    strange = page.locator("main button:not(.btn), main input[type=submit]:not(.btn)").all_inner_texts()
    assert answer.status in (200, 404)
    assert strange == []


def test_the_theme_is_the_persons_own_and_paper_stays_light(new_patient):
    page = new_patient()
    page.goto("/log/")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)

    steps.choose_theme(page, "Dark")
    page.goto("/log/")
    dark = page.evaluate(colour)
    page.emulate_media(media="print")
    printed = page.evaluate(colour)

    assert (light, dark, printed) == ("rgb(245, 247, 245)", "rgb(16, 22, 21)", "rgb(255, 255, 255)")


def test_the_skip_link_leads_to_the_page(open_window):
    page = open_window(390, "patient")
    page.goto("/recovery/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
