"""Taking a decision back: its flags are open again, its reply is gone, the row stays."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from patients.actions.outbox import send
from patients.actions.reviews import ANNOUNCE_AFTER, undo_review
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Flag, OutgoingMail, Review, Role, Treatment
from recovery.timeline.scale import Disposition
from tests.at_once import apart, held_open, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_review, a_treatment, open_flags

STATE = ["open_urgency", "open_asked", "open_since", "answer_due", "open_distance", "open_reasons", "open_lead"]
AT = datetime(2026, 3, 18, 12, 5, tzinfo=UTC)


@pytest.fixture
def flagged(treatment):
    a_log(treatment, 4, "fever", redness=3)
    treatment.refresh_from_db()
    return treatment


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


def state(treatment, names=tuple(STATE)):
    return Treatment.objects.values_list(*names).get(pk=treatment.pk)


def test_everything_is_as_it_was_before(flagged, clinician):
    before, flags = state(flagged), set(open_flags(flagged))
    review = a_review(flagged, clinician, reply="All well.")
    assert (state(flagged)[0], open_flags(flagged)) == (0, [])
    undo_review(by=clinician, review=review)
    assert (state(flagged), set(open_flags(flagged))) == (before, flags)
    assert state(flagged, ["reviewed_at", "reviewed_by", "awaits_since"]) == (None, None, None)


def test_the_row_stays_and_says_who_and_when(flagged, clinician, colleague):
    review = a_review(flagged, clinician, reply="All well.")
    undo_review(by=colleague, review=review, now=AT)
    stored = Review.objects.get()
    assert (stored, stored.reply, stored.undone_at, stored.undone_by) == (review, "All well.", AT, colleague)
    event = AuditEvent.objects.get(action="review undone")
    assert (event.actor, event.subject_id, event.after["review"], len(event.after["flags"])) == (
        colleague, str(flagged.uuid), str(review.uuid), 2,
    )  # fmt: skip


def test_the_patient_reads_the_reply_no_more(flagged, clinician, frozen, mailoutbox):
    review = a_review(flagged, clinician, reply="All well.")
    undo_review(by=clinician, review=review)
    assert list(flagged.reviews.with_reply()) == []
    send(now=frozen + ANNOUNCE_AFTER)
    assert [mail for mail in mailoutbox if "answered" in mail.subject] == []
    assert OutgoingMail.objects.get(kind="reply").dropped_at == frozen + ANNOUNCE_AFTER


def test_what_it_covered_later_is_open_again_too(treatment, clinician):
    a_log(treatment, 3, redness=3)
    review = a_review(treatment, clinician)
    a_log(treatment, 4, redness=3)
    assert open_flags(treatment) == []
    undo_review(by=clinician, review=review)
    assert sorted(f.log.day for f in open_flags(treatment)) == [3, 4]


def test_it_covers_nothing_any_more_not_even_by_withdrawn_flags(treatment, clinician):
    a_log(treatment, 3, redness=3)
    review = a_review(treatment, clinician)
    a_log(treatment, 3, redness=2)  # withdrawn, with its review
    undo_review(by=clinician, review=review)
    assert not Flag.objects.filter(review__isnull=False).exists()
    a_log(treatment, 4, redness=3)
    assert len(open_flags(treatment)) == 1


def test_the_review_before_stands_again(treatment, clinician, colleague, frozen):
    a_log(treatment, 3, redness=3, at=frozen - timedelta(hours=9))
    called = frozen - timedelta(hours=8)
    a_review(treatment, colleague, Disposition.CALLED, at=called)
    a_log(treatment, 4, redness=4, at=frozen - timedelta(hours=7))
    undo_review(by=clinician, review=a_review(treatment, clinician))
    # A log has come in since the call, so nobody waits for the patient.
    assert state(treatment, ["reviewed_at", "reviewed_by", "awaits_since"]) == (called, colleague.pk, None)


def test_and_waits_for_the_patient_if_no_log_came_since(treatment, clinician, colleague, frozen):
    a_log(treatment, 3, "fever", redness=3, at=frozen - timedelta(hours=9))
    first, second = open_flags(treatment)
    called = frozen - timedelta(hours=8)
    a_review(treatment, colleague, Disposition.CALLED, seen=[first], at=called)
    undo_review(by=clinician, review=a_review(treatment, clinician, seen=[second]))
    assert state(treatment, ["reviewed_at", "reviewed_by", "awaits_since"]) == (called, colleague.pk, called)


class TestRefused:
    def test_a_second_time(self, flagged, clinician, colleague):
        review = a_review(flagged, clinician)
        undo_review(by=colleague, review=review, now=AT)
        with pytest.raises(NotNow, match="^Jonas Lind, Dr undid this on Wednesday 18 March at 12:05 already.$"):
            undo_review(by=clinician, review=review)
        assert AuditEvent.objects.filter(action="review undone").count() == 1

    def test_when_another_review_has_followed(self, flagged, clinician, colleague):
        review = a_review(flagged, clinician)
        a_log(flagged, 5, "pus")
        newer = a_review(flagged, colleague, at=AT)
        says = "^Jonas Lind, Dr has reviewed this recovery since, on Wednesday 18 March at 12:05. Undo that review first.$"
        with pytest.raises(NotNow, match=says):
            undo_review(by=clinician, review=review)
        undo_review(by=clinician, review=newer)
        undo_review(by=clinician, review=review)
        assert {f.subject for f in open_flags(flagged)} == {"fever", "redness", "pus"}

    @pytest.mark.parametrize("role", ["patient", "admin", "superuser", "other_clinician"])
    def test_by_anybody_else(self, flagged, clinician, request, role):
        review = a_review(flagged, clinician)
        person = request.getfixturevalue(role)
        with pytest.raises(NotAllowed):
            undo_review(by=getattr(person, "user", person), review=review)
        assert Review.objects.get().undone_at is None


def test_it_can_be_reviewed_anew_and_is_announced_anew(flagged, clinician, frozen, mailoutbox):
    undo_review(by=clinician, review=a_review(flagged, clinician, reply="Wrong."))
    a_review(flagged, clinician, reply="Right.")
    send(now=frozen + ANNOUNCE_AFTER)
    assert len([mail for mail in mailoutbox if "answered" in mail.subject]) == 1
    assert [review.reply for review in flagged.reviews.with_reply()] == ["Right."]


def test_a_promise_is_the_same_after_it(flagged, clinician):
    due = state(flagged, ["answer_due"])
    type(flagged.clinic).objects.filter(pk=flagged.clinic_id).update(closes_at="12:00", watch_days=5)
    undo_review(by=clinician, review=a_review(flagged, clinician))
    assert state(flagged, ["answer_due"]) == due


def test_of_two_at_once_one_undoes(db, tmp_path, frozen, monkeypatch):
    with apart(tmp_path):
        clinician = a_member(a_clinic(), Role.CLINICIAN, "Mira Osei")
        treatment = a_treatment(clinician, "Ana Ferreira", TREATED)
        a_log(treatment, 4, "fever")
        review = a_review(treatment, clinician)
        held_open(monkeypatch)
        undo = partial(undo_review, by=clinician)
        told = together(*(partial(undo, review=Review.objects.get(pk=review.pk)) for _ in range(2)))
        assert sorted(type(answer).__name__ for answer in told) == ["NoneType", "NotNow"]
        assert AuditEvent.objects.filter(action="review undone").count() == 1
