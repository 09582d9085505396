"""The patient's recovery page."""

import gzip
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_patient, a_review, a_treatment, next_session
from tests.pages import text

URL = reverse("recovery")


def url_of(treatment):
    return reverse("recovery-of", args=[treatment.uuid])


class TestShown:
    def test_before_the_first_log_it_asks_for_one(self, as_patient, treatment):
        response = as_patient.get(URL)
        assert "Log today to see whether your skin is as expected." in text(response)
        assert "Log day 4" in text(response)

    def test_the_verdict_of_the_latest_log_stands_first(self, as_patient, treatment):
        a_log(treatment, 3, "fever", redness=2)
        a_log(treatment, 4, redness=3)
        seen = text(as_patient.get(URL))
        assert "Day 4, Wednesday 18 March Higher than usual Redness is higher than usual for day 4." in seen
        assert "You ticked" not in seen

    def test_a_day_that_is_logged_is_not_asked_for_again(self, as_patient, treatment):
        a_log(treatment, 4)
        assert "Log day 4" not in text(as_patient.get(URL))

    @pytest.mark.parametrize("day, is_offered", [(3650, True), (3651, False)])
    def test_the_last_day_that_can_be_logged_is_offered(self, signed_in, travel_to, treatment, day, is_offered):
        travel_to(treatment.date_of(day))
        assert (f"Log day {day}" in text(signed_in(treatment.patient.user).get(URL))) is is_offered

    def test_the_clinics_reply_is_there(self, as_patient, treatment, clinician):
        a_log(treatment, 4, redness=3)
        a_review(treatment, clinician, reply="Keep it <moist>.", note="Seems anxious.", at=datetime(2026, 3, 18, 11, 5, tzinfo=UTC))
        seen = text(as_patient.get(URL))
        assert "From your clinic Mira Osei, nurse. Wednesday 18 March, 11:05 Keep it <moist>." in seen
        assert "Seems anxious" not in seen

    def test_a_review_without_a_reply_shows_nothing(self, as_patient, treatment, clinician):
        a_log(treatment, 4, redness=3)
        a_review(treatment, clinician, note="Seems anxious.")
        assert "From your clinic" not in text(as_patient.get(URL))

    def test_times_are_of_the_clinics_clock(self, clinician, signed_in, travel_to):
        summer = date(2026, 7, 15)
        travel_to(summer, time(20))
        treatment = a_treatment(clinician, "Ana Ferreira", summer)
        a_log(treatment, 0, "fever", at=datetime(2026, 7, 15, 7, tzinfo=UTC))
        a_review(treatment, clinician, reply="All well.", at=datetime(2026, 7, 15, 8, 5, tzinfo=UTC))
        assert "Wednesday 15 July, 09:05" in text(signed_in(treatment.patient.user).get(URL))

    def test_the_chart_has_a_title_for_each_point_and_a_table(self, as_patient, treatment):
        a_log(treatment, 0, redness=3)
        a_log(treatment, 4, redness=3)
        markup, seen = as_patient.get(URL).content.decode(), text(as_patient.get(URL))
        assert "<title>Day 0: 3 moderate, expected 1–4</title>" in markup
        assert "<title>Day 4: 3 moderate, expected 0–2</title>" in markup
        assert "Day 0 4 Redness 3 1–4 3 watch 0–2" in seen

    def test_a_symptom_beyond_the_core_appears_once_it_was_rated(self, as_patient, treatment):
        assert "Itching" not in text(as_patient.get(URL))
        a_log(treatment, 4, itching=1)
        assert "1 more that you told us about" in text(as_patient.get(URL))

    def test_phase_guidance_and_milestones_are_of_today(self, as_patient, treatment):
        seen = text(as_patient.get(URL))
        assert "Days 0 to 7: Initial healing What is usual today" in seen
        assert "Redness and swelling ease over the first days" in seen
        assert "Care today Do" in seen
        assert "What comes next" in seen

    def test_before_the_first_treatment_it_says_so(self, clinician, signed_in):
        assert "No treatment yet" in text(signed_in(a_patient(clinician, "Mei Chen").user).get(URL))

    def test_it_carries_no_inline_style_or_script(self, as_patient, treatment):
        a_log(treatment, 4, redness=3)
        markup = as_patient.get(URL).content.decode()
        assert [part for part in ("style=", "<style", "<script>", "onclick=", "javascript:") if part in markup] == []


class TestSessions:
    @pytest.fixture
    def second(self, treatment, clinician):
        a_log(treatment, 3, "fever")
        return next_session(clinician, treatment.patient, TODAY)

    def test_the_latest_is_shown_unless_another_is_asked_for(self, as_patient, treatment, second):
        a_log(second, 0, redness=2)
        assert "Day 0, Wednesday 18 March" in text(as_patient.get(URL))
        assert text(as_patient.get(url_of(second))) == text(as_patient.get(URL))
        assert "Day 3, Tuesday 17 March" in text(as_patient.get(url_of(treatment)))

    def test_an_earlier_one_does_not_offer_to_log_its_day(self, as_patient, treatment, second):
        assert "Log day 4" not in text(as_patient.get(url_of(treatment)))

    def test_a_day_before_its_first_does_not_upset_it(self, clinician, signed_in, travel_to):
        travel_to(TODAY, time(8))  # the 18th in London, still the 17th at the patient's new home
        treatment = a_treatment(clinician, "Kenji Mori", TODAY)
        a_log(treatment, 0, redness=3)
        browser = signed_in(treatment.patient.user)
        browser.post(reverse("settings"), {"theme": "light", "time_zone": "Pacific/Honolulu", "reminder_hour": "off"})
        seen = text(browser.get(URL))
        assert "Day 0, Wednesday 18 March" in seen
        assert "Your next session" not in seen


@pytest.mark.parametrize("stranger", ["other", "clinic-mate"])
def test_another_patients_recovery_is_not_found(as_patient, clinician, other_treatment, stranger):
    theirs = other_treatment if stranger == "other" else a_treatment(clinician, "Mei Chen", TREATED)
    a_log(theirs, 4, redness=4)
    response = as_patient.get(url_of(theirs))
    assert response.status_code == 404
    assert "Redness" not in text(response)


def test_staff_read_it_elsewhere(as_clinician, treatment):
    response = as_clinician.get(url_of(treatment))
    assert response.status_code == 403
    assert "This page belongs to patients." in text(response)


def test_it_is_only_read(as_patient, treatment):
    response = as_patient.post(URL)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("sessions, queries", [(1, 9), (2, 11), (3, 11)])
def test_it_costs_the_same_after_1_and_30_logs_and_in_every_later_session(signed_in, clinician, travel_to, sessions, queries):
    for logs in (1, 30):
        treatment = a_series(clinician, travel_to, sessions, logs)
        browser = signed_in(treatment.patient.user)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(URL).status_code == 200
        assert len(captured) == queries, [query["sql"][:90] for query in captured]


@pytest.mark.parametrize("sessions", [1, 3])
def test_thirty_logs_weigh_at_most_15_kilobytes(signed_in, clinician, travel_to, sessions):
    response = signed_in(a_series(clinician, travel_to, sessions, 30).patient.user).get(URL)
    assert response.content.count(b"<title>") > 100
    assert len(gzip.compress(response.content)) <= 15_000


def a_series(clinician, travel_to, sessions, logs):
    """Sessions 40 days apart with logs, flags and replies; the day after the last log."""
    treatment = None
    for number in range(sessions):
        treated_on = TREATED + timedelta(days=40 * number)
        travel_to(treated_on)
        if treatment is None:
            treatment = a_treatment(clinician, "Ana Ferreira", treated_on)
        else:
            treatment = next_session(clinician, treatment.patient, treated_on)
        for day in range(logs):
            a_log(treatment, day, redness=4, itching=(day + number) % 3, asked=day == 0)
            if day % 10 == 0:
                a_review(treatment, clinician, reply="All well.")
        travel_to(treatment.date_of(logs))
    return treatment
