"""What the flags were worth, counted by hand over lives that were lived."""

from datetime import UTC, datetime, time, timedelta

import pytest

from patients.actions.moves import move_recovery
from patients.exports.adherence import BY_CODE, adherence, recoveries_at
from patients.exports.insights import Insights, insights, since_of, subjects_of
from patients.models import Flag
from recovery.timeline.scale import Disposition, Urgency
from tests.conftest import TODAY
from tests.factories import a_log, a_review, a_treatment, a_version, next_session

DAY_0 = TODAY - timedelta(days=10)  # a Sunday; day 1 is Monday 9 March
NOON = datetime.combine(TODAY, time(12), UTC)


def on(day, hour=12):
    """A moment of the recovery's day."""
    return datetime.combine(DAY_0 + timedelta(days=day), time(hour), UTC)


def counted(clinic, period="90") -> Insights:
    return insights(clinic, period, NOON)


def tallies(found, filter):
    """By code: flags, open, covered, reviewed, action."""
    table = next(table for table in found.tables if table.filter == filter)
    return {row.code: (row.tally.flags, row.tally.open, row.tally.covered, row.tally.reviewed, row.tally.action) for row in table.rows}


def total(found):
    return (found.total.flags, found.total.open, found.total.covered, found.total.reviewed, found.total.action, found.withdrawn)


@pytest.fixture
def ana(clinician):
    return a_treatment(clinician, "Ana Ferreira", DAY_0)


@pytest.fixture
def lives(clinician, ana):
    """Two patients, seven flags: what became of each stands beside it."""
    bo = a_treatment(clinician, "Bo Lind", DAY_0)
    a_log(ana, 0, redness=3, at=on(0))
    a_log(ana, 3, redness=3, at=on(3, 10))  # watch; advice after two hours
    a_review(ana, clinician, Disposition.ADVICE, at=on(3, 12))
    a_log(ana, 4, redness=3, swelling=1, at=on(4, 10))  # redness as yesterday, in the same band: covered
    a_log(ana, 5, "fever", at=on(5, 10))  # urgent; called the next day, after the close of the same
    a_review(ana, clinician, Disposition.CALLED, at=on(6, 12))
    a_log(bo, 1, "itchy_rash", asked=True, at=on(1, 10))  # two of them, expected for this patient, after an hour
    a_review(bo, clinician, Disposition.EXPECTED, at=on(1, 11))
    a_log(bo, 8, "fever", at=on(8, 10))  # urgent, still open: its promise ended two days ago
    a_log(bo, 9, asked=True, at=on(9, 20))  # watch, still open, promised for the day after tomorrow
    return ana, bo


def test_every_flag_is_counted_once(clinic, lives):
    assert total(counted(clinic)) == (7, 2, 1, 4, 2, 0)


def test_by_rule_symptom_and_day(clinic, lives):
    found = counted(clinic)
    assert tallies(found, "rule") == {
        "asked_for_review": (2, 1, 0, 1, 0), "warning_sign": (3, 1, 0, 2, 1), "above_range": (2, 0, 1, 1, 1),
    }  # fmt: skip
    assert tallies(found, "symptom") == {
        "fever": (2, 1, 0, 1, 1), "log": (2, 1, 0, 1, 0), "redness": (2, 0, 1, 1, 1), "itchy_rash": (1, 0, 0, 1, 0),
    }  # fmt: skip
    assert tallies(found, "days") == {"0-3": (3, 0, 0, 3, 1), "4-7": (2, 0, 1, 1, 1), "8-28": (2, 2, 0, 0, 0)}


def test_logs_recoveries_reviews_and_the_rate(clinic, lives):
    found = counted(clinic)
    assert (found.logs, found.recoveries, found.waits.reviews, found.rate) == (7, 2, 3, 100)


def test_the_tables_name_their_rows_the_commonest_first(clinic, lives):
    rules, symptoms, days = counted(clinic).tables
    assert [row.name for row in rules.rows] == ["Warning sign", "Above range", "Asked for review"]
    assert [row.name for row in symptoms.rows][:3] == ["Fever or chills", "Redness", "The log as a whole"]
    assert [row.name for row in days.rows] == ["Days 0 to 3", "Days 4 to 7", "Days 8 to 28"]


def test_time_to_review_and_the_promise(clinic, lives):
    """Urgent: one answered after 26 hours, late; one open and overdue. Watch: after 1, 1 and 2 hours; the open one may still wait."""
    rows = [(w.urgency, w.reviewed, w.median, w.nine_in_ten, w.kept, w.promise.of, w.overdue) for w in counted(clinic).waits.rows]
    assert rows == [(Urgency.URGENT, 1, "26 h", "26 h", 0, 2, 1), (Urgency.WATCH, 3, "1 h", "2 h", 3, 3, 0)]


@pytest.mark.parametrize("disposition", Disposition)
def test_what_counts_as_action(clinic, clinician, ana, disposition):
    a_log(ana, 3, redness=3, at=on(3))
    a_review(ana, clinician, disposition, at=on(4))
    acted = disposition in {"advice", "called", "visit", "escalated"}
    assert (disposition.led_to_action, counted(clinic).total.action) == (acted, int(acted))


def test_another_clinics_flags_and_logs_never_count(clinic, other_clinic, other_clinician, lives):
    def said():
        found = counted(clinic)
        return total(found), found.tables, found.logs, found.recoveries, found.adherence, found.waits

    before = said()
    other = a_treatment(other_clinician, "Lea Krog", DAY_0)
    a_log(other, 3, "fever", redness=4, at=on(3))
    a_review(other, other_clinician, Disposition.VISIT, at=on(4))
    assert said() == before
    assert [(total(found), found.logs) for found in (counted(other_clinic, "90"), counted(other_clinic, "all"))] == [
        ((2, 0, 0, 2, 2, 0), 1), ((2, 0, 0, 2, 2, 0), 1),
    ]  # fmt: skip


class TestPeriods:
    @pytest.mark.parametrize("period, flags, logs", [("30", 1, 1), ("90", 2, 2), ("365", 3, 3), ("all", 4, 4)])
    def test_the_logs_entry_decides(self, clinic, clinician, period, flags, logs):
        for number, age in enumerate((20, 60, 200, 400)):
            treatment = a_treatment(clinician, f"P{number}", TODAY - timedelta(days=age))
            a_log(treatment, 0, "fever")
        found = counted(clinic, period)
        assert (found.total.flags, found.logs) == (flags, logs)

    def test_a_flag_raised_later_belongs_to_its_log(self, clinic, ana):
        a_log(ana, 3, at=on(3))
        a_log(ana, 3, "fever", at=on(4))
        assert (total(counted(clinic))[0], total(insights(clinic, "30", on(33, 13)))[0]) == (1, 0)

    @pytest.mark.parametrize("period, since", [("30", NOON - timedelta(days=30)), ("all", None)])
    def test_since(self, period, since):
        assert since_of(period, NOON) == since


class TestTakenBack:
    """Flags that no longer stand."""

    def test_corrected_before_anybody_looked_it_does_not_count(self, clinic, ana):
        a_log(ana, 3, "fever", at=on(3))
        a_log(ana, 3, at=on(3, 13))
        assert total(counted(clinic)) == (0, 0, 0, 0, 0, 1)

    def test_corrected_after_the_review_it_stays_reviewed(self, clinic, clinician, ana):
        a_log(ana, 3, "fever", at=on(3))
        a_review(ana, clinician, Disposition.ENTRY_ERROR, at=on(3, 13))
        a_log(ana, 3, at=on(3, 14))
        assert total(counted(clinic)) == (1, 0, 0, 1, 0, 0)

    def test_a_change_that_leaves_it_flagged_counts_the_flag_that_was_answered(self, clinic, clinician, ana):
        a_log(ana, 3, redness=4, at=on(3))
        a_log(ana, 3, redness=3, at=on(3, 13))
        a_review(ana, clinician, Disposition.ADVICE, at=on(3, 14))
        assert total(counted(clinic)) == (1, 0, 0, 1, 1, 1)

    @pytest.mark.parametrize("is_reviewed", [False, True])
    def test_moved_to_other_norms_it_counts_once(self, clinic, clinician, admin, ana, is_reviewed):
        a_log(ana, 3, "fever", redness=3, at=on(3))
        if is_reviewed:
            a_review(ana, clinician, Disposition.VISIT, at=on(4))
        before = total(counted(clinic))
        move_recovery(by=admin, treatment=ana, version=a_version(admin, ana.protocol), why="Tested.")
        after = total(counted(clinic))
        assert Flag.objects.filter(withdrawn_at__isnull=False).count() == 2
        assert (after[:5], after[5]) == (before[:5], 2)


class TestAdherence:
    def of(self, clinic, first=None, today=TODAY):
        return {kept.step.code: (kept.share.hits, kept.share.of) for kept in adherence(clinic, first, today)}

    def test_days_that_are_over_are_counted(self, clinic, lives):
        """Ana logged days 0, 3, 4 and 5, Bo days 1, 8 and 9; today is day 10, so week 2 is not over."""
        assert self.of(clinic) == {
            "day-0": (1, 2), "day-1": (1, 2), "day-2": (0, 2), "day-3": (1, 2),
            "day-4": (1, 2), "day-5": (1, 2), "day-6": (0, 2), "day-7": (0, 2),
        }  # fmt: skip

    def test_a_check_in_counts_once_however_often_one_logs(self, clinic, clinician):
        first = a_treatment(clinician, "Cy Wood", TODAY - timedelta(days=29))
        a_treatment(clinician, "Di Marsh", TODAY - timedelta(days=29))
        for day in (8, 9, 14, 22):
            a_log(first, day)
        found = self.of(clinic)
        assert {step: found[step] for step in ("week-2", "week-3", "week-4")} == {"week-2": (1, 2), "week-3": (0, 2), "week-4": (1, 2)}
        assert "month-2" not in found

    def test_today_is_not_missed_yet(self, clinic, clinician):
        a_log(a_treatment(clinician, "Cy Wood", TODAY - timedelta(days=2)), 0)
        assert self.of(clinic) == {"day-0": (1, 1), "day-1": (0, 1)}

    def test_from_the_next_session_on_a_recovery_is_over(self, clinic, clinician, ana):
        a_log(ana, 2, at=on(2))
        next_session(clinician, ana.patient, DAY_0 + timedelta(days=3))
        # Ana's first session had come to day 2; the second, three days later, to day 6.
        assert self.of(clinic) == {
            "day-0": (0, 2), "day-1": (0, 2), "day-2": (1, 2), "day-3": (0, 1), "day-4": (0, 1), "day-5": (0, 1), "day-6": (0, 1),
        }  # fmt: skip

    def test_a_log_of_the_day_on_which_the_next_session_began_does_not_count(self, clinic, clinician, ana):
        a_log(ana, 3, at=on(3, 8))
        next_session(clinician, ana.patient, DAY_0 + timedelta(days=3))
        assert self.of(clinic)["day-3"] == (0, 1)

    def test_a_period_holds_the_steps_that_ended_in_it(self, clinic, lives):
        assert self.of(clinic, first=DAY_0 + timedelta(days=5)) == {"day-5": (1, 2), "day-6": (0, 2), "day-7": (0, 2)}

    @pytest.mark.parametrize("code", ["day-0", "day-3", "day-7"])
    def test_the_list_is_what_was_counted(self, clinic, lives, code):
        listed = [treatment.has_logged for treatment in recoveries_at(clinic, BY_CODE[code], None, TODAY)]
        assert (sum(listed), len(listed)) == self.of(clinic)[code]


class TestTheSentence:
    def test_without_logs(self, clinic):
        assert counted(clinic).sentence == "In the last 90 days no log was entered."

    def test_without_flags(self, clinic, ana):
        a_log(ana, 3, at=on(3))
        assert counted(clinic, "all").sentence == "Up to now no flag was raised on 1 log."

    def test_with_few_reviews(self, clinic, lives):
        says = "7 flags were raised on 7 logs; too few are reviewed to say how many led to action: 4 of the 20 it takes."
        assert counted(clinic).sentence == f"In the last 90 days {says}"

    @pytest.mark.parametrize(
        "action, says", [(12, "6 in\xa010 reviewed flags"), (0, "none of the reviewed flags"), (20, "all of the reviewed flags")]
    )
    def test_with_enough(self, clinic, ana, action, says):
        found = counted(clinic)
        found.logs, found.total.reviewed, found.total.open, found.total.action = 3120, 20, 392, action
        assert found.sentence == f"In the last 90 days 412 flags were raised on 3,120 logs; {says} led to action."


def test_names_are_of_the_shared_norms_and_the_clinics_own(clinic):
    names = subjects_of(clinic)
    assert (names["redness"], names["fever"], names["log"]) == ("Redness", "Fever or chills", "The log as a whole")


def test_six_queries_whatever_the_size(clinic, clinician, lives, django_assert_num_queries):
    for number in range(3):
        with django_assert_num_queries(6):
            counted(clinic)
        a_log(a_treatment(clinician, f"P{number}", DAY_0), 3, "fever", redness=4, at=on(3))
