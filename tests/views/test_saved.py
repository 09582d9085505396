"""The answer after saving: is this normal today?"""

from datetime import UTC, date, datetime, time

import pytest
from django.urls import reverse

from tests.conftest import TODAY
from tests.factories import a_log, a_review, a_treatment
from tests.pages import item, page, text

URL = reverse("log-saved", args=[TODAY.isoformat()])


@pytest.mark.parametrize(
    "answers, headline, word",
    [
        ({}, "Your skin is as expected for day 4.", "As expected"),
        ({"redness": 3}, "Redness is higher than usual for day 4.", "Higher than usual"),
        ({"redness": 4}, "Please call your clinic today.", "Call today"),
        ({"signs": "breathing"}, "This needs help now.", "Emergency: act now"),
        ({"asked": True}, "You asked the clinic to look at day 4.", "Your clinic will look"),
    ],
)
def test_the_day_is_answered_in_a_sentence_and_a_word(as_patient, treatment, answers, headline, word):
    a_log(treatment, 4, **answers)
    seen = text(as_patient.get(URL))
    assert headline in seen
    assert word in seen


@pytest.mark.parametrize("answers, promise", [({"redness": 3}, "Friday 20 March, 18:00"), ({"signs": "fever"}, "today, 18:00")])
def test_a_flag_promises_an_answer(as_patient, treatment, answers, promise):
    a_log(treatment, 4, at=datetime(2026, 3, 18, 9, tzinfo=UTC), **answers)
    assert f"Your clinic has been told and answers by {promise}." in text(as_patient.get(URL))


def test_what_is_expected_promises_nothing(as_patient, treatment):
    a_log(treatment, 4)
    seen = text(as_patient.get(URL))
    assert "has been told" not in seen
    assert "Nothing needs doing beyond today’s care." in seen


def test_a_reviewed_day_says_that_the_clinic_has_looked(as_patient, treatment, clinician):
    a_log(treatment, 4, redness=3)
    a_review(treatment, clinician, reply="All well.")
    assert "Your clinic has looked at this." in text(as_patient.get(URL))


def test_an_emergency_gives_the_number_to_call(as_patient, treatment):
    a_log(treatment, 4, "breathing")
    response = as_patient.get(URL)
    assert "tel:999" in page(response).links
    assert "Your answers are saved. Nobody reads them in time for this." in text(response)


def test_each_answer_stands_beside_what_is_usual(as_patient, treatment):
    a_log(treatment, 4, redness=3, dryness=1)
    response = as_patient.get(URL)
    assert item(response, "Redness") == "Redness 3 moderate, usual 0–2"
    assert item(response, "Dryness") == "Dryness and tightness 1 mild, usual 0–2".replace("mild", "trace")


def test_a_day_past_the_timeline_is_compared_with_nothing_and_says_so(signed_in, treatment, travel_to):
    travel_to(treatment.date_of(370))
    a_log(treatment, 370, redness=4)
    seen = text(signed_in(treatment.patient.user).get(reverse("log-saved", args=[treatment.date_of(370).isoformat()])))
    assert "Day 370 is past the last day we can compare." in seen
    assert "has been told" not in seen


def test_the_time_is_that_of_the_clinics_clock(clinician, signed_in, travel_to):
    summer = date(2026, 7, 15)
    travel_to(summer, time(8, 5))
    treatment = a_treatment(clinician, "Ana Ferreira", summer)
    a_log(treatment, 0, redness=3, at=datetime(2026, 7, 15, 8, 5, tzinfo=UTC))
    response = signed_in(treatment.patient.user).get(reverse("log-saved", args=["2026-07-15"]))
    assert "Day 0 saved, 09:05" in text(response)


@pytest.mark.parametrize("day", ["2026-03-17", "2026-03-01", "05-01-2026", "2026-13-01", "yesterday"])
def test_a_day_without_a_log_is_not_found(as_patient, treatment, day):
    a_log(treatment, 4)
    response = as_patient.get(reverse("log-saved", args=[day]))
    assert response.status_code == 404
    assert "saved" not in text(response)


def test_the_day_of_another_patient_is_not_shown(as_patient, treatment, other_treatment):
    a_log(other_treatment, 4, redness=4)
    response = as_patient.get(URL)
    assert response.status_code == 404
    assert "Redness" not in text(response)


def test_it_is_only_read(as_patient, treatment):
    a_log(treatment, 4)
    response = as_patient.post(URL)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
