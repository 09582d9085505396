"""Who sees whose things: every QuerySet that a view uses is narrowed by `visible_to`."""

import pytest

from patients.models import Patient, Photo, Role, Treatment
from tests.conftest import TREATED
from tests.factories import a_log, a_member, a_photo, a_treatment

# Viewer: the patients and treatments they see. Ana and Mei are of one clinic, Lea is of another.
SEEN = {
    "ana": {"Ana Ferreira"},
    "mei": {"Mei Chen"},
    "lea": {"Lea Krog"},
    "clinician": {"Ana Ferreira", "Mei Chen"},
    "admin": {"Ana Ferreira", "Mei Chen"},
    "other clinician": {"Lea Krog"},
    "superuser": set(),
    "patient without a record": set(),
    "clinician without a clinic": set(),
}


@pytest.fixture
def viewers(clinic, clinician, admin, other_clinician, superuser, treatment, other_treatment):
    return {
        "ana": treatment.patient.user,
        "mei": a_treatment(clinician, "Mei Chen", TREATED).patient.user,
        "lea": other_treatment.patient.user,
        "clinician": clinician,
        "admin": admin,
        "other clinician": other_clinician,
        "superuser": superuser,
        "patient without a record": a_member(clinic, Role.PATIENT, "Half Enrolled"),
        "clinician without a clinic": a_member(None, Role.CLINICIAN, "Locum", is_superuser=True),
    }


@pytest.mark.parametrize("viewer", SEEN)
def test_patients(viewers, viewer):
    assert {patient.user.name for patient in Patient.objects.visible_to(viewers[viewer])} == SEEN[viewer]


@pytest.mark.parametrize("viewer", SEEN)
def test_treatments(viewers, viewer):
    assert {treatment.patient.user.name for treatment in Treatment.objects.visible_to(viewers[viewer])} == SEEN[viewer]


@pytest.mark.parametrize("viewer", SEEN)
def test_photos(viewers, viewer):
    for treatment in Treatment.objects.with_people():
        a_photo(a_log(treatment, 0).log)
    found = Photo.objects.visible_to(viewers[viewer]).with_recovery()
    assert {photo.log.treatment.patient.user.name for photo in found} == SEEN[viewer]
