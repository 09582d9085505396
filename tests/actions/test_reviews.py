"""Reviewing: what it answers, who loses a race, and which mail goes out."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from patients.actions.outbox import send
from patients.actions.reviews import ANNOUNCE_AFTER, Decision, review_recovery
from patients.errors import NotAllowed, NotNow, Overtaken
from patients.models import AuditEvent, Flag, OutgoingMail, Review, Role
from recovery.timeline.scale import Disposition
from tests.factories import a_log, a_member, a_review, open_flags

HEALTH_WORDS = ("redness", "flag", "urgent", "skin", "symptom", "recovery is", "treatment", "needl", "fever", "log", "advice")
AT = datetime(2026, 7, 15, 8, 5, tzinfo=UTC)  # 9:05 in London's summer


@pytest.fixture
def flagged(treatment):
    a_log(treatment, 4, "fever", redness=3)
    return treatment


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


def test_a_review_is_stored_as_decided(flagged, clinician):
    review = a_review(flagged, clinician, Disposition.CALLED, note="Spoke at noon.", reply="All well.", at=AT)
    stored = Review.objects.get()
    assert (stored, stored.disposition, stored.note, stored.reply) == (review, "called", "Spoke at noon.", "All well.")
    assert (stored.clinic, stored.treatment, stored.reviewed_by, stored.reviewed_at) == (flagged.clinic, flagged, clinician, AT)


def test_it_answers_every_flag_that_was_seen(flagged, clinician):
    review = a_review(flagged, clinician)
    assert set(review.flags.values_list("subject", flat=True)) == {"fever", "redness"}
    flagged.refresh_from_db()
    assert (flagged.open_urgency, flagged.open_since, flagged.answer_due) == (0, None, None)


def test_a_flag_that_came_in_unseen_stays_open(flagged, clinician):
    seen = open_flags(flagged)
    late = a_log(flagged, 5, breakouts=4)
    a_review(flagged, clinician, seen=seen)
    assert {f.log for f in open_flags(flagged)} == {late.log}
    flagged.refresh_from_db()
    assert flagged.open_since == late.log.entered_at


def test_a_flag_of_another_recovery_cannot_be_answered_here(flagged, clinician, other_treatment):
    a_log(other_treatment, 4, redness=3)
    a_review(flagged, clinician, seen=[*open_flags(flagged), *open_flags(other_treatment)])
    assert len(open_flags(other_treatment)) == 1


def reviewed_as_read_at(flagged, clinician, read_at):
    seen = [flag.uuid for flag in Flag.objects.of(flagged)]
    return review_recovery(by=clinician, treatment=flagged, seen=seen, decision=Decision(Disposition.ADVICE), read_at=read_at)


class TestALogChangedWhileItWasRead:
    """It may say something worse in its note alone, which no flag tells."""

    @pytest.fixture
    def amended(self, flagged):
        a_log(flagged, 4, "fever", redness=3, note="Now it is hot, too.")  # at 19:00, and its flags stand as they stood
        return flagged

    def test_it_is_refused_with_who_and_when(self, amended, clinician, frozen):
        with pytest.raises(NotNow) as refused:
            reviewed_as_read_at(amended, clinician, frozen)
        says = "Ana changed day 4 at 19:00 while you were reading. Look at what it says now and decide again."
        assert (str(refused.value), Review.objects.count(), len(open_flags(amended))) == (says, 0, 2)

    @pytest.mark.parametrize("hours", [7, 8])
    def test_what_was_read_after_the_change_is_reviewed(self, amended, clinician, frozen, hours):
        reviewed_as_read_at(amended, clinician, frozen + timedelta(hours=hours))
        assert open_flags(amended) == []

    def test_a_page_that_does_not_say_when_it_was_read_is_taken_as_it_is(self, amended, clinician):
        reviewed_as_read_at(amended, clinician, None)
        assert open_flags(amended) == []

    def test_a_change_of_another_day_does_not_matter(self, flagged, clinician, frozen):
        a_log(flagged, 3)
        a_log(flagged, 3, note="Slept badly.")
        reviewed_as_read_at(flagged, clinician, frozen)
        assert open_flags(flagged) == []


def test_a_flag_withdrawn_since_is_not_answered(flagged, clinician):
    seen = open_flags(flagged)
    a_log(flagged, 4, "fever", redness=1)
    a_review(flagged, clinician, seen=seen)
    assert Flag.objects.get(subject="redness").review is None


class TestRefused:
    def test_the_loser_of_a_race_learns_who_won_and_when(self, flagged, clinician, colleague):
        seen = open_flags(flagged)
        a_review(flagged, colleague, Disposition.VISIT, at=AT)
        with pytest.raises(NotNow, match=r"^Jonas Lind, Dr reviewed this at 09:05: visit booked\.$"):
            a_review(flagged, clinician, seen=seen)

    def test_the_loser_changes_nothing(self, flagged, clinician, colleague, mailoutbox, django_capture_on_commit_callbacks):
        seen = open_flags(flagged)
        won = a_review(flagged, colleague)
        with django_capture_on_commit_callbacks(execute=True) as callbacks, pytest.raises(NotNow):
            a_review(flagged, clinician, seen=seen, reply="Too late.")
        assert (list(Review.objects.all()), mailoutbox, callbacks) == ([won], [], [])

    def test_who_came_second_stands_in_the_audit_without_the_words(self, flagged, clinician, colleague):
        seen = open_flags(flagged)
        a_review(flagged, colleague)
        with pytest.raises(Overtaken):
            a_review(flagged, clinician, Disposition.CALLED, seen=seen, reply="Too late.", note="Mine.")
        event = AuditEvent.objects.get(action="review came second")
        assert (event.actor, event.subject_id, event.after) == (clinician, str(flagged.uuid), {"disposition": "called"})

    def test_one_answered_flag_among_open_ones_refuses_all(self, flagged, clinician, colleague):
        first = open_flags(flagged)
        a_review(flagged, colleague, seen=first[:1])
        with pytest.raises(NotNow, match="Jonas Lind"):
            a_review(flagged, clinician, seen=first)
        assert open_flags(flagged) == first[1:]

    def test_a_log_that_was_changed_leaves_nothing_to_review(self, flagged, clinician):
        seen = open_flags(flagged)
        a_log(flagged, 4, at=datetime(2026, 3, 18, 14, 2, tzinfo=UTC))
        says = "Ana changed day 4 at 14:02 while you were reading. Nothing of this is open any more."
        with pytest.raises(NotNow, match=f"^{re.escape(says)}$"):
            a_review(flagged, clinician, seen=seen)
        assert Review.objects.count() == 0

    def test_a_changed_log_of_another_day_is_named_by_its_own(self, treatment, clinician):
        """The rise of day 4 is gone because day 3 was higher than first said."""
        a_log(treatment, 3, redness=0)
        a_log(treatment, 4, redness=2)
        seen = open_flags(treatment)
        a_log(treatment, 3, late=1, redness=2, at=datetime(2026, 3, 18, 21, 30, tzinfo=UTC))
        with pytest.raises(NotNow, match="^Ana changed day 3 at 21:30 while you were reading"):
            a_review(treatment, clinician, seen=seen)

    def test_other_norms_are_said_to_be_so(self, flagged, clinician):
        with pytest.raises(NotNow, match="^The recovery was moved to other norms, or this page is out of date. Nothing of this"):
            review_recovery(by=clinician, treatment=flagged, seen=[uuid4()], decision=Decision(Disposition.EXPECTED))

    @pytest.mark.parametrize("seen", [[], [uuid4()]])
    def test_nothing_seen_is_nothing_to_review(self, flagged, clinician, seen):
        with pytest.raises(NotNow):
            review_recovery(by=clinician, treatment=flagged, seen=seen, decision=Decision(Disposition.EXPECTED))
        assert len(open_flags(flagged)) == 2

    @pytest.mark.parametrize("role", ["patient", "admin", "superuser", "other_clinician"])
    def test_only_clinicians_of_the_clinic_review(self, flagged, request, role):
        person = request.getfixturevalue(role)
        with pytest.raises(NotAllowed, match="Only clinicians of this clinic review its recoveries"):
            a_review(flagged, getattr(person, "user", person))
        assert Review.objects.count() == 0


class TestWhatTheTabsGoBy:
    @pytest.mark.parametrize(
        "disposition, reply, awaits",
        [
            *((Disposition.ADVICE, "Keep it moist.", True), (Disposition.ADVICE, "", False), (Disposition.CALLED, "", True)),
            *((Disposition.VISIT, "", True), (Disposition.ESCALATED, "", True), (Disposition.EXPECTED, "All well.", False)),
            *((Disposition.ENTRY_ERROR, "", False), (Disposition.DUPLICATE, "", False)),
        ],
    )
    def test_whose_turn_it_is(self, flagged, clinician, disposition, reply, awaits):
        a_review(flagged, clinician, disposition, reply=reply, at=AT)
        flagged.refresh_from_db()
        assert (flagged.reviewed_at, flagged.reviewed_by, flagged.awaits_since) == (AT, clinician, AT if awaits else None)

    def test_the_next_log_ends_the_waiting(self, flagged, clinician):
        a_review(flagged, clinician, Disposition.CALLED)
        a_log(flagged, 5)
        flagged.refresh_from_db()
        assert (flagged.awaits_since, flagged.reviewed_by) == (None, clinician)


class TestMail:
    @pytest.fixture
    def sent(self, flagged, clinician, mailoutbox, frozen):
        """The mail of a review with a reply, once the time for undoing is over."""
        a_review(flagged, clinician, reply="This redness is common. Keep it moist.")
        send(now=frozen + ANNOUNCE_AFTER - timedelta(seconds=1))
        assert mailoutbox == []
        send(now=frozen + ANNOUNCE_AFTER)
        return [mail for mail in mailoutbox if mail.to == [flagged.patient.user.email]]

    def test_a_reply_is_announced_to_the_patient_once(self, sent, flagged, frozen):
        send(now=frozen + 2 * ANNOUNCE_AFTER)
        assert [(mail.subject, mail.to) for mail in sent] == [("Linden Skin Clinic has answered", [flagged.patient.user.email])]

    def test_it_holds_no_word_about_health(self, sent):
        text = f"{sent[0].subject} {sent[0].body}".lower().replace("linden skin clinic", "")
        assert [word for word in HEALTH_WORDS if word in text.replace("/recovery/", "")] == []

    def test_it_says_that_nobody_watches_and_how_to_reach_the_clinic(self, sent, settings):
        assert "Nobody watches this service live" in sent[0].body
        assert "Monday to Friday, 9:00 to 18:00" in sent[0].body
        assert "020 7946 0145" in sent[0].body
        assert f"{settings.BASE_URL}/recovery/" in sent[0].body

    @pytest.mark.parametrize("how", [{"reply": ""}, {"note": "For us only."}])
    def test_nothing_to_say_queues_nothing(self, flagged, clinician, how):
        a_review(flagged, clinician, **how)
        assert not OutgoingMail.objects.filter(kind="reply").exists()
