"""From the plan to the first log: the clinician plans, the patient prepares on a phone, the day comes, the patient logs."""

from __future__ import annotations

import pytest

from tests.e2e import steps
from tests.e2e.looking import axe_findings, overflow, small_targets

pytestmark = pytest.mark.browser

# Nobody waits nine days in a test: as if it had been planned nine days ago for today.
THE_DAY_COMES = """
from datetime import timedelta
from patients.models import Treatment
treatment = Treatment.objects.get(patient__user__email={email!r})
treatment.treated_on -= timedelta(days=9)
treatment.recorded_at -= timedelta(days=9)
treatment.save()
"""


def troubles(page) -> list[str]:
    return axe_findings(page) + overflow(page) + small_targets(page)


def test_from_the_plan_to_the_first_log(house, new_patient, open_window):
    phone = new_patient("Marit Solberg", day=-9)
    email = steps.address_of(phone)
    day = steps.days_ago(-9)

    phone.goto("/log/")
    assert phone.locator("h1").inner_text() == f"Logging begins on {day:%A} {day.day} {day:%B}, the day of your treatment"
    assert troubles(phone) == []
    phone.get_by_role("link", name="How to prepare").click()
    phone.wait_for_url("**/recovery/*/")
    assert phone.locator("h1").inner_text() == f"Your treatment is in 9 days, on {day:%A} {day.day} {day:%B}."
    said = phone.locator("main").inner_text()
    parts = ("Do now", "Avoid now", "Keep out of strong sun", "Pause retinoids", "Treatment day")
    assert [part for part in parts if part not in said] == []
    assert troubles(phone) == []

    house.shell(THE_DAY_COMES.format(email=email))
    phone.goto("/log/")
    assert "Day 0" in phone.locator(".eyebrow").inner_text()
    steps.answer_all(phone, redness=3)
    steps.save(phone)
    phone.wait_for_url("**/saved/")
    assert "Day 0 saved" in phone.locator(".verdict").inner_text()

    desk = open_window(1280, "clinician")
    desk.goto("/clinic/patients/?q=Solberg")
    assert "Day 0, initial healing" in desk.locator("tbody").inner_text()
    desk.locator("tbody a").first.click()
    desk.wait_for_url(lambda url: "?q" not in url)
    assert desk.get_by_role("link", name="Call it off").count() == 0


def test_a_next_session_is_planned_moved_and_called_off(new_patient, open_window):
    phone, desk = new_patient("Berit Dahl", day=30), open_window(1280, "clinician")
    desk.goto("/clinic/patients/?q=Dahl")
    desk.locator("tbody a").first.click()
    desk.wait_for_url(lambda url: "?q" not in url)
    patients_page = desk.url
    desk.get_by_role("link", name="Record a treatment").click()
    desk.get_by_label("Protocol").select_option(label="Pen 0.5–1.5 mm")
    desk.get_by_label("Date of the treatment").fill(steps.days_ago(-12).isoformat())
    desk.get_by_role("button", name="Record").click()
    desk.wait_for_selector("text=Session 2 is planned for")

    phone.goto("/recovery/")
    assert "It is in 12 days" in phone.locator("section[aria-labelledby=n]").inner_text()
    assert troubles(phone) == []

    desk.goto(patients_page)
    desk.get_by_role("link", name="Change the date").click()
    desk.get_by_label("New date of the treatment").fill(steps.days_ago(-20).isoformat())
    desk.get_by_role("button", name="Save the date").click()
    desk.wait_for_url(patients_page)
    phone.reload()
    said = phone.locator("section[aria-labelledby=n]").inner_text()
    assert "It is in 20 days" in said
    assert "there are things to do from" in said

    desk.get_by_role("link", name="Call it off").click()
    desk.get_by_role("button", name="Call it off").click()
    desk.wait_for_url(patients_page)
    assert "is called off." in desk.locator("main").inner_text()
    phone.reload()
    assert phone.get_by_text("Your next session").count() == 0


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_new_pages_have_no_findings(open_window, theme):
    phone, desk = open_window(390, "prepare"), open_window(1280, "clinician")
    found = []
    for page, go in ((phone, _of_the_patient), (desk, _of_the_clinic)):
        steps.choose_theme(page, theme)
        for name in go(page):
            for width in [320, 390] if page is phone else [768, 1280]:
                page.set_viewport_size({"width": width, "height": 900})
                found += [f"{name}, {width} px: {said}" for said in axe_findings(page, only_colours=theme == "Dark") + overflow(page)]
        steps.choose_theme(page, "Light")
    assert found == []


def _of_the_patient(page):
    for path in ("/log/", "/recovery/"):
        page.goto(path)
        yield path


def _of_the_clinic(page):
    page.goto("/clinic/patients/?q=Rui Matos")
    yield "caseload"
    page.locator("tbody a").first.click()
    page.wait_for_url(lambda url: "?q" not in url)
    yield "patient"
    address = page.url
    for link, state in (("Session 2", "planned"), ("Change the date", "date"), ("Call it off", "call off")):
        page.goto(address)
        page.get_by_role("link", name=link).click()
        page.wait_for_url(lambda url: url != address)
        yield state
        if state == "date":
            page.get_by_label("New date of the treatment").fill("2199-01-01")
            page.get_by_role("button", name="Save the date").click()
            page.wait_for_selector(".invalid-feedback")
            yield "date, refused"
