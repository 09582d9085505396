"""Who may do what: every check for every kind of person, and the sentence of each refusal."""

import inspect

import pytest
from django.core.exceptions import PermissionDenied

from patients import permissions
from patients.actions.protocols import copy_protocol
from patients.errors import NotAllowed
from patients.models import Role
from tests.conftest import TREATED
from tests.factories import a_member, a_treatment

PEOPLE = ["patient", "neighbour", "stranger", "clinician", "other clinician", "admin", "superuser", "clinician without a clinic"]
ADMINS = "Only admins change the timeline norms."
# A check: who passes it, in the order above, and what the others are told. The treatment is the patient's; there are two clinics.
TABLE = {
    "check_log": ("10000000", "Only the patient can fill in their own log."),
    "check_review": ("00010000", "Only clinicians of this clinic review its recoveries."),
    "check_plan": ("00010000", "Only clinicians of this clinic plan its treatments."),
    "check_invite": ("00010000", "Only clinicians of this clinic invite its patients."),
    "check_close": ("00010000", "Only clinicians of this clinic close its recoveries."),
    "check_queue": ("00010000", "Only clinicians of this clinic work its queue."),
    "check_edit_replies": ("00010000", "Only clinicians of this clinic change its reply texts."),
    "check_set_clock": ("00000100", "Only the admins of a clinic set its hours and promises."),
    "check_set_privacy": ("00000100", "Only the admins of a clinic change its texts and how long it keeps records."),
    "check_read_clock": ("00011100", "The hours of a clinic are for its staff."),
    "check_read_audit": ("00000110", "The audit is for the admins of a clinic."),
    # Asked of the clinic's own clinician.
    "check_set_on_call": ("00010100", "Only admins say which clinicians are on call, and clinicians of themselves."),
    "check_enrol": ("00011000", "Only clinicians enrol patients."),
    "check_patient_pages": ("11100000", "This page belongs to patients. Your work is under Queue and Norms."),
    "check_own_record": ("10000000", "This belongs to the patient alone."),
    "check_own_settings": ("11100000", "Only patients have these settings, each their own."),
    "check_clinic_pages": ("00011000", "This page belongs to the clinicians of a clinic."),
    "check_see_photos": ("11111001", "Photos are for patients and their clinicians."),
    "check_read_norms": ("00011111", "The timeline norms are for staff. Your recovery page shows what is usual for you."),
    "check_admin": ("00000110", ADMINS),
    "check_move_recoveries": ("00000100", "Only the admins of a clinic move its recoveries to other norms."),
    "check_move": ("00000100", "Only the admins of a clinic move its recoveries to other norms."),
    # Those with more than one sentence are held below.
    "check_record_treatment": ("00010000", None),
    "check_edit_norms": ("00000010", None),
    "check_edit_sources": ("00000010", None),
    "check_own_protocols": ("00000100", None),
}
VOICES = {"can_review": "check_review", "can_edit_norms": "check_edit_norms", "can_edit_sources": "check_edit_sources"}
VOICES |= {
    "can_own_protocols": "check_own_protocols",
    "can_move_recoveries": "check_move_recoveries",
    "can_work_queue": "check_queue",
    "can_set_clock": "check_set_clock",
    "can_set_on_call": "check_set_on_call",
}  # what a template asks: the check that it must agree with


@pytest.fixture
def people(clinic, treatment, other_treatment, clinician, other_clinician, admin, superuser):
    neighbour = a_treatment(clinician, "Mei Chen", TREATED).patient.user
    locum = a_member(None, Role.CLINICIAN, "Locum", is_superuser=True)
    found = [treatment.patient.user, neighbour, other_treatment.patient.user, clinician, other_clinician, admin, superuser, locum]
    return dict(zip(PEOPLE, found, strict=True))


def ask(name, person, treatment):
    """The sentence of the refusal, or nothing."""
    check = getattr(permissions, name)
    about = {"treatment": [treatment], "patient": [treatment.patient], "protocol": [treatment.protocol], "names": [{"reminder_hour"}]}
    about["clinician"], about["clinic"] = [treatment.recorded_by], [treatment.clinic]
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
    "check, person, says",
    [
        ("check_record_treatment", "other clinician", "Only clinicians of this clinic record its treatments."),
        ("check_record_treatment", "admin", "Only clinicians enrol patients."),
        ("check_edit_norms", "clinician", ADMINS),
        ("check_edit_norms", "admin", "Other clinics share these norms. Make your clinic’s own copy to change them."),
        ("check_edit_sources", "patient", ADMINS),
        ("check_edit_sources", "admin", "Other clinics share the sources. Ask who runs this installation to change them."),
        ("check_own_protocols", "clinician", ADMINS),
        ("check_own_protocols", "superuser", "Only the admins of a clinic make protocols of its own."),
    ],
)
def test_what_the_others_are_told_in_each_case(people, treatment, check, person, says):
    assert ask(check, people[person], treatment) == says


class TestNormsOfOneClinic:
    """The admin of the only clinic changes what is shared; with more clinics each changes its own copy."""

    def test_the_only_clinics_admin_may_edit_shared_norms_and_sources(self, treatment, admin):
        assert (ask("check_edit_norms", admin, treatment), ask("check_edit_sources", admin, treatment)) == ("", "")

    def test_a_clinics_own_copy_is_its_admins(self, people, treatment):
        treatment.protocol = copy_protocol(by=people["admin"], protocol=treatment.protocol)
        may = [person for person in PEOPLE if not ask("check_edit_norms", people[person], treatment)]
        assert may == ["admin"]

    def test_another_clinics_admin_moves_none_of_its_recoveries(self, treatment, other_clinic):
        assert ask("check_move", a_member(other_clinic, Role.ADMIN, "Ola Berg"), treatment).startswith("Only the admins of a clinic")

    def test_another_clinics_admin_is_told_whose_they_are(self, people, treatment, other_clinic):
        treatment.protocol = copy_protocol(by=people["admin"], protocol=treatment.protocol)
        stranger = a_member(other_clinic, Role.ADMIN, "Ola Berg")
        assert ask("check_edit_norms", stranger, treatment) == "These norms belong to another clinic."


@pytest.mark.parametrize("voice, check", VOICES.items())
def test_the_template_hears_what_the_check_says(people, treatment, voice, check):
    for person in people.values():
        about = {
            "can_review": [treatment],
            "can_work_queue": [treatment],
            "can_set_on_call": [treatment.recorded_by],
            "can_edit_norms": [treatment.protocol],
        }.get(voice, [])
        assert getattr(permissions, voice)(person, *about) is (ask(check, person, treatment) == "")


@pytest.mark.parametrize("prefix, table", [("check_", TABLE), ("can_", VOICES)])
def test_every_permission_has_a_row_here(prefix, table):
    assert sorted(name for name in vars(permissions) if name.startswith(prefix)) == sorted(table)


def test_a_refusal_is_a_403():
    assert issubclass(NotAllowed, PermissionDenied)
