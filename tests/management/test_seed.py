"""The seeded load says nothing that the engine would not say again."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from patients.actions.flags import open_state, raise_flags
from patients.actions.logs import entries_of, judged
from patients.management import load
from patients.models import AuditEvent, Flag, Log, Patient, Rating, Treatment, User
from patients.models.norm_values import norms_for


def seed(recoveries=12, **options):
    said = StringIO()
    call_command("seed", recoveries=recoveries, stdout=said, **options)
    return said.getvalue()


@pytest.fixture
def treatments(db, frozen, monkeypatch):
    """Eight running recoveries and sixteen of the past, over three chunks."""
    monkeypatch.setattr(load, "RUNNING", 8)
    monkeypatch.setattr(load, "CHUNK", 10)
    monkeypatch.setattr(load, "STILL_OPEN", 0.5)
    seed(24)
    return list(Treatment.objects.with_people())


def judged_again(treatment):
    """The logs by day and their findings, from the stored ratings, signs and norm version."""
    logs = {log.day: log for log in Log.objects.of(treatment)}
    return logs, judged(treatment, entries_of(logs), 0)


def test_every_flag_is_what_the_stored_logs_and_norms_raise(treatments):
    for treatment in treatments:
        logs, found = judged_again(treatment)
        before = sorted(Flag.objects.of(treatment).live().values_list("pk", flat=True))
        with transaction.atomic():
            assert raise_flags(treatment, found, logs, norms_for(treatment), at=treatment.recorded_at) == []
        assert sorted(Flag.objects.of(treatment).live().values_list("pk", flat=True)) == before


def test_every_flag_explains_itself_as_the_engine_would(treatments):
    for treatment in treatments:
        logs, found = judged_again(treatment)
        expected = {(f.day, f.rule.value, f.subject, int(f.urgency)) for fs in found.values() for f in fs if f.urgency.is_flag}
        assert set(Flag.objects.of(treatment).values_list("log__day", "rule", "subject", "urgency")) == expected


def test_the_open_state_is_that_of_the_open_flags(treatments):
    for treatment in treatments:
        state = open_state(treatment, Flag.objects.of(treatment).open().with_day())
        assert {name: getattr(treatment, name) for name in state} == state


def test_each_log_keeps_its_most_urgent_finding(treatments):
    for treatment in treatments:
        logs, found = judged_again(treatment)
        assert {day: log.urgency for day, log in logs.items()} == {
            day: max((int(f.urgency) for f in findings), default=0) for day, findings in found.items()
        }


def test_some_recoveries_are_open_and_some_flags_reviewed(treatments):
    assert any(treatment.open_urgency for treatment in treatments)
    assert Flag.objects.filter(review__isnull=False).exists()


def test_running_recoveries_have_not_logged_the_last_days(treatments):
    running = [t for t in treatments if t.day_of(t.clinic.today()) < 30]
    assert len(running) == 8
    assert all(t.day_of(t.clinic.today()) - max(t.logs.values_list("day", flat=True)) >= load.UNLOGGED for t in running)


def test_no_log_is_entered_in_the_future(treatments, frozen):
    assert not Log.objects.filter(entered_at__gt=frozen).exists()


def test_each_log_has_its_audit_event(treatments):
    assert set(AuditEvent.objects.values_list("subject_id", flat=True)) == {
        str(uuid) for uuid in Log.objects.values_list("uuid", flat=True)
    }


def test_nobody_can_sign_in_with_a_password(treatments):
    assert not any(user.has_usable_password() for user in User.objects.all())


def course_of(clinic):
    rows = Rating.objects.filter(clinic__name=clinic).order_by("log__treatment__patient__pk", "log__day", "symptom")
    return list(rows.values_list("log__day", "symptom", "severity"))


def test_the_same_random_seed_makes_the_same_courses(db, frozen):
    for clinic, number in (("One", 5), ("Two", 5), ("Three", 6)):
        seed(6, clinic=clinic, random_seed=number)
    assert course_of("One") == course_of("Two") != course_of("Three")


def test_it_leaves_what_is_there_alone(treatment):
    seed(3)
    assert Treatment.objects.filter(clinic=treatment.clinic).get() == treatment
    assert Patient.objects.filter(user__email__endswith="@seed.example").count() == 3


def test_it_says_what_it_made(db, frozen):
    assert seed(3, clinic="Harbour").startswith("“Harbour”: 3 recoveries, 24 logs, ")


def test_a_second_clinic_of_the_same_name_is_refused(db, frozen):
    seed(1)
    with pytest.raises(CommandError, match="There is a clinic “Seeded clinic” already"):
        seed(1)


def test_no_recoveries_are_refused(db):
    with pytest.raises(CommandError, match="1 or more"):
        seed(0)
