"""The log page: opening it, sending it, amending, and filling it in like the day before."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from patients.models import AuditEvent, Log
from tests.conftest import EVENT_MORE, TODAY, TREATED
from tests.factories import CALM, a_log, a_patient, a_treatment, live_flags, next_session
from tests.pages import filled_in, page, text

URL = reverse("log")
ANSWERS = {**{code: str(grade) for code, grade in CALM.items()}, "any_sign": "none"}


def answers(day=TODAY, **changes):
    return {"date": day.isoformat(), **ANSWERS, **changes}


def url_of(day):
    return reverse("log-day", args=[day.isoformat()])


class TestOpening:
    def test_it_asks_for_today(self, as_patient):
        response = as_patient.get(URL)
        assert "Day 4, Wednesday 18 March" in text(response)
        assert filled_in(response)["date"] == ["2026-03-18"]

    def test_it_asks_the_four_core_symptoms_and_offers_the_others(self, as_patient):
        seen = text(as_patient.get(URL))
        core = ("How red is your skin?", "How swollen or puffy is it?")
        assert [question for question in (*core, "Dryness and tightness", "Leave this out") if question not in seen] == []

    def test_nothing_is_chosen_beforehand(self, as_patient):
        response = as_patient.get(URL)
        choices = {name for name, kind in page(response).types.items() if kind in ("radio", "checkbox")}
        assert [name for name in {*choices, "note"} if any(filled_in(response).get(name, []))] == []

    def test_each_day_in_reach_has_its_page(self, as_patient):
        for back in range(4):
            assert f"Day {4 - back}, " in text(as_patient.get(url_of(TODAY - timedelta(days=back))))

    def test_it_says_that_nobody_watches_and_how_to_reach_the_clinic(self, as_patient):
        seen = text(as_patient.get(URL))
        assert "Nobody watches these answers as they come in. The clinic reads them Monday to Friday, 9:00 to 18:00." in seen
        assert "Emergency 999" in seen
        assert "Linden Skin Clinic 020 7946 0145" in seen

    def test_each_warning_sign_brings_its_advice(self, as_patient):
        seen = text(as_patient.get(URL))
        assert "Fever or chills" in seen
        assert "Do not wait for a reply." in seen

    def test_a_day_that_is_logged_opens_with_its_answers(self, as_patient, treatment):
        a_log(treatment, 4, "fever", asked=True, note="Warm & <red>", redness=3, itching=2)
        response = as_patient.get(URL)
        assert "You already logged day 4. This changes that entry." in text(response)
        expected = {
            "date": ["2026-03-18"], "redness": ["3"], "swelling": ["0"], "flaking": ["0"], "breakouts": ["0"], "itching": ["2"],
            "any_sign": ["some"], "signs": ["fever"], "look": ["on"], "note": ["Warm & <red>"], "add": ["itching"],
        }  # fmt: skip
        assert {name: values for name, values in filled_in(response).items() if name not in ("chips", "key")} == expected

    def test_what_is_opened_and_sent_unchanged_is_no_change(self, as_patient, treatment):
        a_log(treatment, 4, "fever pus", asked=True, note="Two\nlines", redness=3, itching=2)
        response = as_patient.post(URL, filled_in(as_patient.get(URL)), follow=True)
        assert "You already logged this day. It says the same." in text(response)
        assert not AuditEvent.objects.filter(action="log amended").exists()

    @pytest.mark.parametrize("day, asked", [(13, False), (14, True)])
    def test_the_result_is_asked_from_day_14(self, as_patient, treatment, travel_to, signed_in, day, asked):
        travel_to(TREATED + timedelta(days=day))
        seen = text(signed_in(treatment.patient.user).get(URL))
        assert ("How does the treated skin look compared with before the treatment?" in seen) is asked

    def test_before_the_first_treatment_it_says_so(self, clinician, signed_in):
        browser = signed_in(a_patient(clinician, "Mei Chen").user)
        assert "Your clinic has not recorded a treatment for you." in text(browser.get(URL))
        assert "No treatment yet" in text(browser.post(URL, answers()))

    def test_a_second_session_starts_at_day_0(self, as_patient, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY)
        assert "Day 0, Wednesday 18 March" in text(as_patient.get(URL))
        assert "Day 3, Tuesday 17 March" in text(as_patient.get(url_of(TODAY - timedelta(days=1))))


class TestSending:
    def test_a_log_is_saved_and_answered(self, as_patient, treatment):
        response = as_patient.post(URL, answers(redness="3", dryness="2", note="Sun"), follow=True)
        assert response.redirect_chain == [("/log/2026-03-18/saved/", 302)]
        log = Log.objects.get()
        assert (log.day, log.severities, log.note) == (4, {**CALM, "redness": 3, "dryness": 2}, "Sun")
        assert "Redness is higher than usual for day 4." in text(response)

    def test_what_is_out_of_range_is_flagged(self, as_patient, treatment):
        as_patient.post(URL, answers(any_sign="some", signs=["fever"], look="on"))
        assert live_flags(treatment) == [(4, "asked_for_review", "log", 2), (4, "warning_sign", "fever", 3)]

    def test_an_earlier_day_keeps_its_delay(self, as_patient):
        as_patient.post(URL, answers(TODAY - timedelta(days=2)))
        assert list(Log.objects.values_list("day", "days_late")) == [(2, 2)]

    def test_the_form_keeps_the_day_it_was_opened_for_past_midnight(self, signed_in, patient, travel_to):
        travel_to(TODAY, time(23, 58))
        browser = signed_in(patient.user)
        opened = filled_in(browser.get(URL))
        travel_to(TODAY + timedelta(days=1), time(0, 3))
        browser.post(URL, opened | ANSWERS)
        assert list(Log.objects.values_list("day", "days_late")) == [(4, 1)]

    def test_what_was_closed_again_is_not_saved(self, as_patient, treatment):
        a_log(treatment, 4, itching=2, pain=1)
        opened = filled_in(as_patient.get(URL))
        as_patient.post(URL, opened | {"add": ["pain"]})
        assert Log.objects.get().severities == {**CALM, "pain": 1}

    def test_a_second_log_of_the_day_amends_and_says_so(self, as_patient):
        as_patient.post(URL, answers(redness="3"))
        response = as_patient.post(URL, answers(redness="2"), follow=True)
        assert "You already logged this day. This changed that entry." in text(response)
        assert [log.severities["redness"] for log in Log.objects.all()] == [2]

    def test_two_submissions_at_once_store_one_log(self, as_patient):
        pages = [as_patient.post(URL, answers(redness="3"), follow=True) for _ in range(2)]
        assert "It says the same." in text(pages[1])
        assert (Log.objects.count(), AuditEvent.objects.filter(action__startswith="log").count()) == (1, 1)

    def test_nobody_logs_for_another_patient(self, signed_in, treatment, clinician):
        other = a_treatment(clinician, "Mei Chen", TODAY)
        signed_in(other.patient.user).post(URL, answers())
        assert list(Log.objects.values_list("treatment", "day")) == [(other.pk, 0)]

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_other_verbs_are_refused(self, as_patient, method):
        response = getattr(as_patient, method)(URL)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")

    def test_staff_have_no_log(self, as_clinician, treatment):
        response = as_clinician.post(URL, answers())
        assert response.status_code == 403
        assert "This page belongs to patients. Your work is under Queue and Norms." in text(response)
        assert Log.objects.count() == 0


class TestSameAsBefore:
    @pytest.fixture
    def before(self, treatment):
        return a_log(treatment, 2, "fever", asked=True, note="Old note", redness=2, dryness=1)

    def test_it_fills_in_the_day_before_and_keeps_todays_words(self, as_patient, before):
        response = as_patient.post(URL, {"date": TODAY.isoformat(), "same": "1", "note": "New note", "redness": "4"})
        assert "Filled in as on day 2. Change what is different, then save." in text(response)
        found = filled_in(response)
        assert {name: found.get(name) for name in ("date", "redness", "dryness", "signs", "note", "look")} == {
            "date": ["2026-03-18"], "redness": ["2"], "dryness": ["1"], "signs": ["fever"], "note": ["New note"], "look": None,
        }  # fmt: skip

    def test_it_saves_nothing(self, as_patient, before):
        as_patient.post(URL, answers(same="1"))
        assert Log.objects.count() == 1

    def test_what_it_filled_in_can_be_saved(self, as_patient, before):
        filled = filled_in(as_patient.post(URL, {"date": TODAY.isoformat(), "same": "1"}))
        as_patient.post(URL, filled)
        assert Log.objects.get(day=4).severities == {**CALM, "redness": 2, "dryness": 1}

    def test_it_is_not_offered_on_the_first_day(self, as_patient):
        assert "Same as" not in text(as_patient.get(URL))

    def test_without_a_day_before_nothing_is_chosen(self, as_patient):
        found = filled_in(as_patient.post(URL, answers(same="1")))
        assert "redness" not in found

    def test_the_choices_of_the_day_before_are_marked(self, as_patient, before):
        assert "Last time: 2, Pink, like light sunburn" in text(as_patient.get(URL))


def send(browser, treatment, day, **changes):
    return browser.post(URL, answers(treatment.date_of(day), **changes))


class TestQueries:
    MOST = 21 + EVENT_MORE

    def count(self, send, django_assert_max_num_queries):
        with django_assert_max_num_queries(self.MOST) as captured:
            assert send().status_code == 302
        return len(captured)

    def test_a_log_costs_the_same_after_1_and_30_days(self, signed_in, clinician, travel_to, django_assert_max_num_queries):
        found = {}
        for logs in (1, 3, 30):
            travel_to(TODAY)
            treatment = a_treatment(clinician, "Ana Ferreira", TREATED)
            for day in range(logs):
                a_log(treatment, day)
            travel_to(treatment.date_of(logs))
            browser = signed_in(treatment.patient.user)
            found[logs] = self.count(lambda b=browser, t=treatment, d=logs: send(b, t, d, look="on"), django_assert_max_num_queries)
        assert found[1] == found[3] == found[30]

    @pytest.mark.parametrize("flagged", [1, 6])
    def test_the_dearest_amendment_stays_within_the_budget(
        self, signed_in, treatment, clinician, travel_to, django_assert_max_num_queries, flagged
    ):
        second = next_session(clinician, treatment.patient, TODAY)
        a_log(treatment, 0)
        for day in (0, 1, 2, 3):
            a_log(second, day, "fever", redness=4)
        travel_to(second.date_of(3), time(20))
        browser = signed_in(treatment.patient.user)
        extra = dict.fromkeys(["pain", "itching", "bleeding", "bruising", "roughness", "dryness"][:flagged], "4")
        self.count(lambda: send(browser, second, 0, redness="1", look="on", **extra), django_assert_max_num_queries)
        assert len(live_flags(second)) > flagged


@pytest.mark.parametrize(("logged", "label"), [(3, "Same as yesterday"), (1, "Same as day 1")])
def test_the_button_names_the_day_it_fills_in_from(as_patient, treatment, travel_to, logged, label):
    travel_to(TODAY)
    a_log(treatment, logged)
    assert label in text(as_patient.get(URL))
