"""Another date for a planned treatment, and calling it off."""

from datetime import date, time, timedelta

import pytest

from patients.actions.logs import record_log
from patients.actions.planning import call_off, change_date, how_called_off
from patients.actions.protocols import copy_protocol, retire_protocol
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Log, Role, Treatment
from tests.conftest import TODAY, TREATED
from tests.factories import a_draft as an_unpublished
from tests.factories import a_log, a_member, a_treatment, a_version, next_session, publish, said

IN_9_DAYS = TODAY + timedelta(days=9)
IN_20_DAYS = TODAY + timedelta(days=20)


@pytest.fixture
def second(clinician, treatment):
    """Session 2, planned in nine days; session 1 is on day 4."""
    return next_session(clinician, treatment.patient, IN_9_DAYS)


def stored(treatment):
    return Treatment.objects.filter(pk=treatment.pk).first()


def events(action):
    return list(AuditEvent.objects.filter(action=action))


class TestChangingTheDate:
    @pytest.mark.parametrize("days", [1, 8, 20, 180, 0, -3])
    def test_it_is_moved_and_audited(self, clinician, treatment, second, days):
        when = TODAY + timedelta(days=days)
        assert change_date(by=clinician, treatment=second, when=when, seen=IN_9_DAYS) is True
        assert (stored(second).treated_on, stored(second).session_before, stored(second).session_number) == (when, treatment, 2)
        (event,) = events("treatment rescheduled")
        assert (event.before["treated_on"], event.after["treated_on"], event.why) == (IN_9_DAYS.isoformat(), when.isoformat(), "")
        assert (event.subject_id, event.actor, event.clinic) == (str(second.uuid), clinician, clinician.clinic)

    def test_the_same_date_changes_nothing(self, clinician, second):
        assert change_date(by=clinician, treatment=second, when=IN_9_DAYS, seen=IN_9_DAYS) is False
        assert (stored(second).treated_on, events("treatment rescheduled")) == (IN_9_DAYS, [])

    def test_again_it_changes_nothing(self, clinician, second):
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        assert change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS) is False
        assert len(events("treatment rescheduled")) == 1

    @pytest.mark.parametrize(
        "when, says",
        [
            (TREATED, "Saturday 14 March is more than 3 days back."),
            (date(2026, 9, 15), "Tuesday 15 September 2026 is more than 180 days ahead."),
            (date(1926, 3, 18), "Thursday 18 March 1926 is more than ten years back."),
        ],
    )
    def test_a_date_out_of_reach_is_refused(self, clinician, second, when, says):
        with pytest.raises(NotNow, match=f"^{says}"):
            change_date(by=clinician, treatment=second, when=when, seen=IN_9_DAYS)
        assert (stored(second).treated_on, events("treatment rescheduled")) == (IN_9_DAYS, [])

    @pytest.mark.parametrize("days", [0, -1])
    def test_it_stays_after_the_session_before(self, clinician, days):
        first = a_treatment(clinician, "Mei Chen", TODAY - timedelta(days=1))
        second = next_session(clinician, first.patient, IN_9_DAYS)
        with pytest.raises(NotNow, match="^Session 1 was on Tuesday 17 March. Choose a day after it.$"):
            change_date(by=clinician, treatment=second, when=first.treated_on + timedelta(days=days), seen=IN_9_DAYS)

    def test_a_page_that_is_out_of_date_is_told(self, clinician, second):
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        with pytest.raises(NotNow, match="^This treatment is planned for Tuesday 7 April now: it was changed since you opened the page."):
            change_date(by=clinician, treatment=second, when=TODAY, seen=IN_9_DAYS)
        assert stored(second).treated_on == IN_20_DAYS

    def test_one_that_is_called_off_cannot_be_moved(self, clinician, second):
        call_off(by=clinician, treatment=stored(second), seen=IN_9_DAYS)
        with pytest.raises(NotNow, match="^This treatment was called off in the meantime."):
            change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)


class TestNorms:
    """No log was judged, so a new date is a new pin."""

    def test_it_follows_what_is_in_force_now_and_says_so(self, clinician, second):
        old, newer = second.norm_version, publish(an_unpublished("pen"))
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        assert stored(second).norm_version == newer
        (event,) = events("treatment rescheduled")
        assert (event.before["version"], event.before["norm_version"]) == (1, str(old.pk))
        assert (event.after["version"], event.after["norm_version"]) == (2, str(newer.pk))
        assert event.why == (
            "The norms changed since it was planned: Pen 0.5–1.5 mm, version 2 is in force now. No log was judged by the old ones."
        )

    def test_the_running_recovery_keeps_its_own(self, clinician, treatment, second):
        publish(an_unpublished("pen"))
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        assert stored(treatment).norm_version.number == 1

    def test_it_follows_the_clinics_own_copy(self, clinician, admin, second):
        own = copy_protocol(by=admin, protocol=second.protocol)
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        assert (stored(second).protocol, stored(second).norm_version.protocol) == (own, own)

    def test_it_keeps_them_where_its_protocol_is_retired(self, clinician, admin, second):
        newer = a_version(admin, second.protocol)
        retire_protocol(by=admin, protocol=second.protocol, why="Not used.")
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        assert (stored(second).norm_version.number, newer.number) == (1, 2)


class TestCallingOff:
    def test_the_row_goes_and_the_audit_says_what_it_was(self, clinician, treatment, second):
        assert call_off(by=clinician, treatment=second, seen=IN_9_DAYS) is True
        assert list(Treatment.objects.all()) == [treatment]
        (event,) = events("treatment called off")
        assert (event.subject_id, event.actor, event.after) == (str(second.uuid), clinician, None)
        assert event.before == {
            "patient": str(treatment.patient.uuid), "treated_on": "2026-03-27", "protocol": "pen", "version": 1,
            "norm_version": str(second.norm_version_id), "session_number": 2, "area": "face", "device": "", "needle_depth_mm": None,
            "factors": [], "baseline": {}, "recorded_at": "2026-03-18T12:00:00+00:00", "recorded_by": "Mira Osei",
        }  # fmt: skip

    def test_again_it_says_so_calmly(self, clinician, second):
        stale = stored(second)
        assert [call_off(by=clinician, treatment=one, seen=IN_9_DAYS) for one in (second, stale)] == [True, False]
        assert len(events("treatment called off")) == 1

    def test_another_can_be_planned_then(self, clinician, treatment, second):
        call_off(by=clinician, treatment=second, seen=IN_9_DAYS)
        assert next_session(clinician, treatment.patient, IN_20_DAYS).session_number == 2

    def test_a_page_that_is_out_of_date_is_told(self, clinician, second):
        stale = stored(second)
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        with pytest.raises(NotNow, match="^This treatment is planned for Tuesday 7 April now"):
            call_off(by=clinician, treatment=stale, seen=IN_9_DAYS)
        assert stored(second) == second

    def test_what_became_of_it_can_be_asked(self, clinician, other_clinic, treatment, second):
        uuid = second.uuid
        assert how_called_off(clinician.clinic, uuid) is None
        call_off(by=clinician, treatment=second, seen=IN_9_DAYS)
        gone = how_called_off(clinician.clinic, uuid)
        assert (gone.patient, gone.treated_on, gone.event.actor) == (treatment.patient.uuid, IN_9_DAYS, clinician)
        assert how_called_off(other_clinic, uuid) is None


DO = {
    "change the date": lambda by, treatment: change_date(by=by, treatment=treatment, when=IN_20_DAYS, seen=treatment.treated_on),
    "call off": lambda by, treatment: call_off(by=by, treatment=treatment, seen=treatment.treated_on),
}


@pytest.mark.parametrize("do", DO)
class TestWhatCanBeChanged:
    """Until something is known of it: the same for both."""

    def refused(self, do, by, treatment, says):
        with pytest.raises(NotNow, match=f"^{says}"):
            DO[do](by, treatment)
        assert stored(treatment).treated_on == treatment.treated_on
        assert events("treatment rescheduled") + events("treatment called off") == []

    @pytest.mark.parametrize("days", [0, 1, 30])
    def test_its_day_has_come_and_nothing_was_logged(self, clinician, second, travel_to, do, days):
        travel_to(IN_9_DAYS + timedelta(days=days))
        when = TODAY + timedelta(days=60)
        if do == "change the date":
            assert change_date(by=clinician, treatment=second, when=when, seen=IN_9_DAYS) is True
            assert stored(second).treated_on == when
        else:
            assert call_off(by=clinician, treatment=second, seen=IN_9_DAYS) is True
            assert stored(second) is None

    def test_once_it_is_logged_it_stays(self, clinician, second, travel_to, do):
        travel_to(IN_9_DAYS, time(20))
        a_log(second, 0)
        self.refused(do, clinician, second, "The patient has logged this treatment.")

    def test_one_with_a_later_session_stays(self, clinician, treatment, second, travel_to, do):
        travel_to(IN_20_DAYS)
        next_session(clinician, treatment.patient, IN_20_DAYS)
        self.refused(do, clinician, second, "A later session is recorded.")

    def test_what_was_not_planned_stays(self, clinician, treatment, do):
        self.refused(do, clinician, treatment, "This treatment was recorded when it was done.")

    def test_only_clinicians_of_the_clinic(self, second, treatment, admin, other_clinician, do):
        for person in (treatment.patient.user, admin, other_clinician, a_member(None, Role.CLINICIAN, "Locum", is_superuser=True)):
            with pytest.raises(NotAllowed, match="^Only clinicians of this clinic plan its treatments.$"):
                DO[do](person, second)
        assert stored(second).treated_on == IN_9_DAYS


class TestTheLogMeanwhile:
    """The patient's page was opened on the day; the clinic changes the plan before it is sent."""

    @pytest.fixture
    def opened(self, second, travel_to):
        travel_to(IN_9_DAYS)
        return Treatment.objects.with_people().get(pk=second.pk)

    def log(self, treatment):
        return record_log(by=treatment.patient.user, treatment=treatment, when=IN_9_DAYS, said=said())

    def test_one_that_is_moved_takes_no_log_of_the_old_day(self, clinician, second, opened):
        change_date(by=clinician, treatment=second, when=IN_20_DAYS, seen=IN_9_DAYS)
        with pytest.raises(NotNow, match="^Friday 27 March is before your treatment."):
            self.log(opened)
        assert Log.objects.count() == 0

    def test_one_that_began_earlier_counts_from_its_new_day(self, clinician, second, opened):
        change_date(by=clinician, treatment=second, when=IN_9_DAYS - timedelta(days=2), seen=IN_9_DAYS)
        assert self.log(opened).log.day == 2

    def test_one_that_is_called_off_takes_none(self, clinician, second, opened):
        call_off(by=clinician, treatment=second, seen=IN_9_DAYS)
        with pytest.raises(NotNow, match="^This treatment was called off a moment ago."):
            self.log(opened)
        assert Log.objects.count() == 0
