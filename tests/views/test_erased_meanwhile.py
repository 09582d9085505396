"""Who is erased in another window while a request of theirs is under way: asked to sign in, never an error."""

import pytest
from django.test import Client
from django.urls import reverse

from patients.actions.account import note_download
from patients.actions.erasure import erase_patient
from patients.models import AuditEvent, Log, Patient, Photo, Role, User
from tests.at_once import apart
from tests.conftest import TODAY
from tests.factories import a_clinic, a_log, a_member, a_patient, a_photo
from tests.views.test_log_photos import ANSWERS, a_file

SETTINGS = {"theme": "dark", "time_zone": "Europe/Madrid", "reminder_hour": "off", "language": "en-gb"}
# The action that the request comes to just after the erasure, the address, and what is sent to it.
ACTS = {
    "home.change_settings": ("settings", SETTINGS),
    "privacy.give_photo_consent": ("own-photos", {"answer": "yes", "seen": "x"}),
    "privacy.withdraw_photo_consent": ("own-photos", {"answer": "no"}),
    "logs.give_photo_consent": ("log", ANSWERS | {"consent": "x"}),
    "photos.remove_photo": ("photo-remove", {}),
}
SAID = {"logs.record_log": ("log", ANSWERS), "logs.add_photos": ("log", ANSWERS)}


@pytest.fixture
def photo(treatment):
    return a_photo(a_log(treatment, 4).log)


@pytest.fixture
def meanwhile(patient, monkeypatch):
    """The person is erased at the moment at which this action begins."""

    def plant(act):
        module, _, name = act.partition(".")
        path = f"patients.views.{module}.{name}"
        real = getattr(__import__(f"patients.views.{module}", fromlist=[name]), name)

        def overtaken(**kwargs):
            found = Patient.objects.select_related("user", "clinic").filter(pk=patient.pk).first()
            if found:
                erase_patient(by=found.user, patient=found)
            return real(**kwargs)

        monkeypatch.setattr(path, overtaken)

    return plant


@pytest.mark.parametrize("act", ACTS)
def test_they_are_asked_to_sign_in_and_nothing_comes_back(as_patient, photo, meanwhile, act):
    name, data = ACTS[act]
    meanwhile(act)
    response = as_patient.post(reverse(name, args=[photo.uuid] if name == "photo-remove" else []), data)
    assert response.url.startswith("/accounts/login/?next=/")
    assert (User.objects.filter(role="patient").count(), Photo.objects.count(), Log.objects.count()) == (0, 0, 0)
    assert AuditEvent.objects.filter(actor__role="patient").count() == 0
    assert as_patient.get("/settings/").url == "/accounts/login/?next=/settings/"


@pytest.mark.parametrize("act", SAID)
def test_a_log_that_comes_too_late_stores_nothing(as_patient, photo, meanwhile, act):
    meanwhile(act)
    response = as_patient.post(reverse("log"), ANSWERS | {"redness": "3", "photo-left": a_file()}, follow=True)
    assert response.status_code == 200
    assert (User.objects.filter(role="patient").count(), Photo.objects.count(), Log.objects.count()) == (0, 0, 0)


def test_what_the_database_refuses_only_in_the_end_is_no_error_either(db, tmp_path, travel_to, monkeypatch):
    """An event that names somebody who is gone: found out when the transaction is through, so it needs one of its own."""
    travel_to(TODAY)
    with apart(tmp_path):
        found = a_patient(a_member(a_clinic(), Role.CLINICIAN, "Mira Osei"))
        browser = Client()
        browser.force_login(found.user)

        def overtaken(**kwargs):
            erase_patient(by=found.user, patient=found)
            note_download(**kwargs)

        monkeypatch.setattr("patients.views.mine.note_download", overtaken)
        assert browser.post(reverse("record-download")).url == "/accounts/login/?next=/settings/download/"
        assert AuditEvent.objects.filter(action="record downloaded").count() == 0


def test_an_error_of_somebody_who_is_still_there_stays_an_error(as_patient, monkeypatch):
    def broken(**kwargs):
        raise Patient.DoesNotExist

    monkeypatch.setattr("patients.views.home.change_settings", broken)
    with pytest.raises(Patient.DoesNotExist):
        as_patient.post("/settings/", SETTINGS)
