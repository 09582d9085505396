"""What belongs to the patient, on a phone: another address, who looked, everything in a file, and the end."""

from __future__ import annotations

from zipfile import ZipFile

import pytest

from tests.e2e import steps
from tests.e2e.looking import axe_findings, overflow, small_targets

pytestmark = pytest.mark.browser


def troubles(page) -> list[str]:
    # A tick reacts to its label too, which is a row of its own.
    small = [said for said in small_targets(page) if not said.startswith("input “id_")]
    return axe_findings(page) + overflow(page) + small


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_every_page_of_ones_own_is_calm_and_can_be_hit(new_patient, theme):
    page = new_patient("Siri Holm")
    steps.choose_theme(page, theme)
    found = {}
    for name in ("Who looked at my record", "Download everything", "Delete my account", "Change the e-mail address"):
        page.goto("/settings/")
        found["settings"] = troubles(page)
        page.get_by_role("link", name=name).click()
        page.wait_for_selector("h1")
        assert page.locator("h1").all_inner_texts() == [name]
        found[name] = troubles(page)
    assert found == dict.fromkeys(found, [])


def test_a_new_address_by_the_code_in_the_mail(new_patient, house, open_window):
    page = new_patient("Siri Holm")
    old, new = steps.address_of(page), "siri.anew@demo.example"
    page.get_by_role("link", name="Change the e-mail address").click()
    page.get_by_label("Email").fill(new)
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/confirm-email/")
    assert troubles(page) == []
    page.get_by_label("Code").fill(house.code_sent_to(new))
    page.get_by_role("button", name="Confirm the address").click()
    page.wait_for_url("**/settings/")
    assert "Your e-mail address is changed." in page.locator("[role=status]").inner_text()
    assert steps.address_of(page) == new
    assert "was changed" in house.latest_mail_to(old)
    steps.sign_in_by_code(open_window(390), house, new)


def test_who_looked_everything_in_a_file_and_the_end(new_patient, open_window, house):
    page = new_patient("Torvald Ek")
    email = steps.address_of(page)
    steps.tell(page, 1)
    clinic = open_window(1280, "clinician")
    clinic.goto("/clinic/patients/?q=Torvald")
    clinic.locator(".sheet tbody a").first.click()
    clinic.get_by_role("link", name="Session 1").click()
    clinic.wait_for_url("**/clinic/recoveries/**")

    page.goto("/settings/seen/")
    assert [line for line in page.locator(".looks li").all_inner_texts() if "opened your recovery: session 1" in line] != []

    page.goto("/settings/download/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download (ZIP)").click()
    assert waiting.value.suggested_filename == f"my-record-{steps.days_ago(0)}.zip"
    with ZipFile(waiting.value.path()) as archive:
        assert archive.namelist() == ["record.json", "logs.csv", "README.txt"]

    page.goto("/settings/delete/")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Delete my account and everything in it.").check()
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_selector("h1:has-text('Your account is deleted')")
    assert troubles(page) == []
    assert "your account is deleted" in house.latest_mail_to(email)
    page.goto("/settings/")
    page.wait_for_url("**/accounts/login/**")
