"""Out of sight until a date, or until something new or worse; and whose a row is."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest

from patients.actions.moves import move_recovery
from patients.actions.reviews import undo_review
from patients.actions.snoozes import assign_recovery, snooze_recovery, unassign_recovery, wake_recovery
from patients.errors import NotAllowed, NotNow
from patients.exports import queue
from patients.models import AuditEvent, Role, Treatment, User
from tests.at_once import apart, held_open, together
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_review, a_treatment, a_version, open_flags, with_band

UNTIL = TODAY + timedelta(days=3)
STRANGERS = ["patient", "admin", "superuser", "other_clinician"]


@pytest.fixture
def watched(treatment):
    a_log(treatment, 4, redness=3, at=datetime(2026, 3, 18, 9, tzinfo=UTC))
    return treatment


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


def stored(treatment):
    fresh = Treatment.objects.get(pk=treatment.pk)
    return fresh.snoozed_until, fresh.snoozed_by


def events(action):
    return list(AuditEvent.objects.filter(action=action).order_by("pk"))


class TestSnoozing:
    def test_it_is_stored_as_the_clinics_midnight_and_audited(self, watched, clinician):
        snooze_recovery(by=clinician, treatment=watched, until=UNTIL)
        assert stored(watched) == (datetime(2026, 3, 21, tzinfo=UTC), clinician)
        (event,) = events("recovery snoozed")
        assert (event.actor, event.subject_id, event.after) == (clinician, str(watched.uuid), {"until": "2026-03-21"})

    def test_the_clinics_clock_decides_the_midnight(self, travel_to, db):
        travel_to(date(2026, 7, 1), time(9))
        clinic = a_clinic("Bay Clinic", time_zone="Pacific/Auckland")
        clinician = a_member(clinic, Role.CLINICIAN, "Tane Hill")
        treatment = a_treatment(clinician, "Mei Chen", date(2026, 7, 1), "pen", time_zone="Pacific/Auckland")
        a_log(treatment, 0, redness=4, swelling=0, pain=4, at=datetime(2026, 7, 1, 9, tzinfo=UTC))
        Treatment.objects.filter(pk=treatment.pk).update(open_urgency=2)
        snooze_recovery(by=clinician, treatment=treatment, until=date(2026, 7, 3))
        assert stored(treatment)[0] == datetime(2026, 7, 2, 12, tzinfo=UTC)

    def test_it_leaves_the_list_until_then(self, watched, clinician, frozen):
        snooze_recovery(by=clinician, treatment=watched, until=UNTIL)
        seen = {hours: len(queue.page(clinician, frozen + timedelta(hours=hours))) for hours in (0, 59, 60, 61)}
        assert seen == {0: 0, 59: 0, 60: 1, 61: 1}

    def test_again_changes_the_date_and_the_same_again_nothing(self, watched, clinician, colleague):
        for by, until in ((clinician, UNTIL), (clinician, UNTIL), (colleague, UNTIL + timedelta(days=1))):
            snooze_recovery(by=by, treatment=watched, until=until)
        assert [(e.actor, e.before, e.after) for e in events("recovery snoozed")] == [
            (clinician, None, {"until": "2026-03-21"}),
            (colleague, {"until": "2026-03-21"}, {"until": "2026-03-22"}),
        ]

    def test_what_is_overdue_may_be_snoozed(self, watched, clinician, travel_to):
        travel_to(TODAY + timedelta(days=20))
        snooze_recovery(by=clinician, treatment=watched, until=TODAY + timedelta(days=21))
        assert stored(watched)[1] == clinician

    @pytest.mark.parametrize(
        "days, says",
        [
            (0, "Wednesday 18 March is today. Choose a date from tomorrow on."),
            (-1, "Tuesday 17 March is over. Choose a date from tomorrow on."),
            (-400, "Tuesday 11 February is over. Choose a date from tomorrow on."),
            (61, "Monday 18 May 2026 is more than 60 days ahead. Choose an earlier date."),
            (9999, "Saturday 2 August 2053 is more than 60 days ahead. Choose an earlier date."),
        ],
    )
    def test_a_date_out_of_reach_is_refused_in_words(self, watched, clinician, days, says):
        with pytest.raises(NotNow) as refused:
            snooze_recovery(by=clinician, treatment=watched, until=TODAY + timedelta(days=days))
        assert (str(refused.value), stored(watched), events("recovery snoozed")) == (says, (None, None), [])

    @pytest.mark.parametrize("days", [1, 60])
    def test_the_edges(self, watched, clinician, days):
        snooze_recovery(by=clinician, treatment=watched, until=TODAY + timedelta(days=days))
        assert stored(watched)[1] == clinician

    @pytest.mark.parametrize("signs, word", [("fever", "urgent"), ("breathing", "emergency")])
    def test_what_is_urgent_cannot_be(self, treatment, clinician, signs, word):
        a_log(treatment, 4, signs)
        with pytest.raises(NotNow, match=f"^This is {word} and cannot be snoozed. Review it, or assign it to yourself.$"):
            snooze_recovery(by=clinician, treatment=treatment, until=UNTIL)
        assert stored(treatment) == (None, None)

    def test_nothing_open_is_nothing_to_snooze(self, treatment, clinician):
        with pytest.raises(NotNow, match="^Nothing is open here"):
            snooze_recovery(by=clinician, treatment=treatment, until=UNTIL)

    @pytest.mark.parametrize("role", STRANGERS)
    def test_who_may_not(self, watched, request, role):
        person = request.getfixturevalue(role)
        for act in (partial(snooze_recovery, until=UNTIL), wake_recovery, assign_recovery, unassign_recovery):
            with pytest.raises(NotAllowed, match="^Only clinicians of this clinic work its queue.$"):
                act(by=getattr(person, "user", person), treatment=watched)
        assert (stored(watched), Treatment.objects.get(pk=watched.pk).assigned_to) == ((None, None), None)

    def test_it_can_be_ended_once(self, watched, clinician, colleague):
        snooze_recovery(by=clinician, treatment=watched, until=UNTIL)
        for _ in range(2):
            wake_recovery(by=colleague, treatment=watched)
        assert (stored(watched), [e.actor for e in events("snooze ended")]) == ((None, None), [colleague])


class TestWhatEndsIt:
    """In the transaction of the log."""

    @pytest.fixture
    def snoozed(self, watched, clinician):
        snooze_recovery(by=clinician, treatment=watched, until=UNTIL)
        return watched

    @pytest.mark.parametrize(
        "day, answers, ends",
        [
            (5, {}, False),  # a calm log
            (4, {"redness": 3, "note": "Still."}, False),
            (4, {"redness": 3, "swelling": 1}, False),  # within the band
            (5, {"redness": 2}, False),  # no further out
            (5, {"redness": 3}, True),  # further out: 0–1 is expected by then
            (5, {"redness": 2, "breakouts": 3}, True),
            (5, {"asked": True}, True),
            (5, {"signs": "fever"}, True),
            (4, {"redness": 4}, True),
            (4, {"redness": 3, "breakouts": 3}, True),
        ],
    )
    def test_anything_new_or_worse(self, snoozed, day, answers, ends):
        a_log(snoozed, day, **answers)
        assert (stored(snoozed)[0] is None) is ends
        assert [(e.actor, e.why) for e in events("snooze ended")] == [(None, "something new or worse came in")] * ends

    def test_a_smaller_amendment_does_not(self, treatment, clinician):
        a_log(treatment, 8, flaking=3)  # two above 0–1
        snooze_recovery(by=clinician, treatment=treatment, until=UNTIL)
        a_log(treatment, 8, late=1, flaking=2)
        assert (len(open_flags(treatment)), stored(treatment)[1]) == (1, clinician)

    def test_with_nothing_open_it_is_over_without_a_word(self, snoozed, clinician):
        a_review(snoozed, clinician)
        assert (stored(snoozed), events("snooze ended")) == ((None, None), [])

    def test_and_with_a_withdrawn_flag(self, snoozed):
        a_log(snoozed, 4)
        assert (stored(snoozed), events("snooze ended")) == ((None, None), [])

    def test_norms_that_make_it_urgent_end_it(self, snoozed, admin):
        version = a_version(admin, snoozed.protocol, lambda norms: with_band(norms, "redness", 4, high=1, urgent_above=1))
        move_recovery(by=admin, treatment=snoozed, version=version, why="Stricter.")
        assert Treatment.objects.get(pk=snoozed.pk).open_urgency == 3
        assert stored(snoozed) == (None, None)

    def test_an_undone_review_of_something_urgent_ends_it(self, treatment, clinician):
        a_log(treatment, 3, "fever")
        review = a_review(treatment, clinician)
        a_log(treatment, 4, breakouts=3)
        snooze_recovery(by=clinician, treatment=treatment, until=UNTIL)
        undo_review(by=clinician, review=review)
        assert (Treatment.objects.get(pk=treatment.pk).open_urgency, stored(treatment)) == (3, (None, None))

    def test_a_log_that_fails_leaves_it(self, snoozed, monkeypatch):
        monkeypatch.setattr("patients.actions.silence.after_log", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            a_log(snoozed, 5, "fever")
        assert stored(snoozed)[0] is not None
        assert len(open_flags(snoozed)) == 1


class TestAssigning:
    def test_it_is_mine_and_audited_once(self, watched, clinician):
        for _ in range(2):
            assign_recovery(by=clinician, treatment=watched)
        assert Treatment.objects.get(pk=watched.pk).assigned_to == clinician
        assert [(e.actor, e.after) for e in events("recovery assigned")] == [(clinician, {"to": str(clinician.uuid)})]

    def test_who_comes_second_is_told_who_has_it(self, watched, clinician, colleague):
        assign_recovery(by=colleague, treatment=watched)
        with pytest.raises(NotNow, match="^Jonas Lind, Dr has taken this already. Ask them, or leave it with them.$"):
            assign_recovery(by=clinician, treatment=watched)
        assert Treatment.objects.get(pk=watched.pk).assigned_to == colleague

    def test_from_who_can_no_longer_sign_in_it_is_taken_over(self, watched, clinician, colleague):
        assign_recovery(by=colleague, treatment=watched)
        User.objects.filter(pk=colleague.pk).update(is_active=False)
        assign_recovery(by=clinician, treatment=Treatment.objects.with_people().get(pk=watched.pk))
        assert Treatment.objects.get(pk=watched.pk).assigned_to == clinician

    def test_it_can_be_given_back_by_anybody_once(self, watched, clinician, colleague):
        assign_recovery(by=colleague, treatment=watched)
        for _ in range(2):
            unassign_recovery(by=clinician, treatment=watched)
        assert Treatment.objects.get(pk=watched.pk).assigned_to is None
        assert [(e.actor, e.before) for e in events("recovery unassigned")] == [(clinician, {"to": str(colleague.uuid)})]


def test_of_several_who_take_it_at_once_one_has_it(db, tmp_path, frozen, monkeypatch):
    with apart(tmp_path):
        clinic = a_clinic()
        people = [a_member(clinic, Role.CLINICIAN, f"P{number} Osei") for number in range(4)]
        treatment = a_treatment(people[0], "Ana Ferreira", TREATED)
        a_log(treatment, 4, redness=3)
        held_open(monkeypatch)
        mine = [Treatment.objects.with_people().get(pk=treatment.pk) for _ in people]
        told = together(*(partial(assign_recovery, by=by, treatment=own) for by, own in zip(people, mine, strict=True)))
        holder = Treatment.objects.get(pk=treatment.pk).assigned_to
        assert [str(answer) for answer in told if answer] == [f"{holder.name} has taken this already. Ask them, or leave it with them."] * 3
        assert told[people.index(holder)] is None
        assert len(events("recovery assigned")) == 1
