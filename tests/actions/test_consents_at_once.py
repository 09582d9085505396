"""Two who give or take back at the same moment, and a photo that meets the withdrawal: nothing twice, nothing left over."""

import os
from contextlib import suppress
from io import BytesIO

import pytest

from patients.actions.consents import withdraw_photo_consent
from patients.actions.photos import add_photos
from patients.errors import NotNow
from patients.models import AuditEvent, Consent, Log, Patient, Photo, Role
from tests.at_once import apart, held_open, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_photo, a_treatment, allow_photos
from tests.pictures.scene import jpeg


@pytest.fixture
def log(db, tmp_path, photo_folder, travel_to, monkeypatch):
    travel_to(TREATED)
    with apart(tmp_path):
        made = a_log(a_treatment(a_member(a_clinic(), Role.CLINICIAN, "Mira Osei"), "Ana Ferreira", TREATED), 0).log
        a_photo(made)
        held_open(monkeypatch)
        yield made


def patient():
    return Patient.objects.select_related("user", "clinic").get()


def withdraw():
    return withdraw_photo_consent(by=patient().user, patient=patient())


def how_often(action):
    return AuditEvent.objects.filter(action=action).count()


def test_taken_back_twice_at_once_is_once(log, photo_folder):
    assert sorted(together(withdraw, withdraw)) == [0, 1]
    assert (Photo.objects.count(), os.listdir(photo_folder), Consent.objects.standing().count()) == (0, [], 0)
    assert (how_often("photo removed"), how_often("consent to photos withdrawn")) == (1, 1)


def test_given_twice_at_once_is_once(log):
    withdraw()
    together(lambda: allow_photos(patient()), lambda: allow_photos(patient()))
    assert (Consent.objects.standing().count(), how_often("consent to photos given")) == (1, 2)


def test_a_photo_that_comes_in_meanwhile_leaves_nothing(log, photo_folder):
    own = Log.objects.select_related("treatment__patient__user", "treatment__clinic").get(pk=log.pk)

    def add():
        # Whoever comes second is refused, or finds their photo deleted.
        with suppress(NotNow):
            add_photos(by=own.treatment.patient.user, log=own, files={"left": BytesIO(jpeg())}, now=own.entered_at)

    together(withdraw, add)
    assert (Photo.objects.count(), os.listdir(photo_folder), Consent.objects.standing().count()) == (0, [], 0)
