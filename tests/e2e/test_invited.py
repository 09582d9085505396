"""From the clinic's form to the patient's own page: enrolled by keyboard alone, invited, signed in with one tap in another browser."""

from __future__ import annotations

import re

from tests.e2e import steps
from tests.e2e.test_without_script import Keyboard

MOST_STOPS = 40


def typed(keyboard: Keyboard, field: str, words: str) -> None:
    keyboard.tab_to(field, MOST_STOPS)
    keyboard.page.keyboard.type(words)


def link_in(mail: str) -> str:
    found = re.search(r"/i/[\w-]{43}/", mail)
    assert found, mail
    return found[0]


def test_a_patient_is_enrolled_with_the_keyboard_and_four_fields(house, open_window):
    page = open_window(1280, "clinician")
    page.goto("/clinic/patients/new/")
    visible = page.locator("main input:visible, main select:visible, main textarea:visible")
    assert [field.get_attribute("name") for field in visible.all()] == ["name", "email", "protocol", "treated_on"]
    keyboard = Keyboard(page)
    typed(keyboard, "id_name", "Karla Vik")
    typed(keyboard, "id_email", "karla@demo.example")
    # Protocol and date stand as they are: the usual pen, today. From the address it is one Enter.
    keyboard.press("Enter")
    page.wait_for_url(lambda url: "/new/" not in url)
    assert "Karla Vik is enrolled." in page.locator(".said").inner_text()
    assert "not yet signed in" in page.locator("main").inner_text()
    assert keyboard.problems == []
    assert "karla@demo.example" in house.latest_mail_to("karla@demo.example")


def test_the_invitation_signs_in_once_in_another_browser(house, enrolled, open_window):
    email = enrolled("Rune Dahl")
    link = link_in(house.latest_mail_to(email))
    phone = open_window(390)
    # Looked into by a mail program first, which changes nothing.
    assert phone.context.request.get(link).ok
    phone.goto(link)
    assert phone.locator("h1").inner_text() == "Welcome"
    assert phone.locator("main button").count() == 1
    phone.get_by_role("button", name="Open my page").click()
    phone.wait_for_url("**/log/")
    assert "You are signed in." in phone.locator(".said").inner_text()
    assert steps.address_of(phone) == email

    other = open_window(390, expect=[410])
    other.goto(link)
    assert other.locator("h1").inner_text() == "This invitation opens nothing any more"
    desk = open_window(1280, "clinician")
    desk.goto("/clinic/patients/?q=Rune")
    assert "invited" not in desk.locator(".caseload").inner_text()


def test_who_is_signed_in_already_is_asked_to_sign_out_first(house, enrolled, new_patient):
    page = new_patient("Una Lund", expect=[403])
    link = link_in(house.latest_mail_to(enrolled("Olaf Lund")))
    page.goto(link)
    assert page.locator("h1").inner_text() == "Somebody else is signed in here"
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(link)
    page.get_by_role("button", name="Open my page").click()
    page.wait_for_url("**/log/")


def test_a_recovery_is_closed_and_the_patient_reads_so(house, enrolled, session_of, open_window):
    email = enrolled("Signe Holt")
    desk = open_window(1280, "clinician")
    desk.goto("/clinic/patients/?q=Signe")
    desk.get_by_role("link", name="Signe Holt").click()
    desk.get_by_role("link", name="Close the recovery").click()
    desk.get_by_label("Why, if you want to say").fill("healed")
    desk.get_by_role("button", name="Close it").click()
    desk.wait_for_selector("text=is closed.")
    phone = open_window(390)
    phone.context.add_cookies([{"name": "sessionid", "value": session_of(email), "url": house.url}])
    phone.goto("/recovery/")
    assert "has closed this recovery" in phone.locator(".notice").inner_text()
    desk.get_by_role("button", name="Open it again").click()
    desk.wait_for_selector("text=is open again")
    phone.reload()
    assert phone.locator(".notice").count() == 0
