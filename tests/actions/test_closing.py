"""Closing a recovery and opening it again: who may, when, what is asked for then, and what reopens it by itself."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from patients.actions.closing import close_recovery, reopen_recovery
from patients.actions.logs import record_log
from patients.actions.people import change_settings
from patients.actions.reminders import due_now
from patients.actions.reviews import undo_review
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Log, Patient, Role, Treatment, User
from recovery.timeline.scale import Disposition
from tests.at_once import apart, held_open, together
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_patient, a_review, a_session, a_treatment, next_session, said

NEVER = {"quiet_from": None, "quiet_until": None}


def kept(treatment, *names):
    return Treatment.objects.values(*names).get(pk=treatment.pk)


def actions():
    return list(AuditEvent.objects.filter(action__startswith="recovery ").order_by("pk").values_list("action", "actor_label", "why"))


def fresh(treatment):
    return Treatment.objects.with_people().get(pk=treatment.pk)


class TestClosing:
    def test_it_is_kept_with_who_and_why(self, treatment, clinician, frozen):
        assert close_recovery(by=clinician, treatment=treatment, why="healed") is True
        assert kept(treatment, "closed_at", "closed_by", "closed_why") == {
            "closed_at": frozen, "closed_by": clinician.pk, "closed_why": "healed",
        }  # fmt: skip
        assert actions() == [("recovery closed", "Mira Osei, nurse (clinician)", "healed")]

    def test_again_it_changes_nothing(self, treatment, clinician, clinic):
        close_recovery(by=clinician, treatment=treatment, why="healed")
        colleague = a_member(clinic, Role.CLINICIAN, "Jonas Lind")
        assert close_recovery(by=colleague, treatment=fresh(treatment), why="other") is False
        assert (kept(treatment, "closed_why"), len(actions())) == ({"closed_why": "healed"}, 1)

    def test_it_never_counts_as_gone_quiet(self, treatment, clinician, frozen):
        late = frozen + timedelta(days=5)
        assert list(Treatment.objects.gone_quiet(late)) == [treatment]
        close_recovery(by=clinician, treatment=treatment)
        assert (list(Treatment.objects.gone_quiet(late)), kept(treatment, *NEVER)) == ([], NEVER)

    def test_no_reminder_asks_for_it(self, treatment, clinician, frozen):
        Patient.objects.update(reminder_hour=12)
        assert [t for t, _ in due_now(frozen)] == [treatment]
        close_recovery(by=clinician, treatment=treatment)
        assert due_now(frozen) == []

    def test_the_recovery_before_it_is_not_asked_for_instead(self, treatment, clinician, frozen):
        Patient.objects.update(reminder_hour=12)
        close_recovery(by=clinician, treatment=next_session(clinician, treatment.patient, TODAY))
        assert due_now(frozen) == []

    def test_nobody_waits_for_the_patient_any_more(self, treatment, clinician):
        a_log(treatment, 3, "fever")
        a_review(treatment, clinician, Disposition.ADVICE, reply="Keep it moist.")
        assert Treatment.objects.waiting_for_patient(timezone.now()).count() == 1
        close_recovery(by=clinician, treatment=treatment)
        assert (Treatment.objects.waiting_for_patient(timezone.now()).count(), Treatment.objects.done().count()) == (0, 1)

    def test_opened_again_it_waits_for_the_patient_as_before(self, treatment, clinician):
        a_log(treatment, 3, "fever")
        a_review(treatment, clinician, Disposition.ADVICE, reply="Keep it moist.")
        close_recovery(by=clinician, treatment=treatment)
        reopen_recovery(by=clinician, treatment=fresh(treatment))
        assert list(Treatment.objects.waiting_for_patient(timezone.now())) == [treatment]

    def test_opened_again_it_does_not_wait_for_a_log_that_has_come(self, treatment, clinician):
        a_log(treatment, 3, "fever")
        a_review(treatment, clinician, Disposition.ADVICE, reply="Keep it moist.")
        close_recovery(by=clinician, treatment=treatment)
        a_log(treatment, 4)
        reopen_recovery(by=clinician, treatment=fresh(treatment))
        assert Treatment.objects.waiting_for_patient(timezone.now()).count() == 0

    def test_nobody_waits_once_a_later_session_has_begun(self, treatment, clinician):
        a_log(treatment, 3, "fever")
        a_review(treatment, clinician, Disposition.ADVICE, reply="Keep it moist.")
        next_session(clinician, treatment.patient, TODAY)
        assert Treatment.objects.waiting_for_patient(timezone.now()).count() == 0

    @pytest.mark.parametrize("signs, grade, word", [("fever", 1, "urgent"), ("", 3, "watch")])
    def test_not_while_something_is_open(self, treatment, clinician, signs, grade, word):
        a_log(treatment, 4, signs, redness=grade)
        with pytest.raises(NotNow, match=rf"Something is open here \({word}\). Review it first, then close the recovery."):
            close_recovery(by=clinician, treatment=treatment)
        assert (kept(treatment, "closed_at"), actions()) == ({"closed_at": None}, [])

    def test_what_came_in_since_the_page_was_read_is_seen(self, treatment, clinician):
        stale = fresh(treatment)
        a_log(treatment, 4, "fever")
        with pytest.raises(NotNow, match="Something is open here"):
            close_recovery(by=clinician, treatment=stale)

    def test_not_before_its_day(self, treatment, clinician):
        planned = next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        with pytest.raises(NotNow, match="This treatment is planned, so there is no recovery to close."):
            close_recovery(by=clinician, treatment=planned)
        assert close_recovery(by=clinician, treatment=treatment) is True  # what runs until then can be

    def test_not_once_a_later_one_has_begun(self, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY)
        with pytest.raises(NotNow, match="A later session has begun, so this recovery is over by itself."):
            close_recovery(by=clinician, treatment=treatment)

    @pytest.mark.parametrize("who", ["patient", "other_clinician", "admin", "superuser"])
    @pytest.mark.parametrize("act", [close_recovery, reopen_recovery])
    def test_only_clinicians_of_the_clinic_do(self, request, treatment, who, act):
        person = request.getfixturevalue(who)
        with pytest.raises(NotAllowed, match="Only clinicians of this clinic close its recoveries."):
            act(by=getattr(person, "user", person), treatment=treatment)
        assert actions() == []

    def test_two_at_once_close_it_once(self, db, tmp_path, frozen, monkeypatch):
        with apart(tmp_path):
            clinic = a_clinic()
            both = [a_member(clinic, Role.CLINICIAN, name) for name in ("Mira Osei", "Jonas Lind")]
            treatment = a_treatment(both[0], "Ana Ferreira", TREATED)
            held_open(monkeypatch)
            told = together(*(partial(closed_by, by.pk, treatment.pk) for by in both))
            assert (sorted(told), len(actions())) == ([False, True], 1)


def closed_by(by, treatment):
    return close_recovery(by=User.objects.get(pk=by), treatment=Treatment.objects.with_people().get(pk=treatment))


class TestAfterwards:
    @pytest.fixture
    def closed(self, treatment, clinician):
        close_recovery(by=clinician, treatment=treatment, why="healed")
        return fresh(treatment)

    def test_a_calm_log_is_stored_and_leaves_it_closed(self, closed):
        a_log(closed, 4)
        assert (Log.objects.count(), kept(closed, "closed_why", *NEVER)) == (1, {"closed_why": "healed", **NEVER})

    def test_a_flag_reopens_it(self, closed, frozen):
        a_log(closed, 4, "fever")
        assert kept(closed, "closed_at", "closed_by", "closed_why", "open_urgency") == {
            "closed_at": None, "closed_by": None, "closed_why": "", "open_urgency": 3,
        }  # fmt: skip
        assert actions()[1:] == [("recovery reopened", "the system", "something needs review")]
        # Check-ins are asked for again, from the day after the log.
        assert list(Treatment.objects.gone_quiet(frozen + timedelta(days=3))) == [closed]

    def test_a_flag_on_a_page_that_was_loaded_before_it_was_closed_reopens_it_too(self, treatment, clinician):
        stale = fresh(treatment)
        close_recovery(by=clinician, treatment=treatment)
        record_log(by=stale.patient.user, treatment=stale, when=TODAY, said=said("fever"))
        assert (kept(treatment, "closed_at"), actions()[1][0]) == ({"closed_at": None}, "recovery reopened")

    def test_a_review_that_is_undone_reopens_it(self, treatment, clinician):
        a_log(treatment, 4, "fever")
        review = a_review(treatment, clinician)
        close_recovery(by=clinician, treatment=treatment)
        undo_review(by=clinician, review=review)
        assert kept(treatment, "closed_at", "open_urgency") == {"closed_at": None, "open_urgency": 3}

    def test_another_time_zone_asks_for_nothing(self, closed):
        change_settings(by=closed.patient.user, theme="light", time_zone="Pacific/Auckland")
        assert kept(closed, *NEVER) == NEVER

    def test_a_further_session_is_asked_for_as_usual(self, closed, clinician, frozen):
        second = next_session(clinician, closed.patient, TODAY)
        assert list(Treatment.objects.gone_quiet(frozen + timedelta(days=3))) == [second]
        assert kept(closed, "closed_why") == {"closed_why": "healed"}


class TestReopening:
    def test_everything_is_as_before(self, treatment, clinician):
        a_log(treatment, 3)
        names = [f.attname for f in Treatment._meta.concrete_fields]
        before = kept(treatment, *names)
        close_recovery(by=clinician, treatment=treatment, why="healed")
        assert kept(treatment, *names) != before
        assert reopen_recovery(by=clinician, treatment=fresh(treatment)) is True
        assert kept(treatment, *names) == before
        assert [action for action, *_ in actions()] == ["recovery closed", "recovery reopened"]

    def test_with_a_session_planned_it_is_asked_for_until_then(self, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY + timedelta(days=3))
        before = kept(treatment, *NEVER)
        close_recovery(by=clinician, treatment=fresh(treatment))
        reopen_recovery(by=clinician, treatment=fresh(treatment))
        assert kept(treatment, *NEVER) == before != NEVER

    def test_what_is_not_closed_is_left_alone(self, treatment, clinician):
        assert (reopen_recovery(by=clinician, treatment=treatment), actions()) == (False, [])


def test_somebody_enrolled_without_logs_can_be_closed(clinician):
    patient = a_patient(clinician, "Mei Chen", session=a_session(treated_on=TREATED))
    assert close_recovery(by=clinician, treatment=Treatment.objects.with_people().get(patient=patient)) is True
