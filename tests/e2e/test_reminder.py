"""From the reminder in the mailbox to a saved log, on a phone and without a password."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from tests.e2e import steps
from tests.e2e.looking import axe_findings, overflow, small_targets

pytestmark = pytest.mark.browser


@pytest.fixture
def mail(house, new_patient):
    """The reminder of a patient who chose this hour."""
    page = new_patient("Runa Berg")
    email = steps.address_of(page)
    page.get_by_label("Reminder by e-mail").select_option(str(datetime.now(steps.ZONE).hour))
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("text=Saved.")
    house.shell("from django.core.management import call_command; call_command('send_reminders', verbosity=0)")
    return house.latest_mail_to(email)


def troubles(page) -> list[str]:
    return axe_findings(page) + overflow(page) + small_targets(page)


def link_in(mail: str, start: str) -> str:
    # Long lines of a mail may be wrapped with a “=” at their end.
    found = re.search(rf"^(http\S+{start}\S+)$", mail.replace("=\n", ""), re.MULTILINE)
    assert found, mail
    return found[1].replace("=3D", "=")


def test_from_the_link_in_the_mail_to_a_saved_log(mail, open_window):
    phone = open_window(390)
    phone.goto(link_in(mail, "/l/"))
    phone.wait_for_url("**/log/")
    assert "How is your skin today?" in phone.locator("h1").inner_text()
    steps.answer_all(phone)
    steps.save(phone)
    phone.wait_for_url("**/saved/")
    assert "Your skin is as expected for day 4." in phone.locator(".verdict").inner_text()
    phone.get_by_role("link", name="See my recovery").click()
    phone.wait_for_url("**/accounts/login/?next=/recovery/")


def test_turning_off_takes_one_tap(mail, open_window):
    phone = open_window(390)
    phone.goto(link_in(mail, "/l/off/"))
    assert troubles(phone) == []
    phone.get_by_role("button", name="Turn reminders off").click()
    phone.wait_for_selector("text=Reminders are off")
    assert troubles(phone) == []


def test_a_link_that_was_cut_says_so(mail, open_window):
    phone = open_window(390, expect={404})
    phone.goto(link_in(mail, "/l/")[:-9] + "/")
    assert phone.locator("h1").inner_text() == "This link is not whole"
    assert troubles(phone) == []
    phone.get_by_role("link", name="Sign in").click()
    phone.wait_for_url("**/accounts/login/")
