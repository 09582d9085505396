"""A clinic's patients: the list with its filters, and one patient."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from patients.actions.closing import close_recovery
from patients.actions.invitations import withdraw
from patients.models import Patient, Treatment, User
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_patient, a_treatment, an_invitation, next_session
from tests.pages import filled_in, page, text

LIST, ENROL = reverse("caseload"), reverse("enrol")


def rows(response):
    """The addresses of the patients in the list, in its order."""
    return [link for link in page(response).links if link.startswith("/clinic/patients/") and link.count("-") == 4]


def names(response):
    """The first names in the order of the list."""
    found = [Patient.objects.get(uuid=link.split("/")[-2]).user.first_name for link in rows(response)]
    return " ".join(found)


def closed(by, treatment):
    close_recovery(by=by, treatment=treatment, why="done")
    return treatment


class TestTheList:
    def test_it_names_each_patient_with_the_latest_treatment(self, as_clinician, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY, "radiofrequency")
        assert "Day 0, initial healing Radiofrequency, session 2 none yet today nothing" in text(as_clinician.get(LIST))

    def test_it_names_what_runs_and_what_is_planned(self, as_clinician, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY + timedelta(days=9), "radiofrequency")
        a_log(treatment, 4, "fever")
        a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=1))
        seen = text(as_clinician.get(LIST))
        running, planned = "Pen 0.5–1.5 mm, session 1", "planned for Fri 27 Mar, Radiofrequency, session 2"
        assert f"{running} {planned} day 4, Wed 18 Mar tomorrow, Thu 19 Mar Urgent" in seen
        assert "example.org planned for Thu 19 Mar, Pen 0.5–1.5 mm, session 1 nothing" in seen

    def test_it_says_who_needs_review_and_who_was_never_treated(self, as_clinician, treatment, clinician):
        a_log(treatment, 4, "fever")
        a_patient(clinician, "Mei Chen")
        seen = text(as_clinician.get(LIST))
        assert "Urgent" in seen
        assert "no treatment yet" in seen

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
            with django_assert_max_num_queries(11) as captured:
                assert len(set(rows(as_clinician.get(LIST)))) == patients
            found[patients] = len(captured)
        assert found[1] == found[3] == found[50]

    def test_a_further_page_holds_the_rest(self, as_clinician, clinician, monkeypatch):
        monkeypatch.setattr("patients.views.caseload.PAGE", 2)
        for name in "ABC":
            a_patient(clinician, f"{name * 3} Patient")
        assert "Page 2 of 2" in text(as_clinician.get(LIST, {"page": 2}))
        assert "CCC Patient" in text(as_clinician.get(LIST, {"page": 2}))

    def test_the_next_check_in_comes_first_and_a_missed_one_is_said_in_words(self, as_clinician, clinician, travel_to):
        travel_to(TREATED)
        for name in ("Missed", "Today", "Closed"):
            a_treatment(clinician, f"{name} Patient", TREATED)
        travel_to(TODAY)
        a_log(Treatment.objects.get(patient__user__name="Today Patient"), 3)
        closed(clinician, Treatment.objects.with_people().get(patient__user__name="Closed Patient"))
        a_patient(clinician, "Never Treated")
        response = as_clinician.get(LIST)
        assert names(response) == "Missed Today Closed Never"
        seen = text(response)
        assert "none yet missed, was due Sat 14 Mar" in seen
        assert "day 3, Tue 17 Mar today" in seen
        assert "Day 4, closed Pen 0.5–1.5 mm, session 1 none yet none, closed" in seen
        assert "4 patients, the next check-in first." in seen

    def test_those_of_one_moment_stand_by_name(self, as_clinician, clinician):
        for name in ("Mei Chen", "Ana Lind", "Zoe Berg"):
            a_treatment(clinician, name, TODAY)
        assert names(as_clinician.get(LIST)) == "Ana Mei Zoe"

    def test_past_the_timeline_nothing_is_asked_for(self, as_clinician, clinician):
        a_treatment(clinician, "Mei Chen", TODAY - timedelta(days=800))
        assert "Day 800, past the timeline Pen 0.5–1.5 mm, session 1 none yet none any more nothing" in text(as_clinician.get(LIST))

    def test_who_is_invited_says_so_until_they_sign_in(self, as_clinician, clinician, travel_to):
        ines = a_patient(clinician, "Ines Duarte", email="ines@example.org")
        found = []
        for step in (
            lambda: None,
            lambda: an_invitation(ines),
            lambda: withdraw(by=clinician, patient=ines),
            lambda: an_invitation(ines, now=travel_to(TODAY, time(13))),
            lambda: travel_to(TODAY + timedelta(days=8)),
            lambda: User.objects.filter(pk=ines.user_id).update(last_login=travel_to(TODAY)),
        ):
            step()
            found.append(text(as_clinician.get(LIST)).split("ines@example.org ")[1].split("no treatment")[0].strip())
        assert found == ["", "invited, not yet signed in", "invitation withdrawn", "invited, not yet signed in", "invitation expired", ""]

    def test_the_most_urgent_of_all_sessions_is_linked(self, as_clinician, clinician, treatment):
        a_log(treatment, 4, "fever")
        second = next_session(clinician, treatment.patient, TODAY)
        a_log(second, 0, "breathing")
        response = as_clinician.get(LIST)
        assert "Emergency" in text(response)
        assert page(response).links.count(reverse("clinic-recovery", args=[second.uuid])) == 2


class TestTheFilters:
    def test_they_stand_as_they_were_chosen(self, as_clinician, treatment):
        chosen = {"q": "ana", "phase": "Initial healing", "due": "overdue", "state": "closed"}
        response = as_clinician.get(LIST, chosen)
        assert filled_in(response) == {name: [value] for name, value in chosen.items()}
        assert "No patient matches “ana” with these filters. Show all" in text(response)

    @pytest.mark.parametrize(
        "chosen, says",
        [
            ({"due": "never"}, "“never” is no choice for the next check-in."),
            ({"phase": "Nonsense"}, "“Nonsense” is no phase in force."),
            ({"state": "<b>"}, "“<b>” is no known state."),
            ({"q": "x" * 81}, "Search for a part of the name or the e-mail address, up to 80 letters."),
        ],
    )
    def test_an_unknown_value_is_an_error_and_never_the_whole_list(self, as_clinician, treatment, chosen, says):
        response = as_clinician.get(LIST, {"q": "ana"} | chosen)
        assert (response.status_code, rows(response), filled_in(response)["q"]) == (400, [], [({"q": "ana"} | chosen)["q"]])
        assert says in text(response)

    def test_a_further_page_keeps_them(self, as_clinician, clinician, monkeypatch):
        monkeypatch.setattr("patients.views.caseload.PAGE", 1)
        for name in ("Ana Lind", "Mei Lind", "Zoe Berg"):
            a_treatment(clinician, name, TODAY)
        response = as_clinician.get(LIST, {"q": "Lind", "due": "today"})
        (following,) = [link for link in page(response).links if "page=2" in link]
        assert (names(response), names(as_clinician.get(LIST + following))) == ("Ana", "Mei")

    @pytest.mark.parametrize("chosen", [{"phase": "Initial healing"}, {"due": "week"}, {"state": "planned"}, {"state": "closed"}])
    def test_they_show_nobody_of_another_clinic(self, as_clinician, other_treatment, other_clinician, chosen):
        if chosen == {"state": "closed"}:
            closed(other_clinician, other_treatment)
        if chosen == {"state": "planned"}:
            next_session(other_clinician, other_treatment.patient, TODAY + timedelta(days=3))
        assert rows(as_clinician.get(LIST, chosen)) == []

    def test_each_costs_the_same_at_1_and_3_rows(self, as_clinician, clinician, django_assert_max_num_queries):
        found = {}
        for number in range(1, 4):
            treatment = a_treatment(clinician, f"P{number}", TODAY)
            an_invitation(treatment.patient)
            next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
            with django_assert_max_num_queries(12) as captured:
                chosen = {"phase": "Initial healing", "due": "today", "state": "planned", "q": "p"}
                assert len(rows(as_clinician.get(LIST, chosen))) == number
            found[number] = len(captured)
        assert found[1] == found[3]


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
            "Session 2 planned for Fri 27 Mar 2026 Pen 0.5–1.5 mm Full face nothing Change the date Call it off Session 1 Sat 14 Mar 2026"
            in seen
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
            with django_assert_max_num_queries(9) as captured:
                assert f"Session {number}" in text(as_clinician.get(reverse("clinic-patient", args=[treatment.patient.uuid])))
            found.append(len(captured))
            next_session(clinician, treatment.patient, TREATED + timedelta(days=number))
        assert len(set(found)) == 1


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
