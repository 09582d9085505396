"""The clinician's queue: who stands in it, in which order, and why."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse

from patients.models import Role
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_review, a_treatment, next_session
from tests.pages import item, items, page, text

URL = reverse("queue")
NAMES = [f"{letter * 3} Patient" for letter in "ABCDEFGH"]


def morning(minute):
    return datetime(2026, 3, 18, 8, minute, tzinfo=UTC)


def flagged(clinician, name, minute=0, **answers):
    treatment = a_treatment(clinician, name, TREATED)
    a_log(treatment, 4, at=morning(minute), **(answers or {"redness": 3}))
    return treatment


def names_on(response):
    return [name for entry in items(response) for name in NAMES if name in entry]


class TestWhoStandsInIt:
    def test_a_recovery_with_an_open_flag(self, as_clinician, clinician):
        flagged(clinician, "AAA Patient")
        assert names_on(as_clinician.get(URL)) == ["AAA Patient"]

    def test_not_a_calm_one(self, as_clinician, clinician, treatment):
        a_log(treatment, 4)
        seen = text(as_clinician.get(URL))
        assert "Ana Ferreira" not in seen
        assert "Nothing needs review. 1 log today, nothing open." in seen

    def test_not_a_reviewed_one(self, as_clinician, clinician):
        treatment = flagged(clinician, "AAA Patient")
        a_review(treatment, clinician)
        assert names_on(as_clinician.get(URL)) == []

    def test_a_reviewed_one_returns_when_something_worse_comes_in(self, as_clinician, clinician, travel_to, signed_in):
        treatment = flagged(clinician, "AAA Patient")
        a_review(treatment, clinician)
        travel_to(TODAY + timedelta(days=1), time(9))
        a_log(treatment, 5, redness=3, at=datetime(2026, 3, 19, 8, tzinfo=UTC))
        assert names_on(signed_in(clinician).get(URL)) == ["AAA Patient"]

    def test_not_one_of_another_clinic(self, as_clinician, other_treatment):
        a_log(other_treatment, 4, redness=4)
        assert "Lea Krog" not in text(as_clinician.get(URL))

    def test_each_session_on_its_own_row(self, as_clinician, clinician, travel_to, signed_in):
        first = flagged(clinician, "AAA Patient")
        second = next_session(clinician, first.patient, TODAY)
        a_log(second, 0, "fever", at=morning(5))
        assert names_on(as_clinician.get(URL)) == ["AAA Patient", "AAA Patient"]

    def test_the_logs_of_today_are_those_of_the_clinics_day(self, signed_in, travel_to):
        clinic = a_clinic("Bay Clinic", time_zone="Pacific/Auckland")
        clinician = a_member(clinic, Role.CLINICIAN, "Tane Hill")
        travel_to(TODAY, time(12))  # one in the night of the 19th there
        a_log(a_treatment(clinician, "Mei Chen", TODAY, time_zone="Pacific/Auckland"), 1, at=datetime(2026, 3, 18, 11, 30, tzinfo=UTC))
        assert "1 log today" in text(signed_in(clinician).get(URL))

    def test_they_are_counted_from_midnight_on_not_by_the_date_of_every_log(self, as_clinician, django_assert_max_num_queries):
        with django_assert_max_num_queries(10) as captured:
            as_clinician.get(URL)
        (counted,) = [query["sql"] for query in captured if 'FROM "patients_log"' in query["sql"]]
        assert '"entered_at" >= ' in counted


def test_the_most_urgent_stands_first_then_who_asked_then_who_is_furthest_out_then_who_waits_longest(as_clinician, clinician):
    flagged(clinician, "AAA Patient", 1)
    flagged(clinician, "BBB Patient", 0)
    flagged(clinician, "CCC Patient", 5, asked=True)
    flagged(clinician, "DDD Patient", 4, redness=4)
    flagged(clinician, "EEE Patient", 3, signs="fever")
    flagged(clinician, "FFF Patient", 9, signs="breathing")
    flagged(clinician, "GGG Patient", 6, signs="fever", asked=True)
    order = ["FFF", "GGG", "DDD", "EEE", "CCC", "BBB", "AAA"]
    assert names_on(as_clinician.get(URL)) == [f"{name} Patient" for name in order]


class TestARow:
    @pytest.mark.parametrize(
        "answers, why",
        [
            ({"redness": 3}, "Redness 3, expected 0–2 on day 4"),
            ({"redness": 4}, "Redness 4, expected 0–2 on day 4; above 3 is urgent"),
            ({"signs": "fever"}, "Warning sign: Fever or chills"),
            ({"signs": "fever firm_bumps"}, "Warning signs: Fever or chills; Firm lumps that appear or stay"),
            ({"asked": True}, "Asked the clinic to look"),
        ],
    )
    def test_it_says_why(self, as_clinician, clinician, answers, why):
        flagged(clinician, "AAA Patient", **answers)
        assert why in item(as_clinician.get(URL), "AAA Patient")

    def test_it_says_what_a_rise_compares_with(self, as_clinician, clinician):
        treatment = a_treatment(clinician, "AAA Patient", TREATED)
        a_log(treatment, 3, redness=0)
        a_log(treatment, 4, redness=2)
        assert "Redness 2, expected 0–2 on day 4; up 2 since day 3" in item(as_clinician.get(URL), "AAA Patient")

    @pytest.mark.parametrize(
        "answers, word", [({"redness": 3}, "Watch"), ({"redness": 4}, "Urgent"), ({"signs": "breathing"}, "Emergency")]
    )
    def test_its_urgency_is_a_word(self, as_clinician, clinician, answers, word):
        flagged(clinician, "AAA Patient", **answers)
        assert item(as_clinician.get(URL), "AAA Patient").startswith(word)

    def test_it_says_who_where_and_until_when(self, as_clinician, clinician):
        flagged(clinician, "AAA Patient")
        row = item(as_clinician.get(URL), "AAA Patient")
        assert "AAA Patient Day 4, pen" in row
        assert "Fri 20 Mar, 18:00" in row
        assert "4 h" in row

    def test_a_further_session_says_its_number(self, as_clinician, treatment, clinician):
        second = next_session(clinician, treatment.patient, TODAY)
        a_log(second, 0, "fever", at=morning(5))
        assert "session 2" in item(as_clinician.get(URL), "Ana Ferreira")

    def test_it_says_how_late_an_answer_is(self, clinician, signed_in, travel_to):
        flagged(clinician, "AAA Patient")
        travel_to(TODAY + timedelta(days=2), time(21))
        row = item(signed_in(clinician).get(URL), "AAA Patient")
        assert "3 h overdue was today, 18:00" in row.lower()

    def test_it_leads_to_the_recovery(self, as_clinician, clinician):
        treatment = flagged(clinician, "AAA Patient")
        assert reverse("clinic-recovery", args=[treatment.uuid]) in page(as_clinician.get(URL)).links

    def test_a_name_with_code_in_it_is_shown_as_text(self, as_clinician, clinician):
        flagged(clinician, "<b>AAA</b> Patient")
        assert "<b>AAA</b> Patient" in text(as_clinician.get(URL))


def test_the_page_says_how_many_and_when_by_the_clinics_clock(clinician, signed_in, travel_to):
    travel_to(TODAY + timedelta(days=90), time(8, 5))
    treatment = a_treatment(clinician, "AAA Patient", TODAY + timedelta(days=90))
    a_log(treatment, 0, "fever", at=datetime(2026, 6, 16, 8, tzinfo=UTC))
    assert "Tuesday 16 June, 09:05. 1 needs review." in text(signed_in(clinician).get(URL))


def test_it_is_only_read(as_clinician):
    response = as_clinician.post(URL)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("browser", ["as_patient", "as_admin"])
def test_it_is_for_clinicians(request, browser):
    response = request.getfixturevalue(browser).get(URL)
    assert response.status_code == 403
    assert "This page belongs to the clinicians of a clinic." in text(response)


def test_a_clinician_without_a_clinic_is_told_so(superuser, signed_in):
    superuser.role = Role.CLINICIAN
    superuser.save()
    response = signed_in(superuser).get(URL)
    assert response.status_code == 403
    assert "clinic" in text(response)
