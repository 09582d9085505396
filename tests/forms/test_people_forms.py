"""Recording a session, enrolling, one's own settings, as forms."""

from datetime import date
from decimal import Decimal

import pytest

from patients.actions.people import Session
from patients.forms.enrolment import EnrolmentForm, SessionForm
from patients.forms.people import OwnSettingsForm, time_zones
from patients.models import Protocol, Treatment
from tests.factories import a_clinic

pytestmark = pytest.mark.django_db
FACTORS = [("acne_prone", "Acne-prone skin"), ("blood_thinners", "Blood thinners or fish oil")]
CHOICE = "Select a valid choice. {} is not one of the available choices."


def data(**changes):
    return {"protocol": str(Protocol.objects.get(slug="pen").pk), "treated_on": "2026-01-05", "area": "face", **changes}


def form_of(**changes):
    return SessionForm(data(**changes), factors=FACTORS, clinic=a_clinic())


def test_a_session_is_handed_over():
    form = form_of(area="neck", device=" Pen ", needle_depth_mm="0.75", factors=["acne_prone"], before_redness="2", before_pain="")
    assert form.is_valid()
    assert form.session() == Session(
        Protocol.objects.get(slug="pen"), date(2026, 1, 5), "neck", "Pen", Decimal("0.75"), ("acne_prone",), {"redness": 2}
    )


def test_only_what_was_done_where_and_when_is_asked():
    form = form_of()
    assert form.is_valid()
    assert form.session() == Session(Protocol.objects.get(slug="pen"), date(2026, 1, 5))
    assert set(SessionForm({}, factors=FACTORS, clinic=a_clinic()).errors) == {"protocol", "treated_on"}


@pytest.mark.parametrize(
    "field, value, says",
    [
        ("treated_on", "05/01/2026", "“05/01/2026” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
        ("treated_on", "2026-13-01", "“2026-13-01” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
        ("treated_on", "２０２６-01-05", "“２０２６-01-05” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
        ("treated_on", "", "This field is required."),
        ("needle_depth_mm", "0", "Ensure this value is greater than or equal to 0.01."),
        ("needle_depth_mm", "5.01", "Ensure this value is less than or equal to 5."),
        ("needle_depth_mm", "0.123", "Ensure that there are no more than 2 decimal places."),
        ("needle_depth_mm", "NaN", "Enter a number."),
        ("needle_depth_mm", "deep", "Enter a number."),
        ("area", "moon", CHOICE.format("moon")),
        ("protocol", "nonsense", "Select a valid choice. That choice is not one of the available choices."),
        ("factors", ["vampire"], CHOICE.format("vampire")),
        ("before_redness", "5", CHOICE.format("5")),
        ("before_redness", "-1", CHOICE.format("-1")),
        ("device", "x" * 81, "Ensure this value has at most 80 characters (it has 81)."),
    ],
)
def test_what_is_wrong_is_said(field, value, says):
    assert form_of(**{field: value}).errors == {field: [says]}


@pytest.mark.parametrize("area", Treatment.Area.values)
def test_each_area_can_be_chosen(area):
    form = form_of(area=area)
    assert form.is_valid()
    assert form.session().area == area


class TestEnrolling:
    WHO = {"name": "Ines Duarte", "email": "ines@example.org", "time_zone": "Europe/Lisbon"}

    def test_a_person_is_asked_for_with_the_session(self):
        assert EnrolmentForm(data(**self.WHO), factors=FACTORS, clinic=a_clinic()).is_valid()
        assert set(EnrolmentForm(data(), factors=FACTORS, clinic=a_clinic()).errors) == {"name", "email"}

    @pytest.mark.parametrize(
        "field, value, says",
        [
            ("email", "ines", "Enter a valid email address."),
            ("time_zone", "Europe/Atlantis", CHOICE.format("Europe/Atlantis")),
            ("time_zone", "UTC", CHOICE.format("UTC")),
            ("name", "x" * 121, "Ensure this value has at most 120 characters (it has 121)."),
        ],
    )
    def test_what_is_wrong_is_said(self, field, value, says):
        assert EnrolmentForm(data(**self.WHO | {field: value}), factors=FACTORS, clinic=a_clinic()).errors == {field: [says]}


def test_time_zones_are_places():
    zones = [name for name, _ in time_zones()]
    assert {"Europe/London", "Pacific/Auckland", "America/Argentina/Ushuaia"} <= set(zones)
    assert [name for name in zones if "/" not in name or name.startswith("Etc/")] == []


def test_a_zone_without_a_city_is_offered_where_it_stands():
    clinic = a_clinic(time_zone="UTC")
    form = EnrolmentForm(initial={"time_zone": clinic.time_zone}, factors=FACTORS, clinic=clinic)
    assert '<option value="UTC" selected>' in str(form["time_zone"])
    sent = data(**TestEnrolling.WHO | {"time_zone": "UTC"})
    assert EnrolmentForm(sent, factors=FACTORS, clinic=clinic).errors == {}
    assert "time_zone" in EnrolmentForm(sent, factors=FACTORS, clinic=a_clinic()).errors


def test_so_it_is_in_ones_own_settings(patient):
    patient.time_zone = "UTC"
    assert '<option value="UTC" selected>' in str(OwnSettingsForm(None, user=patient.user)["time_zone"])
    assert OwnSettingsForm({"theme": "dark", "time_zone": "UTC", "reminder_hour": "off"}, user=patient.user).is_valid()


def test_settings_ask_patients_for_their_zone_and_staff_not(patient, clinician):
    assert list(OwnSettingsForm(None, user=patient.user).fields) == ["theme", "language", "time_zone", "reminder_hour"]
    assert list(OwnSettingsForm(None, user=clinician).fields) == ["theme"]
