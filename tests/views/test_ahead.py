"""What the patient reads before a planned treatment: the preparation page, the log page, and the next session."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from patients.models import Log
from tests.conftest import TODAY, TREATED
from tests.factories import CALM, a_log, a_treatment, next_session
from tests.pages import page, text

URL, LOG = reverse("recovery"), reverse("log")
SUN = "Keep out of strong sun before the treatment."
MEDICINE = "Tell your clinic about every medicine and supplement"
RETINOIDS = "Pause retinoids, vitamin A products and harsh exfoliants unless your clinic says otherwise."


def url_of(treatment):
    return reverse("recovery-of", args=[treatment.uuid])


@pytest.fixture
def planned(clinician):
    """A patient who waits for the first treatment, so many days ahead."""
    return lambda days=9, **fields: a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=days), **fields)


@pytest.fixture
def seen(planned, signed_in):
    """The recovery page of a patient whose first treatment is so many days ahead."""
    return lambda days: text(signed_in(planned(days).patient.user).get(URL))


class TestOnlyAPlannedTreatment:
    @pytest.mark.parametrize(
        "days, said",
        [
            (1, "Your treatment is tomorrow, Thursday 19 March."),
            (2, "Your treatment is in 2 days, on Friday 20 March."),
            (9, "Your treatment is in 9 days, on Friday 27 March."),
            (180, "Your treatment is in 180 days, on Monday 14 September."),
        ],
    )
    def test_it_says_when(self, seen, days, said):
        assert said in seen(days)

    def test_it_says_what_to_do_and_avoid_now_and_what_changes(self, seen):
        found = seen(9)
        assert f"Do now {MEDICINE}" in found
        assert f"Avoid now {SUN} From Fri 20 Mar: avoid {RETINOIDS} No waxing of the area." in found

    @pytest.mark.parametrize("days, is_now", [(8, False), (7, True), (1, True)])
    def test_what_begins_moves_to_now_on_its_day(self, seen, days, is_now):
        found = seen(days)
        assert (f"Avoid now {SUN}{' Last day today.' if days == 1 else ''} {RETINOIDS}" in found) is is_now
        assert ("From Fri 20 Mar: avoid" in found or "From Thu 19 Mar: avoid" in found) is not is_now

    @pytest.mark.parametrize("days, is_before", [(16, True), (15, True), (14, False)])
    def test_before_day_minus_14_it_says_when_preparation_begins(self, seen, days, is_before):
        found = seen(days)
        begins = TODAY + timedelta(days=days - 14)
        assert (f"Preparation begins on {begins:%A} {begins.day} March. Until then there is nothing to do." in found) is is_before
        assert (f"From {begins:%a} {begins.day} Mar: avoid {SUN}" in found) is is_before
        assert ("Avoid now" in found) is not is_before

    def test_it_says_what_to_expect_on_the_first_days_and_whom_to_call(self, seen):
        found = seen(9)
        assert "The first days after it Redness and swelling ease over the first days" in found
        assert "Day 0 Fri 27 Mar Treatment day" in found
        assert "Day 7 Fri 3 Apr Surface healed" in found
        assert "One skin cycle" not in found
        assert "Call Linden Skin Clinic: 020 7946 0145, Monday to Friday, 9:00 to 18:00." in found

    def test_its_own_address_shows_the_same(self, planned, signed_in):
        treatment = planned()
        browser = signed_in(treatment.patient.user)
        assert text(browser.get(url_of(treatment))) == text(browser.get(URL))

    def test_on_the_day_the_recovery_begins_by_itself(self, planned, signed_in, travel_to):
        treatment = planned()
        travel_to(treatment.treated_on, time(0, 1))
        found = text(signed_in(treatment.patient.user).get(URL))
        assert "Log day 0" in found
        assert "Your treatment is" not in found

    @pytest.mark.parametrize("zone, is_there", [("Pacific/Auckland", True), ("Europe/London", False)])
    def test_it_begins_where_the_patient_is(self, planned, signed_in, travel_to, zone, is_there):
        treatment = planned(9, time_zone=zone)
        travel_to(TODAY + timedelta(days=8), time(13))
        assert ("Log day 0" in text(signed_in(treatment.patient.user).get(URL))) is is_there

    def test_norms_without_preparation_say_so(self, planned, signed_in, monkeypatch):
        treatment = planned()
        monkeypatch.setattr("recovery.timeline.course.Course.guidance_on", lambda *_: [])
        monkeypatch.setattr("recovery.timeline.course.Course.guidance_between", lambda *_: [])
        found = text(signed_in(treatment.patient.user).get(URL))
        assert "There is nothing to prepare. You can log from the day of the treatment on." in found
        assert "How to prepare" not in found

    def test_it_carries_no_inline_style_or_script(self, planned, signed_in):
        markup = signed_in(planned().patient.user).get(URL).content.decode()
        assert [part for part in ("style=", "<style", "<script>", "onclick=", "javascript:") if part in markup] == []


class TestTheLogPage:
    def test_it_says_when_logging_begins_and_where_to_prepare(self, planned, signed_in):
        treatment = planned()
        response = signed_in(treatment.patient.user).get(LOG)
        assert "Logging begins on Friday 27 March, the day of your treatment" in text(response)
        assert url_of(treatment) in page(response).links

    @pytest.mark.parametrize("days", [-3, 0, 1, 9])
    def test_so_do_the_pages_of_other_days(self, planned, signed_in, days):
        day = (TODAY + timedelta(days=days)).isoformat()
        assert "Logging begins on Friday 27 March" in text(signed_in(planned().patient.user).get(reverse("log-day", args=[day])))

    @pytest.mark.parametrize("days", [0, 9])
    def test_nothing_can_be_logged(self, planned, signed_in, days):
        answers = {code: str(grade) for code, grade in CALM.items()} | {"any_sign": "none"}
        sent = answers | {"date": (TODAY + timedelta(days=days)).isoformat()}
        assert "Logging begins on Friday 27 March" in text(signed_in(planned().patient.user).post(LOG, sent))
        assert Log.objects.count() == 0

    def test_a_running_recovery_is_logged_as_before(self, as_patient, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        assert "Day 4, Wednesday 18 March" in text(as_patient.get(LOG))
        response = as_patient.get(reverse("log-day", args=["2026-03-27"]))
        assert "Friday 27 March is still to come." in text(response)
        assert "Day 4, Wednesday 18 March" in text(response)

    def test_on_the_day_logs_go_to_the_new_session(self, signed_in, treatment, clinician, travel_to):
        second = next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        travel_to(second.treated_on)
        browser = signed_in(treatment.patient.user)
        answers = {code: str(grade) for code, grade in CALM.items()} | {"any_sign": "none"}
        for day in (second.treated_on, second.treated_on - timedelta(days=1)):
            browser.post(LOG, answers | {"date": day.isoformat()})
        assert sorted(Log.objects.values_list("treatment", "day")) == [(treatment.pk, 12), (second.pk, 0)]


class TestANextSession:
    @pytest.mark.parametrize(
        "days, said",
        [
            (9, f"It is in 9 days, on Friday 27 March. You go on logging as you do now until that day. Do now {MEDICINE}"),
            (
                30,
                "You go on logging as you do now until that day. To prepare, there are things to do from Friday 3 April.",
            ),
        ],
    )
    def test_it_stands_on_the_page_of_the_running_recovery(self, as_patient, treatment, clinician, days, said):
        a_log(treatment, 4, redness=3)
        second = next_session(clinician, treatment.patient, TODAY + timedelta(days=days))
        response = as_patient.get(URL)
        assert "Redness is higher than usual for day 4." in text(response)
        assert said in text(response)
        assert url_of(second) in page(response).links

    def test_without_one_nothing_is_said(self, as_patient, treatment):
        assert "Your next session" not in text(as_patient.get(URL))

    def test_its_own_page_calls_it_the_next_session(self, as_patient, treatment, clinician):
        second = next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        assert "Your next session is in 9 days, on Friday 27 March." in text(as_patient.get(url_of(second)))

    def test_the_page_of_an_earlier_session_leaves_it_out(self, as_patient, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY)
        next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        assert "Your next session" in text(as_patient.get(URL))
        assert "Your next session" not in text(as_patient.get(url_of(treatment)))

    def test_the_running_recovery_is_the_latest_all_the_same(self, as_patient, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        assert "Log day 4" in text(as_patient.get(url_of(treatment)))


@pytest.mark.parametrize("stranger", ["other", "clinic-mate"])
def test_another_patients_plan_is_not_found(as_patient, clinician, other_clinician, stranger):
    theirs = a_treatment(other_clinician if stranger == "other" else clinician, "Mei Chen", TODAY + timedelta(days=9))
    response = as_patient.get(url_of(theirs))
    assert response.status_code == 404
    assert "27 March" not in text(response)


def test_staff_read_it_elsewhere(as_clinician, planned):
    assert as_clinician.get(url_of(planned())).status_code == 403


def test_it_is_only_read(signed_in, planned):
    treatment = planned()
    response = signed_in(treatment.patient.user).post(url_of(treatment))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_a_plan_costs_the_same_whatever_the_sessions_before(signed_in, clinician, travel_to, django_assert_max_num_queries):
    found = {}
    for sessions in (0, 2, 3):
        travel_to(TODAY)
        first = a_treatment(clinician, "Ana Ferreira", TREATED if sessions else TODAY + timedelta(days=9))
        for number in range(1, sessions):
            next_session(clinician, first.patient, TREATED + timedelta(days=number))
        if sessions:
            next_session(clinician, first.patient, TODAY + timedelta(days=9))
        browser = signed_in(first.patient.user)
        browser.get(URL)  # the norms are remembered afterwards
        with django_assert_max_num_queries(15) as captured:
            assert browser.get(URL).status_code == 200
        found[sessions] = len(captured)
    assert found[0] < found[2] == found[3]
