"""Moving running recoveries to another version: judged again, reviews kept, one by one, and never by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patients.actions import moves
from patients.actions.moves import move_batch, move_recovery, running, to_move
from patients.actions.norms import in_force, start_draft
from patients.actions.protocols import copy_protocol
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Flag, Log, Role, Treatment
from recovery.timeline.scale import Urgency
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_member, a_review, a_treatment, a_version, next_session, open_flags, with_band

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
EARLIER = datetime(2026, 3, 17, 8, tzinfo=UTC)
NARROWER = {"low": 0, "typical": 1, "high": 1, "urgent_above": 3}  # redness on days 3 and 4, where 0–2 was expected
URGENT_SOONER = {"high": 2, "urgent_above": 2}
WIDER = {"high": 3, "urgent_above": 4}


def version_with(by, pen, **cells):
    return a_version(by, pen, lambda norms: with_band(norms, "redness", 3, **cells, rationale="Tried."))


@pytest.fixture
def flagged(treatment):
    """Redness 3 on day 3: a watch, open since EARLIER."""
    a_log(treatment, 3, redness=3, at=EARLIER)
    return treatment


def move(by, treatment, version, why=""):
    return move_recovery(by=by, treatment=Treatment.objects.with_people().get(pk=treatment.pk), version=version, why=why, now=NOW)


def live(treatment):
    rows = Flag.objects.of(treatment).live().order_by("log__day", "rule", "subject")
    return list(rows.values_list("subject", "urgency", "norm_version__number", "raised_at", "review"))


def pinned(treatment):
    return Treatment.objects.get(pk=treatment.pk).norm_version


class TestFlags:
    def test_one_that_says_the_same_waits_since_it_was_raised(self, admin, pen, flagged):
        version = version_with(admin, pen, typical=2)
        assert move(admin, flagged, version) is True
        assert live(flagged) == [("redness", Urgency.WATCH, 2, EARLIER, None)]

    def test_one_that_was_reviewed_stays_reviewed(self, admin, clinician, pen, flagged):
        review = a_review(flagged, clinician, at=EARLIER)
        move(admin, flagged, version_with(admin, pen, **NARROWER))
        assert live(flagged) == [("redness", Urgency.WATCH, 2, EARLIER, review.pk)]
        assert open_flags(flagged) == []

    def test_one_that_is_more_urgent_now_counts_from_now(self, admin, pen, flagged):
        move(admin, flagged, version_with(admin, pen, **URGENT_SOONER))
        assert live(flagged) == [("redness", Urgency.URGENT, 2, NOW, None)]
        flagged.refresh_from_db()
        assert (flagged.open_urgency, flagged.open_since) == (Urgency.URGENT, NOW)

    def test_one_that_is_more_urgent_now_and_was_reviewed_stays_reviewed(self, admin, clinician, pen, flagged):
        review = a_review(flagged, clinician, at=EARLIER)
        move(admin, flagged, version_with(admin, pen, **URGENT_SOONER))
        assert live(flagged) == [("redness", Urgency.URGENT, 2, NOW, review.pk)]

    def test_one_that_is_less_urgent_now_waits_since_it_was_raised(self, admin, pen, treatment):
        a_log(treatment, 3, redness=4, at=EARLIER)
        move(admin, treatment, version_with(admin, pen, high=2, urgent_above=4))
        assert live(treatment) == [("redness", Urgency.WATCH, 2, EARLIER, None)]

    def test_one_that_no_longer_stands_is_withdrawn(self, admin, pen, flagged):
        move(admin, flagged, version_with(admin, pen, **WIDER))
        assert (live(flagged), Flag.objects.get().withdrawn_at) == ([], NOW)
        assert (Log.objects.get().urgency, Treatment.objects.get(pk=flagged.pk).open_urgency) == (0, 0)

    def test_one_that_is_new_counts_from_now(self, admin, pen, treatment):
        a_log(treatment, 3, redness=2, at=EARLIER)
        move(admin, treatment, version_with(admin, pen, **NARROWER))
        assert live(treatment) == [("redness", Urgency.WATCH, 2, NOW, None)]
        assert Log.objects.get().urgency == Urgency.WATCH

    def test_what_was_flagged_under_the_old_norms_is_kept_as_it_was(self, admin, pen, flagged):
        old = Flag.objects.values("norm_version", "band", "why", "raised_at").get()
        move(admin, flagged, version_with(admin, pen, **NARROWER))
        assert Flag.objects.filter(withdrawn_at=NOW).values("norm_version", "band", "why", "raised_at").get() == old


class TestOne:
    def test_it_is_pinned_and_audited(self, admin, pen, flagged):
        first, version = in_force(pen), version_with(admin, pen, **NARROWER)
        move(admin, flagged, version, why="Chosen.")
        assert pinned(flagged) == version
        event = AuditEvent.objects.get(action="recovery moved")
        assert (event.subject_id, event.actor, event.clinic, event.why) == (str(flagged.uuid), admin, admin.clinic, "Chosen.")
        assert event.before == {"protocol": "pen", "version": 1, "norm_version": str(first.pk)}
        assert event.after == {"protocol": "pen", "version": 2, "norm_version": str(version.pk)}

    def test_without_a_reason_of_its_own_it_says_that_of_the_version(self, admin, pen, flagged):
        move(admin, flagged, version_with(admin, pen, **NARROWER))
        assert AuditEvent.objects.get(action="recovery moved").why == "Tested."

    def test_again_it_changes_nothing(self, admin, pen, flagged):
        version = version_with(admin, pen, **NARROWER)
        move(admin, flagged, version)
        known = list(Flag.objects.order_by("pk").values())
        assert move(admin, flagged, version) is False
        assert list(Flag.objects.order_by("pk").values()) == known
        assert AuditEvent.objects.filter(action="recovery moved").count() == 1

    def test_a_draft_is_refused(self, admin, pen, flagged):
        with pytest.raises(NotNow, match=r"^Version 2 is draft: what can be done is edit, publish, discard\.$"):
            move(admin, flagged, start_draft(by=admin, protocol=pen))
        assert pinned(flagged).number == 1

    @pytest.mark.parametrize("name", ["other admin", "superuser", "clinician"])
    def test_only_admins_of_the_clinic_move_its_recoveries(self, request, admin, pen, flagged, other_clinic, name):
        known = pinned(flagged)
        other = name == "other admin"
        person = a_member(other_clinic, Role.ADMIN, "Ola Berg") if other else request.getfixturevalue(name)
        with pytest.raises(NotAllowed, match=r"^Only the admins of a clinic move its recoveries to other norms\.$"):
            move(person, flagged, known)
        assert (pinned(flagged), AuditEvent.objects.filter(action="recovery moved").count()) == (known, 0)


@pytest.mark.parametrize("cells", [NARROWER, URGENT_SOONER, WIDER])
def test_publishing_alone_changes_no_recovery(admin, pen, flagged, cells):
    def everything():
        return [list(model.objects.order_by("pk").values()) for model in (Treatment, Log, Flag)]

    known = everything()
    version_with(admin, pen, **cells)
    assert everything() == known


def test_a_new_treatment_follows_the_version_of_its_day(admin, clinician, pen, treatment):
    version = version_with(admin, pen, **NARROWER)
    assert (pinned(treatment).number, pinned(a_treatment(clinician, "Bo Lind", TREATED))) == (1, version)


class TestBatch:
    @pytest.fixture
    def five(self, clinician):
        """Oldest first."""
        return [a_treatment(clinician, f"P{n} Lind", TREATED - timedelta(days=5 - n)) for n in range(5)]

    @pytest.fixture
    def version(self, admin, pen, five):
        return version_with(admin, pen, **NARROWER)

    def numbers(self, treatments):
        return [pinned(t).number for t in treatments]

    def test_it_moves_the_oldest_first_and_says_how_many_are_left(self, admin, five, version):
        assert move_batch(by=admin, version=version, most=2) == 3
        assert self.numbers(five) == [2, 2, 1, 1, 1]
        assert [move_batch(by=admin, version=version, most=2) for _ in range(3)] == [1, 0, 0]
        assert self.numbers(five) == [2] * 5
        assert AuditEvent.objects.filter(action="recovery moved").count() == 5

    def test_a_request_moves_no_more_than_a_batch(self, admin, five, version, monkeypatch):
        monkeypatch.setattr(move_batch, "__kwdefaults__", {**move_batch.__kwdefaults__, "most": 3})
        assert moves.BATCH == 50
        assert move_batch(by=admin, version=version) == 2

    def test_a_stop_in_between_loses_nothing_and_it_goes_on(self, admin, five, version, monkeypatch):
        record, left = moves.audit.record, iter([True, True])

        def fails_at_the_third(*args, **kwargs):
            if not next(left, False):
                raise OSError("the server stopped")
            record(*args, **kwargs)

        with monkeypatch.context() as patched:
            patched.setattr(moves.audit, "record", fails_at_the_third)
            with pytest.raises(OSError, match="stopped"):
                move_batch(by=admin, version=version)
        # The third was judged and pinned before it failed: all of it is undone.
        assert self.numbers(five) == [2, 2, 1, 1, 1]
        assert AuditEvent.objects.filter(action="recovery moved").count() == 2
        assert move_batch(by=admin, version=version) == 0
        assert self.numbers(five) == [2] * 5

    def test_another_clinic_s_are_left_alone(self, admin, other_treatment, five):
        own = copy_protocol(by=admin, protocol=other_treatment.protocol)
        assert move_batch(by=admin, version=in_force(own)) == 0
        assert (pinned(other_treatment).protocol, self.numbers(five)) == (other_treatment.protocol, [1] * 5)
        assert {pinned(t).protocol for t in five} == {own}

    def test_the_clinic_s_own_copy_picks_up_those_of_the_shared_protocol(self, admin, pen, five):
        own = copy_protocol(by=admin, protocol=pen)
        assert list(to_move(admin.clinic, in_force(own))) == five
        move_batch(by=admin, version=in_force(own), most=4)
        kept = list(Treatment.objects.order_by("treated_on").values_list("protocol", "norm_version__protocol"))
        assert kept == [(own.pk, own.pk)] * 4 + [(pen.pk, pen.pk)]
        # The shared one does not take them back.
        assert list(running(admin.clinic, in_force(pen))) == five[4:]

    def test_other_protocols_are_left_alone(self, admin, clinician, pen):
        deep = a_treatment(clinician, "Di Marsh", TREATED, protocol="pen-deep")
        assert move_batch(by=admin, version=version_with(admin, pen, **NARROWER)) == 0
        assert pinned(deep).protocol.slug == "pen-deep"


class TestRunning:
    def test_a_recovery_ends_a_day_after_the_last_that_the_norms_cover(self, admin, clinician, pen):
        short = a_version(admin, pen, lambda norms: replace(norms, bands=tuple(cut(norms.bands, 9))), reason="Shorter.")
        over, last = (a_treatment(clinician, f"P{n} Lind", TODAY - timedelta(days=n)) for n in (11, 10))
        assert (list(running(admin.clinic, short)), over.norm_version) == ([last], short)

    def test_one_with_a_later_session_is_over(self, admin, clinician, pen, treatment):
        second = next_session(clinician, treatment.patient, TODAY)
        assert list(running(admin.clinic, in_force(pen))) == [second]


def cut(bands, last_day):
    """The bands up to a day."""
    return (replace(b, last_day=min(b.last_day, last_day)) for b in bands if b.first_day <= last_day)
