"""Who has gone quiet: what is stored on the treatment is what the logs and the norms say, whatever happens."""

from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection

from patients.actions.moves import move_recovery
from patients.actions.people import change_settings
from patients.actions.planning import call_off, change_date
from patients.models import Flag, Treatment
from patients.models.norm_values import norms_for
from recovery.timeline.checkin import is_due
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_review, a_treatment, a_version, asking_every, next_session

FIELDS = ["last_log_day", "last_log_flagged", "quiet_from", "quiet_until"]


def kept(treatment):
    return dict(zip(FIELDS, Treatment.objects.values_list(*FIELDS).get(pk=treatment.pk), strict=True))


def is_quiet(treatment, now):
    return Treatment.objects.filter(pk=treatment.pk).gone_quiet(now).exists()


def midnight(treatment, day):
    """At which a day of the recovery begins where the patient is."""
    return datetime.combine(treatment.date_of(day), time(), ZoneInfo(treatment.patient.time_zone))


def missed(treatment, day):
    """Whether a check-in was due on a day before this one and not made, from nothing but the logs."""
    logged = list(treatment.logs.values_list("day", flat=True))
    norms = norms_for(treatment)
    recorded = treatment.day_of(treatment.recorded_at.date())
    since = max([recorded - 1, *logged])
    return norms.covers(day) and any(is_due(norms, d, logged) for d in range(max(since + 1, 0), day))


@pytest.fixture
def fresh(clinician, travel_to):
    travel_to(TREATED)
    return a_treatment(clinician, "Mei Chen", TREATED)


@pytest.mark.parametrize("logged", [[], [0], [0, 1, 2], [3], [0, 7], [6, 14], [0, 28], [60], [300]])
def test_each_day_as_the_logs_say(fresh, logged):
    for day in logged:
        a_log(fresh, day)
    last = max(logged, default=0)
    for day in [*range(last, last + 100), 364, 365, 366, 400]:
        # From the first moment of the day to its last.
        for at in (midnight(fresh, day), midnight(fresh, day + 1) - timedelta(seconds=1)):
            assert is_quiet(fresh, at) is missed(fresh, day), day


def test_the_day_ends_where_the_patient_is(clinician, travel_to):
    travel_to(TREATED, time(1))
    treatment = a_treatment(clinician, "Aroha Hill", TREATED, time_zone="Pacific/Auckland")
    # The 15th begins at 11:00 of the 14th, UTC, while clocks there are 13 hours ahead.
    assert kept(treatment)["quiet_from"] == datetime(2026, 3, 14, 11, tzinfo=UTC)


def test_travel_moves_it(fresh):
    change_settings(by=fresh.patient.user, theme="light", time_zone="Pacific/Honolulu")
    assert kept(fresh)["quiet_from"] == datetime(2026, 3, 15, 10, tzinfo=UTC)


def test_what_was_recorded_late_was_not_missed_before(clinician, frozen):
    treatment = a_treatment(clinician, "Mei Chen", TREATED - timedelta(days=20))
    assert kept(treatment)["quiet_from"] == datetime(2026, 3, 19, tzinfo=UTC)


def test_a_late_log_counts_for_its_day(fresh):
    a_log(fresh, 1, late=2)
    assert kept(fresh)["quiet_from"] == midnight(fresh, 3)
    a_log(fresh, 0, late=3)
    assert kept(fresh)["last_log_day"] == 1


@pytest.mark.parametrize("signs, flagged", [("", False), ("fever", True)])
def test_it_is_known_whether_the_last_log_was_flagged(fresh, signs, flagged):
    a_log(fresh, 0, "pus")
    a_log(fresh, 1, signs)
    assert kept(fresh)["last_log_flagged"] is flagged


def test_an_earlier_log_that_is_amended_can_flag_the_last_one(fresh):
    a_log(fresh, 3, redness=2)
    a_log(fresh, 4, redness=2)
    assert kept(fresh)["last_log_flagged"] is False
    a_log(fresh, 3, late=1, redness=0)
    assert kept(fresh)["last_log_flagged"] is True


def test_a_later_session_ends_it_for_good(fresh, clinician, travel_to):
    travel_to(TODAY)
    second = next_session(clinician, fresh.patient, TODAY)
    assert kept(fresh)["quiet_until"] == midnight(second, 0)
    assert not is_quiet(fresh, midnight(second, 5))
    assert kept(second)["quiet_from"] == midnight(second, 1)
    a_log(fresh, 3)  # filled in late
    assert (kept(fresh)["last_log_day"], kept(fresh)["quiet_from"]) == (3, None)
    assert not is_quiet(fresh, midnight(second, 5))


def test_other_norms_ask_on_other_days(fresh, admin):
    a_log(fresh, 1)
    version = a_version(admin, fresh.protocol, lambda norms: asking_every(norms, 5))
    move_recovery(by=admin, treatment=fresh, version=version, why="Calmer.")
    assert kept(fresh)["quiet_from"] == midnight(fresh, 7)


def test_norms_moved_after_a_later_session_bring_nothing_back(fresh, admin, clinician, travel_to):
    travel_to(TODAY)
    next_session(clinician, fresh.patient, TODAY)
    move_recovery(by=admin, treatment=fresh, version=a_version(admin, fresh.protocol), why="Calmer.")
    assert not any(is_quiet(fresh, midnight(fresh, day)) for day in range(5, 366))


class TestAPlannedSession:
    """The recovery before it goes on until that day, and no longer."""

    @pytest.fixture
    def planned(self, fresh, clinician):
        a_log(fresh, 0)
        return next_session(clinician, fresh.patient, fresh.date_of(9))

    def quiet_days(self, treatment):
        return [day for day in range(40) if is_quiet(treatment, midnight(treatment, day))]

    def test_it_ends_the_one_before_on_its_day(self, fresh, planned):
        assert self.quiet_days(fresh) == [*range(2, 9)]
        assert self.quiet_days(planned)[0] == 1

    def test_moving_it_moves_the_end(self, fresh, planned, clinician):
        change_date(by=clinician, treatment=planned, when=fresh.date_of(5), seen=planned.treated_on)
        assert self.quiet_days(fresh) == [2, 3, 4]
        planned.refresh_from_db()
        assert self.quiet_days(planned)[0] == 1

    def test_calling_it_off_lets_the_one_before_go_on(self, fresh, planned, clinician):
        call_off(by=clinician, treatment=planned, seen=planned.treated_on)
        assert self.quiet_days(fresh) == [*range(2, 40)]

    def test_a_log_keeps_the_end(self, fresh, planned):
        a_log(fresh, 3)
        assert self.quiet_days(fresh) == [*range(5, 9)]
        a_log(fresh, 7)  # next on day 14, when the other one runs
        assert self.quiet_days(fresh) == []
        assert self.quiet_days(planned)[0] == 1

    def test_other_norms_keep_it(self, fresh, planned, admin):
        move_recovery(by=admin, treatment=fresh, version=a_version(admin, fresh.protocol), why="Calmer.")
        assert self.quiet_days(fresh) == [*range(3, 9)]  # these ask every other day

    def test_so_does_travel(self, fresh, planned):
        change_settings(by=fresh.patient.user, theme="light", time_zone="Pacific/Honolulu")
        assert self.quiet_days(fresh) == [*range(2, 9)]


class TestTheTab:
    def test_after_a_flagged_log_first_then_the_newest_silence(self, clinician, travel_to):
        travel_to(TREATED)
        found = {name: a_treatment(clinician, f"{name} Patient", TREATED) for name in ("calm", "flagged", "never", "later", "today")}
        a_log(found["calm"], 0)
        a_log(found["flagged"], 0, "fever")
        a_log(found["later"], 2)
        a_log(found["today"], 4)
        names = list(Treatment.objects.gone_quiet(midnight(found["calm"], 4)).values_list("patient__user__name", flat=True))
        assert names == [f"{name} Patient" for name in ("flagged", "later", "calm", "never")]

    def test_it_reads_no_logs(self, fresh):
        assert "patients_log" not in str(Treatment.objects.gone_quiet(midnight(fresh, 4)).query).replace("last_log", "")


def test_the_migration_fills_what_would_have_been_kept(fresh, clinician, other_treatment, travel_to, frozen):
    """Reviews, promises, distances and check-ins: emptied, filled from the rows, and the same as before."""
    other = a_treatment(clinician, "Bo Lind", TREATED)
    a_log(fresh, 0, "fever")
    a_review(fresh, clinician, reply="Keep it moist.", at=midnight(fresh, 1))
    a_log(other, 1, redness=4)
    a_review(other, clinician)
    a_log(other, 3, "pus", breakouts=4)
    travel_to(TODAY)
    next_session(clinician, other.patient, TODAY)
    a_log(other_treatment, 2, flaking=3)
    fill = import_module("patients.migrations.0010_fill_queue")
    names = [*FIELDS, "open_distance", "reviewed_at", "reviewed_by", "awaits_since", "mailed_urgency", "mailed_distance"]
    before = list(Treatment.objects.order_by("pk").values(*names)), list(Flag.objects.order_by("pk").values_list("pk", "answer_due"))
    Treatment.objects.update(
        **dict.fromkeys(names, None) | {"last_log_flagged": True, "open_distance": 0, "mailed_urgency": 0, "mailed_distance": 0}
    )
    Flag.objects.update(answer_due=frozen)
    with connection.schema_editor() if connection.vendor == "postgresql" else _plain() as editor:
        fill.promise(apps, editor)
        fill.state(apps, editor)
    assert (
        list(Treatment.objects.order_by("pk").values(*names)),
        list(Flag.objects.order_by("pk").values_list("pk", "answer_due")),
    ) == before


class _plain:  # noqa: N801 - stands in for a schema editor, which SQLite gives to no running transaction
    def __enter__(self):
        self.connection = connection
        return self

    def __exit__(self, *_):
        return None
