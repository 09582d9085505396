"""Recording a log: what is stored, what an amendment changes, and that a repeat changes nothing."""

from datetime import UTC, datetime

import pytest

from patients.actions.logs import record_log
from patients.models import AuditEvent, Flag, Log, Rating
from recovery.timeline.scale import Urgency
from tests.conftest import TODAY
from tests.factories import CALM, a_log, a_treatment, live_flags, next_session, said

WATCH, URGENT = int(Urgency.WATCH), int(Urgency.URGENT)


def log_of(treatment, day):
    return Log.objects.get(treatment=treatment, day=day)


def rows():
    """How much is stored of everything that a log touches."""
    return [model.objects.count() for model in (Log, Rating, Flag, AuditEvent)]


def test_a_new_log_is_stored_as_said(treatment):
    a_log(treatment, 3, "fever pus", asked=True, note="Hot since noon.", redness=2)
    log = log_of(treatment, 3)
    assert log.severities == {**CALM, "redness": 2}
    assert (log.signs, log.note, log.asked_for_review) == (["fever", "pus"], "Hot since noon.", True)


def test_a_new_log_belongs_to_the_clinic_and_to_its_day(treatment):
    at = datetime(2026, 3, 16, 8, 30, tzinfo=UTC)
    recorded = a_log(treatment, 2, at=at)
    log = log_of(treatment, 2)
    assert (log.clinic, log.entered_at, log.days_late, log.amended_at) == (treatment.clinic, at, 0, None)
    assert set(log.ratings.values_list("clinic", flat=True)) == {treatment.clinic_id}
    assert (recorded.log, recorded.is_new, recorded.is_changed) == (log, True, True)


def test_a_calm_log_raises_nothing(treatment):
    recorded = a_log(treatment, 4)
    assert (recorded.findings, live_flags(treatment), log_of(treatment, 4).urgency) == ((), [], 0)


def test_what_is_out_of_range_is_flagged_at_once(treatment):
    recorded = a_log(treatment, 4, redness=3)
    assert live_flags(treatment) == [(4, "above_range", "redness", WATCH)]
    assert [f.subject for f in recorded.findings] == ["redness"]


def test_a_note_is_found_but_no_flag(treatment):
    recorded = a_log(treatment, 0, redness=0)
    assert [(f.rule, f.urgency) for f in recorded.findings] == [("below_range", Urgency.NOTE)]
    assert (live_flags(treatment), log_of(treatment, 0).urgency) == ([], Urgency.NOTE)


@pytest.mark.parametrize(
    "answers, urgency",
    [({}, 0), ({"bleeding": 1}, 1), ({"redness": 3}, 2), ({"redness": 4}, 3), ({"signs": "breathing"}, 4), ({"asked": True}, 2)],
)
def test_a_log_keeps_its_most_urgent_finding(treatment, answers, urgency):
    a_log(treatment, 4, **answers)
    assert log_of(treatment, 4).urgency == urgency


class TestAmending:
    def test_a_second_log_of_a_day_replaces_what_was_said(self, treatment):
        a_log(treatment, 4, "fever", redness=3, dryness=2)
        recorded = a_log(treatment, 4, note="Better.", redness=2)
        log = log_of(treatment, 4)
        assert (log.severities, log.signs, log.note) == ({**CALM, "redness": 2}, [], "Better.")
        assert (recorded.is_new, recorded.is_changed) == (False, True)

    def test_it_keeps_when_it_was_entered_and_notes_when_it_changed(self, treatment):
        first, second = datetime(2026, 3, 18, 9, tzinfo=UTC), datetime(2026, 3, 18, 21, tzinfo=UTC)
        a_log(treatment, 4, at=first)
        a_log(treatment, 4, at=second, redness=2)
        log = log_of(treatment, 4)
        assert (log.entered_at, log.amended_at) == (first, second)

    def test_it_keeps_the_delay_of_the_first_entry(self, treatment):
        a_log(treatment, 1, late=1)
        a_log(treatment, 1, late=3, redness=2)
        assert log_of(treatment, 1).days_late == 1

    def test_it_audits_before_and_after(self, treatment):
        a_log(treatment, 4, "fever", note="Hot.", redness=3)
        a_log(treatment, 4, asked=True, redness=1)
        event = AuditEvent.objects.get(action="log amended")
        assert event.before == {
            "ratings": {**CALM, "redness": 3}, "signs": ["fever"], "note": "Hot.", "asked_for_review": False, "improvement": None,
        }  # fmt: skip
        assert event.after == {"ratings": CALM, "signs": [], "note": "", "asked_for_review": True, "improvement": None}

    @pytest.mark.parametrize(
        "change", [{"redness": 2}, {"signs": "fever"}, {"note": "n"}, {"asked": True}, {"improvement": 3}, {"dryness": 0}]
    )
    def test_each_answer_counts_as_a_change(self, treatment, change):
        a_log(treatment, 4)
        assert a_log(treatment, 4, **change).is_changed
        assert AuditEvent.objects.filter(action="log amended").count() == 1


class TestRepeating:
    def test_the_same_answers_again_store_nothing(self, treatment):
        answers = {"signs": "pus fever", "asked": True, "note": "Hot.", "improvement": 3, "redness": 4}
        a_log(treatment, 4, **answers)
        before = rows()
        recorded = a_log(treatment, 4, **answers)
        assert rows() == before
        assert (recorded.is_new, recorded.is_changed) == (False, False)

    def test_the_answer_is_the_same_too(self, treatment):
        first, again = (a_log(treatment, 4, "fever", redness=4) for _ in range(2))
        assert first.findings == again.findings
        assert first.log == again.log

    def test_a_repeat_after_other_days_keeps_every_flag(self, treatment):
        a_log(treatment, 3, redness=3)
        a_log(treatment, 4, redness=3)
        before = list(Flag.objects.order_by("pk").values_list("pk", "withdrawn_at"))
        a_log(treatment, 3, redness=3, late=1)
        assert list(Flag.objects.order_by("pk").values_list("pk", "withdrawn_at")) == before


class TestFillingInAnEarlierDay:
    def test_it_keeps_its_delay(self, treatment):
        a_log(treatment, 1, late=3)
        assert log_of(treatment, 1).days_late == 3

    def test_later_logs_are_judged_anew(self, treatment):
        a_log(treatment, 4, redness=2)
        assert live_flags(treatment) == []
        a_log(treatment, 3, redness=0, late=1)
        assert live_flags(treatment) == [(4, "worsening", "redness", URGENT)]
        assert log_of(treatment, 4).urgency == URGENT

    def test_an_amendment_can_take_a_later_flag_back(self, treatment):
        a_log(treatment, 3, redness=0)
        a_log(treatment, 4, redness=2)
        a_log(treatment, 3, redness=1, late=1)
        assert live_flags(treatment) == []
        assert log_of(treatment, 4).urgency == 0

    def test_earlier_logs_are_left_alone(self, treatment):
        a_log(treatment, 3, redness=3)
        flag = Flag.objects.get()
        a_log(treatment, 4, redness=4)
        flag.refresh_from_db()
        assert flag.withdrawn_at is None


def test_the_session_before_is_compared_with(clinician, treatment):
    a_log(treatment, 0, breakouts=0)
    second = next_session(clinician, treatment.patient, TODAY)
    a_log(second, 0, breakouts=1)
    assert live_flags(second) == []
    a_log(second, 0, pain=2)
    a_log(second, 0, swelling=2)
    assert live_flags(second) == [(0, "worse_than_last_session", "swelling", WATCH)]


def test_a_protocol_of_its_own_has_its_own_norms(clinician):
    found = {}
    for protocol in ("pen-shallow", "pen", "pen-deep", "radiofrequency"):
        treatment = a_treatment(clinician, protocol, TODAY, protocol)
        a_log(treatment, 3, redness=2)
        a_log(treatment, 4, redness=3)
        found[protocol] = live_flags(treatment)
    assert found == {
        "pen-shallow": [(3, "above_range", "redness", WATCH), (4, "above_range", "redness", WATCH)],
        "pen": [(4, "above_range", "redness", WATCH)],
        "pen-deep": [],
        "radiofrequency": [],
    }


@pytest.mark.parametrize("factors, baseline, flagged", [((), {}, True), (("acne_prone",), {}, False), ((), {"breakouts": 2}, False)])
def test_what_is_known_of_the_patient_shifts_the_norms(clinician, factors, baseline, flagged):
    treatment = a_treatment(clinician, "Mei Chen", TODAY, factors=factors, baseline=baseline)
    a_log(treatment, 9, breakouts=2)
    assert bool(live_flags(treatment)) is flagged


def test_the_clock_is_now_unless_told(treatment, frozen):
    record_log(by=treatment.patient.user, treatment=treatment, when=TODAY, said=said())
    assert log_of(treatment, 4).entered_at == frozen
