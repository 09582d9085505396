"""Who may do what: every check for every kind of person, and the sentence of each refusal."""

import inspect

import pytest
from django.core.exceptions import PermissionDenied

from patients import permissions
from patients.errors import NotAllowed
from patients.models import Role
from tests.conftest import TREATED
from tests.factories import a_member, a_treatment

PEOPLE = ["patient", "neighbour", "stranger", "clinician", "other clinician", "admin", "superuser", "clinician without a clinic"]
# A check: who passes it, in the order above, and what the others are told. The treatment is the patient's.
TABLE = {
    "check_log": ("10000000", "Only the patient can fill in their own log."),
    "check_review": ("00010000", "Only clinicians of this clinic review its recoveries."),
    "check_enrol": ("00011000", "Only clinicians enrol patients."),
    "check_patient_pages": ("11100000", "This page belongs to patients. Your work is under Queue and Norms."),
    "check_clinic_pages": ("00011000", "This page belongs to the clinicians of a clinic."),
    "check_read_norms": ("00011111", "The timeline norms are for staff. Your recovery page shows what is usual for you."),
    "check_record_treatment": ("00010000", None),  # two sentences, below
}
VOICES = {"can_review": "check_review"}  # what a template asks: the check that it must agree with


@pytest.fixture
def people(clinic, treatment, other_treatment, clinician, other_clinician, admin, superuser):
    neighbour = a_treatment(clinician, "Mei Chen", TREATED).patient.user
    locum = a_member(None, Role.CLINICIAN, "Locum", is_superuser=True)
    found = [treatment.patient.user, neighbour, other_treatment.patient.user, clinician, other_clinician, admin, superuser, locum]
    return dict(zip(PEOPLE, found, strict=True))


def ask(name, person, treatment):
    """The sentence of the refusal, or nothing."""
    check = getattr(permissions, name)
    about = {"treatment": [treatment], "patient": [treatment.patient]}
    try:
        check(person, *(subject for asked in list(inspect.signature(check).parameters)[1:] for subject in about[asked]))
    except NotAllowed as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("name", TABLE)
def test_who_may(people, treatment, name):
    passes, _ = TABLE[name]
    found = {person: not ask(name, people[person], treatment) for person in PEOPLE}
    assert found == {person: may == "1" for person, may in zip(PEOPLE, passes, strict=True)}


@pytest.mark.parametrize("name", [name for name, (_, says) in TABLE.items() if says])
def test_what_the_others_are_told(people, treatment, name):
    passes, says = TABLE[name]
    assert {ask(name, people[person], treatment) for person, may in zip(PEOPLE, passes, strict=True) if may == "0"} == {says}


@pytest.mark.parametrize(
    "person, says",
    [("other clinician", "Only clinicians of this clinic record its treatments."), ("admin", "Only clinicians enrol patients.")],
)
def test_what_the_others_are_told_of_recording(people, treatment, person, says):
    assert ask("check_record_treatment", people[person], treatment) == says


@pytest.mark.parametrize("voice, check", VOICES.items())
def test_the_template_hears_what_the_check_says(people, treatment, voice, check):
    for person in people.values():
        assert getattr(permissions, voice)(person, treatment) is (ask(check, person, treatment) == "")


@pytest.mark.parametrize("prefix, table", [("check_", TABLE), ("can_", VOICES)])
def test_every_permission_has_a_row_here(prefix, table):
    assert sorted(name for name in vars(permissions) if name.startswith(prefix)) == sorted(table)


def test_a_refusal_is_a_403():
    assert issubclass(NotAllowed, PermissionDenied)
