"""Every address of the app against every kind of visitor. An address without a row here fails."""

import pytest
from django.test import Client
from django.urls import reverse

from patients import urls
from tests.conftest import TODAY
from tests.factories import a_log, a_treatment

VISITORS = ["anonymous", "patient", "other patient", "clinician", "other clinician", "admin", "superuser"]
SIGN_IN = "sign in"
# Address: what each visitor gets, in the order above. “patient” is whose recovery it is; “other” is of another clinic.
TABLE = {
    "home": [200, 302, 302, 302, 302, 302, 302],
    "health": [200, 200, 200, 200, 200, 200, 200],
    "settings": [SIGN_IN, 200, 200, 200, 200, 200, 200],
    "log": [SIGN_IN, 200, 200, 403, 403, 403, 403],
    "log-day": [SIGN_IN, 200, 200, 403, 403, 403, 403],
    "log-saved": [SIGN_IN, 200, 404, 403, 403, 403, 403],
    "recovery": [SIGN_IN, 200, 200, 403, 403, 403, 403],
    "recovery-of": [SIGN_IN, 200, 404, 403, 403, 403, 403],
    "queue": [SIGN_IN, 403, 403, 200, 200, 403, 403],
    "caseload": [SIGN_IN, 403, 403, 200, 200, 403, 403],
    "enrol": [SIGN_IN, 403, 403, 200, 200, 403, 403],
    "clinic-patient": [SIGN_IN, 403, 403, 200, 404, 403, 403],
    "new-treatment": [SIGN_IN, 403, 403, 200, 404, 403, 403],
    "clinic-recovery": [SIGN_IN, 403, 403, 200, 404, 403, 403],
    "review": [SIGN_IN, *[405] * 6],  # it is sent, not opened: see SENT
    "norms": [SIGN_IN, 403, 403, 200, 200, 200, 200],
    "norms-of": [SIGN_IN, 403, 403, 200, 200, 200, 200],
    "norms-version": [SIGN_IN, 403, 403, 200, 200, 200, 200],
}
# The same for POST with an empty form, where the address takes one.
SENT = {
    "settings": [SIGN_IN, 200, 200, 200, 200, 200, 200],
    "log": [SIGN_IN, 200, 200, 403, 403, 403, 403],
    "log-day": [SIGN_IN, 200, 200, 403, 403, 403, 403],
    "enrol": [SIGN_IN, 403, 403, 200, 200, 403, 403],
    "new-treatment": [SIGN_IN, 403, 403, 200, 404, 403, 403],
    "review": [SIGN_IN, 403, 403, 200, 404, 403, 403],
}
NAMES = [pattern.name for pattern in urls.urlpatterns]


@pytest.fixture
def browsers(treatment, other_treatment, clinician, other_clinician, admin, superuser, signed_in):
    people = [treatment.patient.user, other_treatment.patient.user, clinician, other_clinician, admin, superuser]
    return dict(zip(VISITORS, [Client(), *map(signed_in, people)], strict=True))


@pytest.fixture
def url_of(treatment):
    a_log(treatment, 4, "fever")
    args = {
        "log-day": [TODAY.isoformat()], "log-saved": [TODAY.isoformat()], "norms-of": ["pen"], "norms-version": ["pen", 1],
        "clinic-patient": [treatment.patient.uuid], "new-treatment": [treatment.patient.uuid],
        "recovery-of": [treatment.uuid], "clinic-recovery": [treatment.uuid], "review": [treatment.uuid],
    }  # fmt: skip
    return lambda name: reverse(name, args=args.get(name, []))


def got(response):
    if response.status_code == 302 and response.url.startswith(reverse("account_login")):
        return SIGN_IN
    return response.status_code


def test_every_address_has_a_row():
    assert sorted(TABLE) == sorted(NAMES)


@pytest.mark.parametrize("name", TABLE)
def test_who_may_open_it(browsers, url_of, name):
    found = {visitor: got(browser.get(url_of(name))) for visitor, browser in browsers.items()}
    assert found == dict(zip(VISITORS, TABLE[name], strict=True))


@pytest.mark.parametrize("name", TABLE)
def test_who_may_send_to_it(browsers, url_of, name):
    found = {visitor: got(browser.post(url_of(name))) for visitor, browser in browsers.items()}
    public = 405 if TABLE[name][0] == 200 else SIGN_IN
    assert found == dict(zip(VISITORS, SENT.get(name, [public, *[405] * 6]), strict=True))


def test_after_signing_in_one_comes_back(client, db):
    assert client.get("/clinic/?after=x").url == "/accounts/login/?next=/clinic/%3Fafter%3Dx"


def test_a_form_without_its_token_is_refused_with_a_sentence(patient):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(patient.user)
    response = browser.post(reverse("log"), {"redness": "1"})
    assert response.status_code == 403
    assert "Please load the page again" in response.content.decode()


@pytest.mark.parametrize("name", ["recovery-of", "clinic-recovery", "clinic-patient"])
def test_addresses_hold_random_ids_only(treatment, url_of, name):
    assert not {str(treatment.pk), str(treatment.patient.pk)} & set(url_of(name).split("/"))


def test_a_patient_sees_nothing_of_a_neighbour_in_the_same_clinic(clinician, treatment, signed_in):
    neighbour = signed_in(a_treatment(clinician, "Mei Chen", TODAY).patient.user)
    pages = [neighbour.get(url).content.decode() for url in ("/log/", "/recovery/", "/settings/")]
    assert [page for page in pages if "Ferreira" in page] == []
