"""The emergency line and the clinic stand in the same place on every page that a patient sees."""

import pytest
from django.urls import reverse

from patients.actions.links import off_token
from tests.conftest import TODAY
from tests.factories import a_log, a_patient
from tests.pages import page, text

HELP = ["tel:999", "tel:02079460145"]
FIRST = '<aside class="sos" aria-label="Help now">'


def paths_of(treatment):
    day = TODAY.isoformat()
    return {
        "log": reverse("log"),
        "log of a day": reverse("log-day", args=[day]),
        "log that cannot be": reverse("log-day", args=["05/01/2026"]),
        "saved": reverse("log-saved", args=[day]),
        "recovery": reverse("recovery"),
        "photos compared": reverse("photos-of", args=[treatment.uuid]),
        "settings": reverse("settings"),
        "password": reverse("account_change_password"),
        "sign out": reverse("account_logout"),
        "reminders off": reverse("reminders-off", args=[off_token(treatment.patient)]),
        "a broken link": "/l/nonsense/",
        "no such page": "/recovery/none/",
        "a page of the clinic": reverse("queue"),
    }


def is_helpful(response):
    """Both numbers in one line before the page itself, and first of all that can be called."""
    markup = response.content.decode()
    called = [link for link in page(response).links if link.startswith("tel:")]
    return markup.count(FIRST) == 1 and markup.index(FIRST) < markup.index("<main") and called[:2] == HELP


def test_on_every_page_of_a_patient(as_patient, treatment):
    a_log(treatment, 4)
    responses = {name: as_patient.get(path, follow=True) for name, path in paths_of(treatment).items()}
    assert [name for name, response in responses.items() if not is_helpful(response)] == []


def test_before_the_first_treatment(clinician, signed_in):
    browser = signed_in(a_patient(clinician, "Mei Chen").user)
    assert all(is_helpful(browser.get(reverse(name))) for name in ("log", "recovery", "settings"))


def test_turning_reminders_off_without_signing_in_names_the_clinic_of_the_mail(client, treatment):
    response = client.get(reverse("reminders-off", args=[off_token(treatment.patient)]))
    assert is_helpful(response)
    assert "Linden Skin Clinic 020 7946 0145" in text(response)


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/l/nonsense/"])
def test_who_is_not_known_is_told_no_clinic(client, treatment, path):
    assert FIRST not in client.get(path).content.decode()


def test_staff_have_no_use_for_it(as_clinician, treatment):
    assert FIRST not in as_clinician.get(reverse("account_change_password")).content.decode()
    assert FIRST not in as_clinician.get("/recovery/none/").content.decode()
