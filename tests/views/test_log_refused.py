"""Bad input on the log page: each a clear sentence, everything typed still there, nothing stored."""

from datetime import timedelta

import pytest
from django.urls import reverse

from patients.models import AuditEvent, Log
from tests.conftest import TODAY, TREATED
from tests.factories import next_session
from tests.pages import filled_in, item, page, text

URL = reverse("log")
TYPED = {
    "date": TODAY.isoformat(), "redness": "3", "swelling": "1", "flaking": "2", "breakouts": "0", "itching": "2",
    "any_sign": "some", "signs": ["fever", "pus"], "look": "on", "note": "It is <hot> & tight",
}  # fmt: skip
TOMORROW = "Thursday 19 March is tomorrow. Choose today or one of the 3 days before."
LONG_AGO = "Saturday 14 March is more than 3 days back. Choose today or one of the 3 days before."
TOO_EARLY = "Friday 13 March is before your treatment. The first day you can log is the day of the treatment."
DATES = [
    ("2026-03-19", TOMORROW),
    ("2026-03-25", "Wednesday 25 March is still to come. Choose today or one of the 3 days before."),
    ("2026-03-13", TOO_EARLY),
    ("2026-03-14", LONG_AGO),
    *[
        (typed, f"“{typed}” is not a date this page can read. Choose the day, or write it as 2026-11-20.")
        for typed in ("05/01/2026", "2026-13-01", "2026-02-30", "２０２６-03-18", "2026-W12-3", "20260318", "18 March", "0000-00-00")
    ],
]


def events():
    return AuditEvent.objects.filter(action__startswith="log").count()


@pytest.mark.parametrize("typed, says", DATES, ids=[typed for typed, _ in DATES])
class TestADate:
    def test_in_the_form_gets_its_sentence_and_nothing_is_stored(self, as_patient, typed, says):
        seen = text(as_patient.post(URL, TYPED | {"date": typed}))
        assert "Not saved yet." in seen
        assert says in seen
        assert (Log.objects.count(), events()) == (0, 0)

    def test_in_the_form_loses_nothing_that_was_typed(self, as_patient, typed, says):
        found = filled_in(as_patient.post(URL, TYPED | {"date": typed}))
        kept = {name: value if isinstance(value, list) else [value] for name, value in (TYPED | {"date": typed}).items()}
        assert {name: found[name] for name in kept} == kept

    def test_in_the_address_gets_its_sentence_on_todays_page(self, as_patient, typed, says):
        response = as_patient.get(reverse("log-day", args=[typed]))
        assert response.status_code == 404
        assert says in text(response)
        assert filled_in(response)["date"] == ["2026-03-18"]

    def test_can_be_mended_and_saved(self, as_patient, typed, says):
        response = as_patient.post(URL, TYPED | {"date": typed})
        assert page(response).types["date"] == "date"
        as_patient.post(URL, filled_in(response) | {"date": TODAY.isoformat()})
        assert list(Log.objects.values_list("day", "note")) == [(4, "It is <hot> & tight")]


def test_a_blank_date_is_asked_for(as_patient):
    response = as_patient.post(URL, TYPED | {"date": ""})
    assert "Choose the day this log is about." in text(response)
    assert Log.objects.count() == 0


def test_ten_years_after_the_treatment_it_says_so(treatment, travel_to, signed_in):
    day = treatment.treated_on + timedelta(days=3651)
    travel_to(day)
    response = signed_in(treatment.patient.user).post(URL, TYPED | {"date": day.isoformat()})
    assert "This recovery is more than ten years old. Ask your clinic to record a new treatment." in text(response)
    assert Log.objects.count() == 0


@pytest.mark.parametrize("value", ["-1", "5", "1_0", "３", "NaN", "1.0", " 3", "true", "0x1", "٣"])
def test_a_grade_that_is_none_gets_a_sentence_and_the_rest_is_kept(as_patient, value):
    response = as_patient.post(URL, TYPED | {"redness": value})
    assert f"Redness: “{value}” is not an answer. Choose one of the five, 0 to 4." in text(response)
    found = filled_in(response)
    assert (found["swelling"], found["signs"], found["note"]) == (["1"], ["fever", "pus"], ["It is <hot> & tight"])
    assert Log.objects.count() == 0


@pytest.mark.parametrize(
    "code, says",
    [
        ("redness", "Redness: choose one of the five answers."),
        ("swelling", "Swelling: choose one of the five answers."),
        ("flaking", "Flaking: choose one of the five answers."),
        ("breakouts", "Breakouts: choose one of the five answers."),
    ],
)
def test_a_missing_core_symptom_is_asked_for(as_patient, code, says):
    response = as_patient.post(URL, {name: value for name, value in TYPED.items() if name != code})
    assert says in text(response)
    assert "One answer is missing or unclear. Everything you entered is still here." in text(response)
    assert Log.objects.count() == 0


def test_the_sentence_leads_to_the_question(as_patient):
    response = as_patient.post(URL, TYPED | {"redness": "", "any_sign": ""} | {"signs": []})
    assert {"#ask-redness", "#ask-signs"} <= set(page(response).links)
    markup = response.content.decode()
    assert [name for name in ("redness", "signs") if f'id="ask-{name}"' not in markup] == []


def test_several_mistakes_are_all_named(as_patient):
    seen = text(as_patient.post(URL, {"date": TODAY.isoformat()}))
    assert "5 answers are missing or unclear." in seen
    assert "Any of these today? Choose “None of these”, or tick what you have." in seen


def test_a_text_with_code_in_it_is_shown_as_text(as_patient):
    response = as_patient.post(URL, TYPED | {"redness": "<script>alert(1)</script>"})
    assert b"<script>alert" not in response.content
    assert "“<script>alert(1)</script>” is not an answer." in text(response)


def test_a_refused_date_shows_today_of_the_session_that_runs(as_patient, treatment, clinician, travel_to, signed_in):
    travel_to(TODAY + timedelta(days=40))
    second = next_session(clinician, treatment.patient, TODAY + timedelta(days=38))
    browser = signed_in(treatment.patient.user)
    response = browser.get(reverse("log-day", args=[(TREATED + timedelta(days=10)).isoformat()]))
    assert "Save day 2" in text(response)
    assert "more than 3 days back" in text(response)
    assert second.session_number == 2


def test_the_days_that_can_be_chosen_are_links(as_patient):
    found = page(as_patient.get(URL)).links
    assert sorted({link for link in found if link.startswith("/log/2026")}) == ["/log/2026-03-15/", "/log/2026-03-16/", "/log/2026-03-17/"]
    assert item(as_patient.get(URL), "Day 0, ").startswith("Day 0, Sat, no log")
