"""Enrolling a patient and recording a treatment."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse

from patients.actions.people import enrol_patient
from patients.errors import AlreadyEnrolled
from patients.models import AuditEvent, Invitation, Patient, Treatment, User
from tests.at_once import apart, held_open, together
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_member, a_patient, a_session
from tests.pages import filled_in, page, text

ENROL = reverse("enrol")
LEAST = {"name": "Ines Duarte", "email": "ines@example.org", "protocol": "", "treated_on": TREATED.isoformat()}
NEW = LEAST | {
    "time_zone": "Europe/Lisbon", "area": "neck", "needle_depth_mm": "0.75", "device": "SkinPen", "factors": ["acne_prone"],
    "before_redness": "1",
}  # fmt: skip


@pytest.fixture
def pen(as_clinician):
    return protocol_of(as_clinician.get(ENROL), "Pen 0.5")


@pytest.fixture
def enrolment(pen):
    """The form as a browser would send it, filled in."""
    return NEW | {"protocol": pen}


def protocol_of(response, name):
    return next(str(p.pk) for p in response.context["form"].fields["protocol"].queryset if p.name.startswith(name))


class TestEnrolling:
    def test_the_form_begins_with_today_and_the_clinics_zone(self, as_clinician):
        found = filled_in(as_clinician.get(ENROL))
        assert (found["treated_on"], found["time_zone"]) == (["2026-03-18"], ["Europe/London"])

    def test_a_patient_is_enrolled_with_the_first_session(self, as_clinician, enrolment, django_capture_on_commit_callbacks, mailoutbox):
        with django_capture_on_commit_callbacks(execute=True):
            response = as_clinician.post(ENROL, enrolment, follow=True)
        treatment = Treatment.objects.get()
        assert (treatment.patient.user.name, treatment.treated_on, treatment.factors, treatment.baseline) == (
            "Ines Duarte", TREATED, ["acne_prone"], {"redness": 1},
        )  # fmt: skip
        assert "Ines Duarte is enrolled. An e-mail with a link to sign in goes to ines@example.org." in text(response)
        assert [mail.to for mail in mailoutbox] == [["ines@example.org"]]

    @pytest.mark.parametrize("days, said", [(0, ""), (9, " The treatment is planned for Friday 27 March.")])
    def test_the_first_session_can_be_planned(self, as_clinician, enrolment, days, said):
        when = TODAY + timedelta(days=days)
        response = as_clinician.post(ENROL, enrolment | {"treated_on": when.isoformat()}, follow=True)
        assert f"is enrolled. An e-mail with a link to sign in goes to ines@example.org.{said} Patients" in text(response)
        assert Treatment.objects.get().treated_on == when

    @pytest.mark.parametrize(
        "change, says",
        [
            ({"name": ""}, "Type the name of the patient."),
            ({"email": ""}, "Type the e-mail address: the patient signs in with it."),
            ({"email": "ines"}, "Enter a valid email address."),
            ({"time_zone": "Mars/Olympus"}, "Mars/Olympus is not one of the available choices."),
            ({"treated_on": "05/01/2026"}, "“05/01/2026” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
            ({"treated_on": "2026-09-15"}, "Tuesday 15 September 2026 is more than 180 days ahead. Check the year, or plan it later."),
            ({"needle_depth_mm": "9"}, "Ensure this value is less than or equal to 5."),
            ({"before_redness": "7"}, "7 is not one of the available choices."),
            ({"factors": ["vampire"]}, "vampire is not one of the available choices."),
            (
                {"email": "taken@example.org"},
                "Ana Ferreira is a patient of your clinic already and signs in with taken@example.org. Open their page",
            ),
            ({"email": "x" * 250 + "@example.org"}, "Ensure this value has at most 254 characters"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_rest_is_kept(self, as_clinician, clinician, enrolment, change, says):
        a_patient(clinician, email="taken@example.org")
        response = as_clinician.post(ENROL, enrolment | change)
        assert says in text(response)
        assert (filled_in(response)["device"], Patient.objects.count()) == (["SkinPen"], 1)

    def test_name_address_protocol_and_date_are_enough(self, as_clinician, pen):
        as_clinician.post(ENROL, LEAST | {"protocol": pen})
        patient, treatment = Patient.objects.get(), Treatment.objects.get()
        assert (patient.user.email, patient.time_zone, patient.language) == ("ines@example.org", "Europe/London", "en-gb")
        assert (treatment.area, treatment.device, treatment.factors, treatment.baseline) == ("face", "", [], {})

    @pytest.mark.parametrize(
        "change, is_open",
        [
            ({}, False),
            ({"email": "ines"}, False),
            ({"device": "SkinPen"}, True),
            ({"needle_depth_mm": "9"}, True),
            ({"area": "neck"}, True),
        ],
    )
    def test_what_was_filled_in_behind_more_is_not_hidden(self, as_clinician, pen, change, is_open):
        """Refused for its name; a browser sends the rest of the form as it stood."""
        stood = {"time_zone": "Europe/London", "area": "face", "language": "en-gb"}
        response = as_clinician.post(ENROL, LEAST | stood | {"protocol": pen, "name": ""} | change)
        assert ('<details class="more" open>' in response.content.decode()) is is_open

    def test_the_first_page_has_it_closed(self, as_clinician):
        assert '<details class="more"><summary>' in as_clinician.get(ENROL).content.decode()

    def test_a_patient_of_the_clinic_is_linked(self, as_clinician, clinician, enrolment):
        known = a_patient(clinician, email="ines@example.org")
        response = as_clinician.post(ENROL, enrolment)
        assert reverse("clinic-patient", args=[known.uuid]) in page(response).links

    def test_somebody_of_another_clinic_is_not_told_apart_from_staff(self, as_clinician, clinician, other_treatment, enrolment):
        said = []
        for email in (other_treatment.patient.user.email, clinician.email):
            response = as_clinician.post(ENROL, enrolment | {"email": email})
            said.append(text(response).replace(email, "…"))
            assert str(other_treatment.patient.uuid) not in response.content.decode()
        assert said[0] == said[1]
        assert "Nobody can be enrolled with …: this address is in use. Ask the patient for another address." in said[0]

    def test_two_submissions_at_once_enrol_one(self, as_clinician, enrolment):
        as_clinician.post(ENROL, enrolment)
        response = as_clinician.post(ENROL, enrolment | {"name": "Ines D."})
        assert "Ines Duarte is a patient of your clinic already" in text(response)
        assert (filled_in(response)["name"], Patient.objects.count()) == (["Ines D."], 1)

    def test_a_mail_server_that_is_down_is_said_and_the_patient_is_enrolled(
        self, as_clinician, enrolment, settings, django_capture_on_commit_callbacks
    ):
        settings.EMAIL_BACKEND = "tests.actions.test_invitations.NoServer"
        with django_capture_on_commit_callbacks(execute=True):
            response = as_clinician.post(ENROL, enrolment)
        seen = text(as_clinician.get(response.url))
        assert "The mail server did not take the invitation of today, 12:00. Nothing was sent: send it again." in seen
        assert (Patient.objects.count(), Invitation.objects.get().sent_at) == (1, None)


def test_two_clinicians_who_enrol_the_same_person_at_once(db, tmp_path, frozen, monkeypatch):
    """One patient, one invitation; the other is told who it is. In twenty races, each with real connections."""
    with apart(tmp_path):
        clinic = a_clinic()
        both = [a_member(clinic, "clinician", name).pk for name in ("Mira Osei", "Jonas Lind")]
        held_open(monkeypatch)
        for race in range(20):
            won, lost = sorted(
                together(*(partial(enrolled_by, by, f"race{race}@example.org") for by in both)), key=lambda r: type(r).__name__
            )[::-1]
            assert (type(won), type(lost)) == (Patient, AlreadyEnrolled)
            assert lost.patient == won.uuid
            assert str(lost) == f"{won.user.name} is a patient of your clinic already and signs in with race{race}@example.org."
        assert (Patient.objects.count(), User.objects.filter(role="patient").count(), Invitation.objects.count()) == (20, 20, 20)
        assert AuditEvent.objects.filter(action="patient enrolled").count() == 20


def enrolled_by(by, email):
    own = User.objects.get(pk=by)
    session = a_session(treated_on=TREATED)
    return enrol_patient(by=own, name=f"Patient of {own.name}", email=email, time_zone="Europe/London", first_session=session)


class TestRecordingATreatment:
    @pytest.fixture
    def url(self, treatment):
        return reverse("new-treatment", args=[treatment.patient.uuid])

    @pytest.fixture
    def session(self, as_clinician, url):
        return {"protocol": protocol_of(as_clinician.get(url), "Radio"), "treated_on": TODAY.isoformat(), "area": "face"}

    def test_a_session_is_recorded(self, as_clinician, url, session, treatment):
        response = as_clinician.post(url, session, follow=True)
        assert "Session 2 is recorded." in text(response)
        second = Treatment.objects.get(session_number=2)
        assert (second.treated_on, second.protocol.slug, second.session_before) == (TODAY, "radiofrequency", treatment)

    def test_a_day_to_come_plans_it(self, as_clinician, url, session):
        assert "A day to come, up to 180 days ahead, plans the treatment." in text(as_clinician.get(url))
        response = as_clinician.post(url, session | {"treated_on": "2026-03-27"}, follow=True)
        assert "Session 2 is planned for Friday 27 March." in text(response)

    @pytest.mark.parametrize(
        "day, says",
        [
            ("2026-03-14", "A treatment on Saturday 14 March is already recorded. A further session must come after it."),
            ("2026-09-15", "Tuesday 15 September 2026 is more than 180 days ahead."),
            ("18/03/2026", "“18/03/2026” is not a date this page can read."),
            ("", "This field is required."),
        ],
    )
    def test_a_date_that_cannot_be_is_refused(self, as_clinician, url, session, day, says):
        response = as_clinician.post(url, session | {"treated_on": day, "device": "SkinPen"})
        assert says in text(response)
        assert (filled_in(response)["device"], Treatment.objects.count()) == (["SkinPen"], 1)

    def test_two_submissions_at_once_record_one(self, as_clinician, url, session):
        as_clinician.post(url, session)
        assert "is already recorded" in text(as_clinician.post(url, session))
        assert Treatment.objects.count() == 2
