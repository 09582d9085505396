"""An erasure that meets another one, or a photo on its way in: one event, no row, no file."""

import os
from contextlib import suppress
from io import BytesIO

import pytest

from patients.actions.erasure import erase_patient
from patients.actions.photos import add_photos
from patients.models import AuditEvent, Log, Patient, Photo, Role, Treatment, User
from tests.at_once import apart, held_open, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_photo, a_treatment
from tests.pictures.scene import jpeg


@pytest.fixture
def log(db, tmp_path, photo_folder, travel_to, monkeypatch):
    travel_to(TREATED)
    with apart(tmp_path):
        made = a_log(a_treatment(a_member(a_clinic(), Role.CLINICIAN, "Mira Osei"), "Ana Ferreira", TREATED), 0).log
        a_photo(made)
        held_open(monkeypatch)
        yield made


def erasing():
    # As two requests do it that were let in before either began.
    patient = Patient.objects.select_related("user", "clinic").get()
    return lambda: erase_patient(by=patient.user, patient=patient)


def adding(log):
    own = Log.objects.select_related("treatment__patient__user", "treatment__clinic").get(pk=log.pk)

    def add():
        # Whoever comes second finds no recovery to add it to.
        with suppress(Treatment.DoesNotExist):
            add_photos(by=own.treatment.patient.user, log=own, files={"left": BytesIO(jpeg())}, now=own.entered_at)

    return add


def left(folder):
    return Patient.objects.count(), Photo.objects.count(), User.objects.filter(role=Role.PATIENT).count(), os.listdir(folder)


def test_twice_at_once_is_once(log, photo_folder):
    together(erasing(), erasing())
    assert left(photo_folder) == (0, 0, 0, [])
    assert AuditEvent.objects.filter(action="account erased").count() == 1


def test_a_photo_that_comes_in_meanwhile_leaves_nothing(log, photo_folder):
    together(erasing(), adding(log))
    assert left(photo_folder) == (0, 0, 0, [])
