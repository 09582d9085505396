"""A clinic's patients: the list, one patient, enrolling, recording a treatment."""

from datetime import timedelta

import pytest
from django.urls import reverse

from patients.models import Patient, Treatment
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_patient, a_treatment, next_session
from tests.pages import filled_in, page, text

LIST, ENROL = reverse("caseload"), reverse("enrol")
NEW = {
    "name": "Ines Duarte", "email": "ines@example.org", "time_zone": "Europe/Lisbon", "protocol": "", "treated_on": TREATED.isoformat(),
    "area": "neck", "needle_depth_mm": "0.75", "device": "SkinPen", "factors": ["acne_prone"], "before_redness": "1",
}  # fmt: skip


def rows(response):
    """The addresses of the patients in the list."""
    return [link for link in page(response).links if link.startswith("/clinic/patients/") and link.count("-") == 4]


@pytest.fixture
def enrolment(as_clinician):
    """The form as a browser would send it, filled in."""
    return NEW | {"protocol": protocol_of(as_clinician.get(ENROL), "Pen 0.5")}


def protocol_of(response, name):
    return next(str(p.pk) for p in response.context["form"].fields["protocol"].queryset if p.name.startswith(name))


class TestTheList:
    def test_it_names_each_patient_with_the_latest_treatment(self, as_clinician, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY, "radiofrequency")
        assert "Wed 18 Mar 2026, Radiofrequency, session 2, day 0 –" in text(as_clinician.get(LIST))

    def test_it_names_what_runs_and_what_is_planned(self, as_clinician, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY + timedelta(days=9), "radiofrequency")
        a_log(treatment, 4, "fever")
        a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=1))
        seen = text(as_clinician.get(LIST))
        running, planned = "Sat 14 Mar 2026, Pen 0.5–1.5 mm, session 1, day 4", "planned for Fri 27 Mar, Radiofrequency, session 2"
        assert f"{running} {planned} needs review" in seen
        assert "example.org planned for Thu 19 Mar, Pen 0.5–1.5 mm, session 1 –" in seen

    def test_it_says_who_needs_review_and_who_was_never_treated(self, as_clinician, treatment, clinician):
        a_log(treatment, 4, "fever")
        a_patient(clinician, "Mei Chen")
        seen = text(as_clinician.get(LIST))
        assert "needs review" in seen
        assert "none yet" in seen

    def test_it_holds_nobody_of_another_clinic(self, as_clinician, treatment, other_treatment):
        assert rows(as_clinician.get(LIST)) == [reverse("clinic-patient", args=[treatment.patient.uuid])]

    @pytest.mark.parametrize(
        "query, names", [("ana", ["Ana"]), ("FERR", ["Ana"]), ("mei@", ["Mei"]), ("example", ["Ana", "Mei"]), ("  ", ["Ana", "Mei"])]
    )
    def test_it_finds_by_name_and_address(self, as_clinician, treatment, clinician, query, names):
        a_patient(clinician, "Mei Chen", email="mei@example.org")
        seen = text(as_clinician.get(LIST, {"q": query}))
        assert [name for name in ("Ana", "Mei") if name in seen.replace("Mira", "")] == names

    @pytest.mark.parametrize("query", ["zzz", "%", "_", "<b>", "\x00", "Lea Krog"])
    def test_what_is_not_found_is_said(self, as_clinician, treatment, other_treatment, query):
        seen = text(as_clinician.get(LIST, {"q": query}))
        assert ("No patient matches" in seen) or (query == "\x00" and "Ana Ferreira" in seen)
        assert "Lea Krog " not in seen.replace("“Lea Krog”", "")

    @pytest.mark.parametrize("number", ["0", "99", "x", "-1"])
    def test_a_page_that_is_not_there_shows_one_that_is(self, as_clinician, treatment, number):
        assert "Ana Ferreira" in text(as_clinician.get(LIST, {"page": number}))

    def test_it_costs_the_same_at_1_3_and_50_rows(self, as_clinician, clinician, django_assert_max_num_queries):
        found, there = {}, 0
        for patients in (1, 3, 50):
            for number in range(there, patients):
                next_session(clinician, a_treatment(clinician, f"P{number}", TREATED).patient, TODAY + timedelta(days=9))
            there = patients
            with django_assert_max_num_queries(8) as captured:
                assert len(set(rows(as_clinician.get(LIST)))) == patients
            found[patients] = len(captured)
        assert found[1] == found[3] == found[50]

    def test_a_further_page_holds_the_rest(self, as_clinician, clinician, monkeypatch):
        monkeypatch.setattr("patients.views.caseload.PAGE", 2)
        for name in "ABC":
            a_patient(clinician, f"{name * 3} Patient")
        assert "Page 2 of 2" in text(as_clinician.get(LIST, {"page": 2}))
        assert "CCC Patient" in text(as_clinician.get(LIST, {"page": 2}))


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
        assert "Ines Duarte is enrolled. An e-mail says how to sign in." in text(response)
        assert [mail.to for mail in mailoutbox] == [["ines@example.org"]]

    @pytest.mark.parametrize("days, said", [(0, ""), (9, " The treatment is planned for Friday 27 March.")])
    def test_the_first_session_can_be_planned(self, as_clinician, enrolment, days, said):
        when = TODAY + timedelta(days=days)
        response = as_clinician.post(ENROL, enrolment | {"treated_on": when.isoformat()}, follow=True)
        assert f"is enrolled. An e-mail says how to sign in.{said} Patients" in text(response)
        assert Treatment.objects.get().treated_on == when

    @pytest.mark.parametrize(
        "change, says",
        [
            ({"name": ""}, "This field is required."),
            ({"email": "ines"}, "Enter a valid email address."),
            ({"time_zone": "Mars/Olympus"}, "Mars/Olympus is not one of the available choices."),
            ({"treated_on": "05/01/2026"}, "“05/01/2026” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
            ({"treated_on": "2026-09-15"}, "Tuesday 15 September 2026 is more than 180 days ahead. Check the year, or plan it later."),
            ({"needle_depth_mm": "9"}, "Ensure this value is less than or equal to 5."),
            ({"before_redness": "7"}, "7 is not one of the available choices."),
            ({"factors": ["vampire"]}, "vampire is not one of the available choices."),
            ({"email": "taken@example.org"}, "Somebody already signs in with taken@example.org."),
        ],
    )
    def test_what_is_wrong_is_said_and_the_rest_is_kept(self, as_clinician, clinician, enrolment, change, says):
        a_patient(clinician, email="taken@example.org")
        response = as_clinician.post(ENROL, enrolment | change)
        assert says in text(response)
        assert (filled_in(response)["device"], Patient.objects.count()) == (["SkinPen"], 1)

    def test_two_submissions_at_once_enrol_one(self, as_clinician, enrolment):
        as_clinician.post(ENROL, enrolment)
        assert "Somebody already signs in" in text(as_clinician.post(ENROL, enrolment))
        assert Patient.objects.count() == 1


class TestOnePatient:
    def test_the_page_lists_the_sessions_newest_first(self, as_clinician, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY)
        seen = text(as_clinician.get(reverse("clinic-patient", args=[treatment.patient.uuid])))
        assert seen.index("Session 2 Wed 18 Mar 2026") < seen.index("Session 1 Sat 14 Mar 2026")

    def test_a_planned_session_says_so_and_can_be_moved_or_called_off(self, as_clinician, treatment, clinician):
        second = next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        response = as_clinician.get(reverse("clinic-patient", args=[treatment.patient.uuid]))
        seen = text(response)
        assert (
            "Session 2 planned for Fri 27 Mar 2026 Pen 0.5–1.5 mm Full face – Change the date Call it off Session 1 Sat 14 Mar 2026" in seen
        )
        links = {reverse(name, args=[t.uuid]) for name in ("treatment-date", "treatment-call-off") for t in (treatment, second)}
        assert links & set(page(response).links) == {reverse(name, args=[second.uuid]) for name in ("treatment-date", "treatment-call-off")}

    def test_what_was_not_planned_offers_neither(self, as_clinician, treatment):
        assert "Call it off" not in text(as_clinician.get(reverse("clinic-patient", args=[treatment.patient.uuid])))

    def test_without_a_treatment_it_says_so(self, as_clinician, clinician):
        response = as_clinician.get(reverse("clinic-patient", args=[a_patient(clinician, "Mei Chen").uuid]))
        assert "No treatment recorded yet." in text(response)

    def test_it_costs_the_same_for_1_and_3_sessions(self, as_clinician, clinician, treatment, django_assert_max_num_queries):
        found = []
        as_clinician.get(reverse("clinic-patient", args=[treatment.patient.uuid]))  # the first look is written down
        for number in (1, 2, 3):
            with django_assert_max_num_queries(7) as captured:
                assert f"Session {number}" in text(as_clinician.get(reverse("clinic-patient", args=[treatment.patient.uuid])))
            found.append(len(captured))
            next_session(clinician, treatment.patient, TREATED + timedelta(days=number))
        assert len(set(found)) == 1


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


@pytest.mark.parametrize("name", ["clinic-patient", "new-treatment"])
def test_a_patient_of_another_clinic_is_not_found(as_clinician, other_treatment, name):
    response = as_clinician.get(reverse(name, args=[other_treatment.patient.uuid]))
    assert response.status_code == 404
    assert "Lea Krog" not in text(response)


@pytest.mark.parametrize("name", ["caseload", "clinic-patient"])
def test_the_lists_are_only_read(as_clinician, patient, name):
    response = as_clinician.post(reverse(name, args=[patient.uuid] if name == "clinic-patient" else []))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("url", [LIST, ENROL])
@pytest.mark.parametrize("browser", ["as_patient", "as_admin"])
def test_they_are_for_clinicians(request, browser, url):
    response = request.getfixturevalue(browser).get(url)
    assert response.status_code == 403
    assert "This page belongs to the clinicians of a clinic." in text(response)
