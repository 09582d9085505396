"""One recovery as the clinic sees it, and its review."""

from datetime import UTC, date, datetime, time
from uuid import uuid4

import pytest
from django.urls import reverse

from patients.actions.outbox import send
from patients.actions.reviews import ANNOUNCE_AFTER, UNDO_FOR, undo_review
from patients.models import Review, Role
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_member, a_review, a_treatment, next_session, open_flags
from tests.pages import filled_in, page, text


def url_of(treatment, name="clinic-recovery"):
    return reverse(name, args=[treatment.uuid])


@pytest.fixture
def flagged(treatment):
    a_log(treatment, 3, redness=2)
    a_log(treatment, 4, "fever", note="Hot since <noon>.", redness=3)
    return treatment


class TestThePage:
    def test_each_open_flag_says_what_why_and_by_which_rule(self, as_clinician, flagged):
        seen = text(as_clinician.get(url_of(flagged)))
        assert "2 open flags" in seen
        assert "Redness 3 on day 4, expected 0–2; 2 or less would not have been flagged;" in seen
        assert "Warning sign on day 4: Fever or chills" in seen

    def test_a_flag_shows_its_band_and_its_norms(self, as_clinician, flagged):
        response = as_clinician.get(url_of(flagged))
        assert "low 0, typical 1, high 2" in text(response)
        assert "/norms/pen/v1/?symptom=redness" in page(response).links

    def test_every_log_is_in_the_table_with_signs_and_notes(self, as_clinician, flagged):
        seen = text(as_clinician.get(url_of(flagged)))
        assert "Redness 2 0–2 3 watch 0–2" in seen
        assert "Warning signs none Fever or chills" in seen
        assert "Hot since <noon>." in seen

    def test_a_late_and_an_amended_entry_say_so(self, as_clinician, treatment):
        a_log(treatment, 1, late=2)
        a_log(treatment, 1, late=3, redness=2)
        seen = text(as_clinician.get(url_of(treatment)))
        assert "2 days late" in seen
        assert "amended" in seen

    def test_a_reviewed_flag_is_open_no_longer(self, as_clinician, flagged, clinician):
        a_review(flagged, clinician, note="Called.", reply="All well.")
        seen = text(as_clinician.get(url_of(flagged)))
        assert "Nothing is open." in seen
        assert "“All well.”" in seen
        assert "Note: Called." in seen

    def test_an_undone_review_says_so(self, as_clinician, flagged, clinician, clinic):
        colleague = a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")
        undo_review(by=colleague, review=a_review(flagged, clinician, reply="All well."), now=datetime(2026, 3, 18, 12, 5, tzinfo=UTC))
        seen = text(as_clinician.get(url_of(flagged)))
        assert "Advice given. Undone Wed 18 Mar, 12:05 by Jonas Lind, Dr" in seen
        assert "2 open flags" in seen

    def test_nothing_open_offers_no_review(self, as_clinician, treatment):
        assert "disposition" not in page(as_clinician.get(url_of(treatment))).types

    def test_it_shows_what_is_known_of_the_patient(self, as_clinician, clinician):
        known = {"factors": ("acne_prone",), "baseline": {"redness": 2}, "device": "SkinPen"}
        treatment = a_treatment(clinician, "Mei Chen", TREATED, "pen-deep", **known)
        seen = text(as_clinician.get(url_of(treatment)))
        assert "Acne-prone skin" in seen
        assert "Redness 2" in seen
        assert "SkinPen" in seen

    def test_the_session_before_is_a_link(self, as_clinician, flagged, clinician):
        second = next_session(clinician, flagged.patient, TODAY)
        assert url_of(flagged) in page(as_clinician.get(url_of(second))).links

    def test_times_are_of_the_clinics_clock(self, clinician, signed_in, travel_to):
        summer = date(2026, 7, 15)
        travel_to(summer, time(20))
        treatment = a_treatment(clinician, "Ana Ferreira", summer)
        a_log(treatment, 0, "fever", at=datetime(2026, 7, 15, 7, 10, tzinfo=UTC))
        a_review(treatment, clinician, at=datetime(2026, 7, 15, 8, 5, tzinfo=UTC))
        seen = text(signed_in(clinician).get(url_of(treatment)))
        assert "08:10" in seen
        assert "Wed 15 Jul, 09:05" in seen

    def test_it_costs_the_same_after_1_3_and_30_logs(self, clinician, signed_in, travel_to, django_assert_max_num_queries):
        found = {}
        for logs in (1, 3, 30):
            travel_to(TODAY)
            treatment = a_treatment(clinician, "Ana Ferreira", TREATED)
            for day in range(logs):
                a_log(treatment, day, "fever", redness=4)
                a_review(treatment, clinician, reply="All well.")
            a_log(treatment, logs, "fever", redness=4)
            travel_to(treatment.date_of(logs))
            browser = signed_in(clinician)
            with django_assert_max_num_queries(15) as captured:
                assert browser.get(url_of(treatment)).status_code == 200
            found[logs] = len(captured)
        assert found[1] == found[3] == found[30]


def decided(browser, treatment, **changes):
    """What the page's own form would send, with a decision."""
    form = filled_in(browser.get(url_of(treatment)))
    return {**form, "disposition": "advice", "reply": "Keep it moist.", "note": "Calm.", **changes}


class TestReviewing:
    def test_it_answers_what_was_seen_and_goes_back_to_the_queue(self, as_clinician, flagged, clinician):
        response = as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged), follow=True)
        assert response.redirect_chain == [(reverse("queue"), 302)]
        assert "Ana Ferreira: reviewed, advice given." in text(response)
        review = Review.objects.get()
        assert (review.disposition, review.reply, review.note, review.reviewed_by) == ("advice", "Keep it moist.", "Calm.", clinician)
        assert open_flags(flagged) == []

    def test_the_patient_reads_the_reply(self, as_clinician, flagged, signed_in):
        as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged))
        seen = text(signed_in(flagged.patient.user).get(reverse("recovery")))
        assert "Keep it moist." in seen
        assert "Calm." not in seen

    def test_the_patient_gets_a_mail_once_it_cannot_be_undone_any_more(self, as_clinician, flagged, mailoutbox, frozen):
        as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged))
        send(now=frozen + UNDO_FOR)
        assert mailoutbox == []
        send(now=frozen + ANNOUNCE_AFTER)
        assert [mail.to for mail in mailoutbox if "answered" in mail.subject] == [[flagged.patient.user.email]]

    def test_a_flag_raised_after_the_page_was_opened_stays_open(self, as_clinician, flagged):
        form = decided(as_clinician, flagged)
        a_log(flagged, 5, "pus")
        as_clinician.post(url_of(flagged, "review"), form)
        assert [flag.subject for flag in open_flags(flagged)] == ["pus"]

    def test_the_loser_of_a_race_is_told_who_won_and_keeps_the_text(self, as_clinician, flagged, clinic):
        form = decided(as_clinician, flagged)
        a_review(flagged, a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr"))
        response = as_clinician.post(url_of(flagged, "review"), form)
        assert "Jonas Lind, Dr reviewed this at 12:00: advice given. Your text is kept below." in text(response)
        assert {name: filled_in(response)[name] for name in ("reply", "note", "disposition")} == {
            "reply": ["Keep it moist."], "note": ["Calm."], "disposition": ["advice"],
        }  # fmt: skip
        assert Review.objects.count() == 1

    def test_a_log_changed_meanwhile_is_said_and_the_text_kept(self, as_clinician, flagged):
        form = decided(as_clinician, flagged)
        a_log(flagged, 4)
        response = as_clinician.post(url_of(flagged, "review"), form)
        says = "Ana changed day 4 at 19:00 while you were reading. Nothing of this is open any more. Your text is kept below."
        assert says in text(response)
        assert filled_in(response)["reply"] == ["Keep it moist."]

    @pytest.mark.parametrize(
        "change, says",
        [
            ({"disposition": ""}, "Choose a decision."),
            ({"disposition": "ignored"}, "“ignored” is not a decision. Choose one of the list."),
            ({"flags": ""}, "This page is out of date. Load it again; your text is kept below."),
            ({"flags": "1,2"}, "This page is out of date. Load it again; your text is kept below."),
            ({"flags": str(uuid4())}, "Nothing of this is open any more"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_text_kept(self, as_clinician, flagged, change, says):
        response = as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged, **change))
        assert says in text(response)
        assert (filled_in(response)["reply"], filled_in(response)["note"], Review.objects.count()) == (["Keep it moist."], ["Calm."], 0)

    def test_a_reply_that_is_too_long_is_said_and_kept(self, as_clinician, flagged):
        response = as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged, reply="x" * 4001))
        assert "at most 4000 characters (it has 4001)" in text(response)
        assert filled_in(response)["reply"] == ["x" * 4001]

    def test_it_is_sent_not_opened(self, as_clinician, flagged):
        response = as_clinician.get(url_of(flagged, "review"))
        assert (response.status_code, response["Allow"]) == (405, "POST")


def test_the_page_itself_is_only_read(as_clinician, flagged):
    response = as_clinician.post(url_of(flagged))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("name, method", [("clinic-recovery", "get"), ("review", "post")])
class TestOthers:
    def test_a_recovery_of_another_clinic_is_not_found(self, as_clinician, other_treatment, name, method):
        a_log(other_treatment, 4, "fever")
        response = getattr(as_clinician, method)(url_of(other_treatment, name))
        assert response.status_code == 404
        assert "Lea Krog" not in text(response)

    @pytest.mark.parametrize("browser", ["as_patient", "as_admin"])
    def test_it_is_for_clinicians(self, request, flagged, browser, name, method):
        response = getattr(request.getfixturevalue(browser), method)(url_of(flagged, name))
        assert response.status_code == 403
        assert "This page belongs to the clinicians of a clinic." in text(response)
