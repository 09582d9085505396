"""Two people at once: the patient logs, the clinic sees why it matters and answers, the patient reads the answer.

`SCREENSHOTS=1 pytest tests/e2e/test_the_whole_way.py tests/e2e/test_norms_life.py` draws the README's pictures on the way.
"""

from __future__ import annotations

import os
import re

import pytest

from tests.e2e import steps
from tests.e2e.pictures import picture

pytestmark = pytest.mark.browser

REPLY = "Thank you, Ana. A little more redness on day 4 can happen. Please leave out the serum and log again tomorrow."


def in_the_dark(page, path: str, name: str, height: int) -> None:
    """The same page with dark colours, for the README; the setting is put back."""
    if os.environ.get("SCREENSHOTS") == "1":
        steps.choose_theme(page, "Dark")
        page.goto(path)
        picture(page, name, height, "-dark")
        steps.choose_theme(page, "Light")


def row_of(page, name: str):
    return page.locator(".qrow").filter(has_text=name)


def test_from_a_patients_log_to_the_clinics_reply(open_window):
    phone, desk = open_window(390, "patient"), open_window(1280, "clinician")
    desk.goto("/clinic/")
    assert row_of(desk, "Ana Ferreira").count() == 0

    phone.goto("/log/")
    assert "Day 4" in phone.locator(".eyebrow").inner_text()
    steps.answer_all(phone, redness=3, swelling=1, flaking=2, breakouts=1)
    picture(phone, "log", 1500)
    steps.save(phone)
    phone.wait_for_url("**/saved/")
    verdict = phone.locator(".verdict").inner_text()
    assert "Day 4 saved" in verdict
    assert "Redness is higher than usual for day 4." in verdict
    assert re.search(r"Your clinic has been told and answers by \w+ \d+ \w+, \d\d:\d\d\.", verdict), verdict
    picture(phone, "saved", 1300)

    desk.reload()
    reasons = row_of(desk, "Ana Ferreira").inner_text()
    assert "Watch" in reasons
    assert "Redness 3, expected 0–2 on day 4" in reasons
    picture(desk, "queue", 1700)
    in_the_dark(desk, "/clinic/", "queue", 1700)
    desk.goto("/clinic/")

    row_of(desk, "Ana Ferreira").get_by_role("link").first.click()
    desk.wait_for_url("**/clinic/recoveries/**")
    assert "1 open flag" in desk.locator(".side").inner_text()
    assert "Redness 3 on day 4" in desk.locator(".flag").first.inner_text()
    picture(desk, "clinic-recovery", 1700)
    desk.get_by_text("Advice given", exact=True).click()
    desk.get_by_label("Reply to Ana").fill(REPLY)
    desk.get_by_role("button", name=re.compile("Reviewed")).click()
    steps.reviewed(desk, "Ana Ferreira")
    assert "Ana Ferreira: reviewed, advice given" in desk.locator("main").inner_text()
    desk.goto("/clinic/")
    assert row_of(desk, "Ana Ferreira").count() == 0

    phone.goto("/recovery/")
    answer = phone.locator(".letter").first.inner_text()
    assert REPLY in answer
    assert "Mira Osei, nurse" in answer
    picture(phone, "recovery", 1900)
    in_the_dark(phone, "/recovery/", "recovery", 1900)
    desk.goto("/norms/pen/")
    assert desk.locator(".ngrid").is_visible()
    picture(desk, "norms", 1100)


def test_an_enrolled_patient_signs_in_by_the_code_that_is_mailed(house, enrolled, open_window):
    email = enrolled("Ilse Brandt")
    invitation = house.latest_mail_to(email)
    assert f"{house.url}/accounts/login/code/" in invitation
    phone = open_window(390)

    steps.sign_in_by_code(phone, house, email)

    assert phone.url.endswith("/log/")
    assert "How is your skin today?" in phone.locator("h1").inner_text()


# Replies wait some seconds, so that a review can be undone before anybody was told of it.
THE_MAILS_A_MINUTE_LATER = """
from datetime import timedelta
from django.utils import timezone
from patients.actions import outbox
outbox.send(now=timezone.now() + timedelta(minutes=1))
"""


def test_the_reply_is_mailed_without_a_word_about_health(house, new_patient, open_window):
    phone = new_patient("Ilka Brandt")
    email = steps.address_of(phone)
    steps.tell(phone, 0, redness=3)
    desk = open_window(1280, "clinician")
    steps.review(desk, "Ilka Brandt", "Called", "Please wash off the redness cream.")
    house.shell(THE_MAILS_A_MINUTE_LATER)

    mail = house.latest_mail_to(email)

    assert "has answered" in mail
    assert "/recovery/" in mail
    assert "redness" not in mail.lower()


def test_a_calm_day_reaches_no_queue(new_patient, open_window):
    phone = new_patient("Carla Mendes")
    phone.goto("/log/")
    steps.answer_all(phone)
    steps.save(phone)
    phone.wait_for_url("**/saved/")

    assert "Your skin is as expected for day 4." in phone.locator(".verdict").inner_text()
    desk = open_window(1280, "clinician")
    desk.goto("/clinic/")
    assert row_of(desk, "Carla Mendes").count() == 0


def test_two_clinicians_at_once_and_the_second_is_told_who_was_first(new_patient, open_window):
    steps.tell(new_patient("Dora Novak"), 0, redness=3)
    first, second = open_window(1280, "clinician"), open_window(1280, "clinician")
    for desk in (first, second):
        desk.goto("/clinic/")
        row_of(desk, "Dora Novak").get_by_role("link").first.click()
        desk.wait_for_url("**/clinic/recoveries/**")
    steps.decide(first, "Called", "We spoke.")
    steps.reviewed(first, "Dora Novak")

    steps.decide(second, "Visit booked", "Please come in on Monday.")
    second.wait_for_url("**/review/")

    assert re.search(r"Mira Osei, nurse reviewed this at \d\d:\d\d: called", second.locator("main").inner_text())
    assert second.get_by_label("Reply to Dora").input_value() == "Please come in on Monday."
