"""A clinic's hours, holidays and promises: set by its admins, and no promise that was made changes with them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from patients.actions.clock import set_clock, state_of
from patients.errors import NotAllowed, NotNow, Overtaken
from patients.models import AuditEvent, Clinic, Flag, Holiday, Role, Treatment
from tests.conftest import TODAY
from tests.factories import a_log, a_member

CLOCK = {"opens_at": time(8, 30), "closes_at": time(17), "weekdays": "64321", "watch_days": 3, "urgent_hours": 4}
FRIDAY, SATURDAY = date(2026, 3, 20), date(2026, 3, 21)
AT = datetime(2026, 3, 18, 10, tzinfo=UTC)


def change(by, **changes):
    set_clock(by=by, **{**CLOCK, "holidays": {FRIDAY: "Founders’ day"}, **changes})


def test_all_of_it_is_stored_and_audited(admin):
    change(admin)
    clinic = Clinic.objects.get(pk=admin.clinic_id)
    assert {name: getattr(clinic, name) for name in CLOCK} == CLOCK | {"weekdays": "12346"}
    assert list(Holiday.objects.values_list("clinic", "day", "name")) == [(clinic.pk, FRIDAY, "Founders’ day")]
    event = AuditEvent.objects.get(action="clock set")
    assert (event.actor, event.before["watch_days"], event.before["holidays"]) == (admin, 2, {})
    assert event.after == {
        **{"opens_at": "08:30", "closes_at": "17:00", "weekdays": "12346", "watch_days": 3, "urgent_hours": 4},
        "holidays": {"2026-03-20": "Founders’ day"},
    }


def test_the_same_again_changes_nothing(admin):
    change(admin)
    kept = Holiday.objects.get().pk
    change(admin)
    assert (AuditEvent.objects.filter(action="clock set").count(), Holiday.objects.get().pk) == (1, kept)


def test_holidays_are_replaced(admin, other_clinic):
    Holiday.objects.create(clinic=other_clinic, day=FRIDAY, name="Theirs")
    change(admin)
    change(admin, holidays={SATURDAY: " Fair "})
    assert list(Holiday.objects.order_by("day").values_list("name", flat=True)) == ["Theirs", "Fair"]


def test_what_is_raised_from_then_on_is_promised_by_it(admin, treatment):
    change(admin)
    fresh = Treatment.objects.with_people().get(pk=treatment.pk)
    a_log(fresh, 4, redness=3, at=AT)
    # Thursday, Saturday (Friday is a holiday), Monday.
    assert Flag.objects.get().answer_due == datetime(2026, 3, 23, 17, tzinfo=UTC)
    a_log(fresh, 4, "fever", redness=3, at=AT)
    assert Flag.objects.get(subject="fever").answer_due == AT + timedelta(hours=4)


def test_promises_that_were_made_stand(admin, treatment):
    a_log(treatment, 4, redness=3, at=AT)
    due = Flag.objects.get().answer_due
    change(admin, watch_days=5)
    fresh = Treatment.objects.with_people().get(pk=treatment.pk)
    # A log that changes the open state, and one that judges the flag again.
    a_log(fresh, 4, redness=3, breakouts=3, at=AT + timedelta(hours=1))
    a_log(fresh, 4, redness=3, at=AT + timedelta(hours=2))
    fresh.refresh_from_db()
    promises = set(Flag.objects.of(fresh).open().filter(subject="redness").values_list("urgency", "answer_due"))
    assert Flag.objects.get(subject="redness", raised_at=AT).answer_due == due
    assert fresh.answer_due == min(at for _, at in promises)


def test_the_persons_own_clinic_knows_the_new_hours(admin):
    assert FRIDAY not in admin.clinic.hours.holidays
    change(admin)
    assert (admin.clinic.hours.holidays, admin.clinic.hours.watch_days) == (frozenset({FRIDAY}), 3)


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"opens_at": time(17)}, "The clinic must open before it closes: 17:00 is not before 17:00."),
        ({"weekdays": ""}, "Choose at least one working day, each once: Monday is 1 and Sunday is 7."),
        ({"weekdays": "18"}, "Choose at least one working day, each once: Monday is 1 and Sunday is 7."),
        ({"weekdays": "11"}, "Choose at least one working day, each once: Monday is 1 and Sunday is 7."),
        ({"watch_days": 0}, "A watch is answered within 1 to 5 working days. Choose a number from 1 to 5."),
        ({"watch_days": 6}, "A watch is answered within 1 to 5 working days. Choose a number from 1 to 5."),
        ({"urgent_hours": 0}, "What is urgent is answered within 1 to 24 working hours, or the same working day. Choose one of these."),
        ({"urgent_hours": 25}, "What is urgent is answered within 1 to 24 working hours, or the same working day. Choose one of these."),
        ({"holidays": {FRIDAY: " "}}, "Give Friday 20 March 2026 a name of up to 80 letters, such as “Good Friday”."),
        ({"holidays": {FRIDAY: "x" * 81}}, "Give Friday 20 March 2026 a name of up to 80 letters, such as “Good Friday”."),
        (
            {"holidays": {TODAY + timedelta(days=n): "x" for n in range(401)}},
            "401 holidays are too many: 400 can be kept. Leave out those that are over.",
        ),
    ],
)
def test_what_no_clinic_can_promise(admin, changes, says):
    with pytest.raises(NotNow) as refused:
        change(admin, **changes)
    assert (str(refused.value), Holiday.objects.count(), Clinic.objects.get(pk=admin.clinic_id).watch_days) == (says, 0, 2)


@pytest.mark.parametrize("changes", [{"watch_days": 1, "urgent_hours": None}, {"watch_days": 5, "urgent_hours": 24}, {"weekdays": "7"}])
def test_the_edges(admin, changes):
    change(admin, **changes)
    clinic = Clinic.objects.get(pk=admin.clinic_id)
    assert {name: getattr(clinic, name) for name in changes} == changes


class TestWhatWasSeen:
    def test_as_it_is_it_may_be_changed(self, admin):
        change(admin, seen=state_of(admin.clinic))
        assert Clinic.objects.get(pk=admin.clinic_id).watch_days == 3

    def test_changed_meanwhile_it_is_refused_and_says_by_whom(self, admin, clinic):
        seen = state_of(clinic)
        change(a_member(clinic, Role.ADMIN, "Jo Blake"), watch_days=4)
        with pytest.raises(
            Overtaken, match=r"^Jo Blake \(admin\) changed the hours .*at \d\d:\d\d while this page was open\. Nothing of yours"
        ):
            change(admin, seen=seen)
        assert Clinic.objects.get(pk=clinic.pk).watch_days == 4

    def test_where_no_page_changed_it_nobody_is_named(self, admin, clinic):
        seen = state_of(clinic)
        Holiday.objects.create(clinic=clinic, day=FRIDAY, name="Fair")
        with pytest.raises(Overtaken, match="^The hours were changed while this page was open"):
            change(admin, seen=seen)

    @pytest.mark.parametrize("seen", ["", "x", "\0"])
    def test_what_no_page_showed_is_refused(self, admin, seen):
        with pytest.raises(Overtaken):
            change(admin, seen=seen)

    @pytest.mark.parametrize(
        "changed", [{"opens_at": time(8)}, {"closes_at": time(16)}, {"weekdays": "1"}, {"watch_days": 1}, {"urgent_hours": 9}]
    )
    def test_each_part_counts(self, admin, changed):
        before = state_of(admin.clinic)
        for name, value in changed.items():
            setattr(admin.clinic, name, value)
        assert state_of(admin.clinic) != before


@pytest.mark.parametrize(
    "day, says",
    [
        (TODAY - timedelta(days=367), "Sunday 16 March 2025 is more than a year back. Check the year."),
        (TODAY + timedelta(days=1831), "Sunday 23 March 2031 is more than five years ahead. Check the year."),
    ],
)
def test_a_new_holiday_far_off_is_a_slip(admin, day, says):
    with pytest.raises(NotNow) as refused:
        change(admin, holidays={day: "Fair"})
    assert (str(refused.value), Holiday.objects.count()) == (says, 0)
    # What stands there has grown old and may stay.
    Holiday.objects.create(clinic=admin.clinic, day=day, name="Fair")
    change(admin, holidays={day: "Fair", TODAY - timedelta(days=366): "x", TODAY + timedelta(days=1830): "y"})
    assert Holiday.objects.count() == 3


@pytest.mark.parametrize("role", ["patient", "clinician", "superuser"])
def test_who_may_not(request, role):
    person = request.getfixturevalue(role)
    with pytest.raises(NotAllowed, match="^Only the admins of a clinic set its hours and promises.$"):
        change(getattr(person, "user", person))
    assert not Holiday.objects.exists()
