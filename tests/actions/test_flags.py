"""Flags over time: which stand, which are withdrawn, which come back, and what a review keeps answered."""

from datetime import UTC, datetime

import pytest

from patients.models import Flag
from recovery.timeline.scale import Disposition, Urgency
from tests.conftest import TODAY
from tests.factories import a_log, a_review, live_flags, next_session, open_flags

WATCH, URGENT = int(Urgency.WATCH), int(Urgency.URGENT)
MORNING, EVENING = datetime(2026, 3, 18, 8, tzinfo=UTC), datetime(2026, 3, 18, 20, tzinfo=UTC)


def open_state(treatment):
    treatment.refresh_from_db()
    return treatment.open_urgency, treatment.open_asked, treatment.open_since


def test_a_flag_holds_what_is_needed_to_derive_it_again(treatment):
    a_log(treatment, 4, redness=3, at=MORNING)
    flag = Flag.objects.get()
    assert (flag.rule, flag.subject, flag.urgency) == ("above_range", "redness", WATCH)
    assert (flag.observed, flag.distance, flag.counterfactual) == (3, 1, 2)
    assert flag.band == {"first_day": 3, "last_day": 4, "low": 0, "typical": 1, "high": 2, "urgent_above": 3}
    assert (flag.norm_version, flag.clinic, flag.raised_at) == (treatment.norm_version, treatment.clinic, MORNING)


def test_a_flag_says_why_in_one_sentence(treatment):
    a_log(treatment, 4, redness=3)
    why = Flag.objects.get().why
    assert why.startswith("Redness 3 on day 4, expected 0–2; 2 or less would not have been flagged; ")
    assert "sources" in why


def test_a_worsening_flag_holds_what_it_compares_with(treatment):
    a_log(treatment, 3, redness=0)
    a_log(treatment, 4, redness=2)
    assert Flag.objects.get().reference == {"day": 3, "severity": 0}


def test_a_flag_raised_by_a_cluster_says_so(treatment):
    a_log(treatment, 4, redness=3, itching=3)
    assert set(Flag.objects.filter(rule="above_range").values_list("subject", "urgency", "raised_by")) == {
        ("redness", URGENT, "cluster"),
        ("itching", URGENT, ""),  # itching 3 is urgent by its own grade on day 4
    }


class TestAmending:
    def test_a_flag_that_still_stands_is_kept(self, treatment):
        a_log(treatment, 4, redness=3, at=MORNING)
        kept = Flag.objects.get()
        a_log(treatment, 4, redness=3, note="Still.", at=EVENING)
        assert list(Flag.objects.all()) == [kept]

    def test_a_flag_that_no_longer_stands_is_withdrawn_and_not_deleted(self, treatment):
        a_log(treatment, 4, redness=3, at=MORNING)
        a_log(treatment, 4, redness=1, at=EVENING)
        assert Flag.objects.get().withdrawn_at == EVENING
        assert open_state(treatment) == (0, False, None)

    def test_a_flag_that_changed_is_withdrawn_and_raised_anew(self, treatment):
        a_log(treatment, 4, redness=3, at=MORNING)
        a_log(treatment, 4, redness=4, at=EVENING)
        flags = Flag.objects.order_by("raised_at").values_list("observed", "urgency", "raised_at", "withdrawn_at")
        assert list(flags) == [(3, WATCH, MORNING, EVENING), (4, URGENT, EVENING, None)]

    def test_a_flag_can_come_back(self, treatment):
        for hour, redness in ((8, 3), (9, 1), (10, 3)):
            a_log(treatment, 4, redness=redness, at=MORNING.replace(hour=hour))
        assert Flag.objects.count() == 2
        assert live_flags(treatment) == [(4, "above_range", "redness", WATCH)]

    def test_a_flag_that_still_stands_keeps_its_review(self, treatment, clinician):
        a_log(treatment, 4, redness=3, at=MORNING)
        review = a_review(treatment, clinician)
        a_log(treatment, 4, redness=3, swelling=1, at=EVENING)
        assert Flag.objects.get().review == review
        assert open_state(treatment) == (0, False, None)


class TestAfterAReview:
    """A recovery returns only when something new or worse comes in."""

    @pytest.fixture
    def reviewed(self, treatment, clinician):
        a_log(treatment, 3, redness=3)
        return a_review(treatment, clinician, Disposition.EXPECTED)

    def test_the_same_watch_on_the_next_day_is_answered_already(self, treatment, reviewed):
        a_log(treatment, 4, redness=3)
        assert set(Flag.objects.of(treatment).values_list("log__day", "review")) == {(3, reviewed.pk), (4, reviewed.pk)}
        assert open_state(treatment) == (0, False, None)

    def test_a_watch_of_another_symptom_is_open(self, treatment, reviewed):
        a_log(treatment, 4, redness=2, breakouts=3)
        assert [f.subject for f in open_flags(treatment)] == ["breakouts"]

    def test_a_watch_of_the_same_distance_is_answered_already(self, treatment, reviewed):
        a_log(treatment, 4, redness=2)
        a_log(treatment, 6, redness=2)  # one above again, where 0–1 is expected by now
        assert open_flags(treatment) == []

    def test_the_same_grade_further_out_is_open(self, treatment, clinician):
        a_log(treatment, 7, flaking=3)  # one above 0–2
        a_review(treatment, clinician)
        a_log(treatment, 8, flaking=3)  # two above 0–1
        assert [(f.log.day, f.urgency, f.distance) for f in open_flags(treatment)] == [(8, WATCH, 2)]

    def test_an_urgent_one_is_always_open(self, treatment, reviewed):
        a_log(treatment, 4, redness=4)
        assert [(f.subject, f.urgency) for f in open_flags(treatment)] == [("redness", URGENT)]

    def test_an_urgent_one_is_open_though_an_urgent_one_was_reviewed(self, treatment, clinician):
        a_log(treatment, 3, "fever")
        a_review(treatment, clinician)
        a_log(treatment, 4, "fever")
        assert [(f.log.day, f.subject) for f in open_flags(treatment)] == [(4, "fever")]

    def test_a_request_is_always_open(self, treatment, clinician):
        a_log(treatment, 3, asked=True)
        a_review(treatment, clinician)
        a_log(treatment, 4, asked=True)
        assert [(f.log.day, f.rule) for f in open_flags(treatment)] == [(4, "asked_for_review")]

    def test_a_watch_that_was_never_reviewed_covers_nothing(self, treatment):
        a_log(treatment, 3, redness=3)
        a_log(treatment, 4, redness=3)
        assert len(open_flags(treatment)) == 2

    def test_the_review_of_another_session_covers_nothing(self, treatment, reviewed, clinician):
        second = next_session(clinician, treatment.patient, TODAY)
        a_log(second, 3, redness=3)
        assert [f.treatment for f in open_flags(second)] == [second]

    def test_a_smaller_amendment_stays_answered(self, treatment, clinician):
        a_log(treatment, 6, redness=2, at=datetime(2026, 3, 20, 9, tzinfo=UTC))
        a_log(treatment, 6, redness=2, itching=2, at=datetime(2026, 3, 20, 10, tzinfo=UTC))
        a_review(treatment, clinician)
        a_log(treatment, 6, redness=2, at=datetime(2026, 3, 20, 11, tzinfo=UTC))
        assert open_state(treatment) == (0, False, None)


class TestOpenState:
    def test_it_is_that_of_the_most_urgent_flag(self, treatment):
        a_log(treatment, 3, redness=3)
        a_log(treatment, 4, "fever")
        assert open_state(treatment)[0] == URGENT

    def test_it_waits_since_the_oldest_open_flag(self, treatment):
        first = a_log(treatment, 3, redness=3).log
        a_log(treatment, 4, redness=4)
        assert open_state(treatment)[2] == first.entered_at

    def test_it_remembers_that_the_patient_asked(self, treatment):
        a_log(treatment, 4, asked=True)
        assert open_state(treatment)[:2] == (WATCH, True)

    @pytest.mark.parametrize(
        "answers, due",
        [
            ({"redness": 3}, datetime(2026, 3, 20, 18, tzinfo=UTC)),  # Wednesday: by Friday
            ({"signs": "fever"}, datetime(2026, 3, 18, 18, tzinfo=UTC)),
            ({"redness": 3, "signs": "fever"}, datetime(2026, 3, 18, 18, tzinfo=UTC)),
        ],
    )
    def test_the_answer_is_promised_by_the_earliest(self, treatment, answers, due):
        a_log(treatment, 4, at=MORNING, **answers)
        treatment.refresh_from_db()
        assert treatment.answer_due == due
