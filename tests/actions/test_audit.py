"""Each change writes exactly one audit event, inside its own transaction."""

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from patients.actions import audit
from patients.actions.people import change_settings
from patients.actions.planning import call_off, change_date
from patients.actions.reminders import send_reminders, turn_off
from patients.models import AuditEvent
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_patient, a_review, a_session, next_session

IN_9_DAYS = TODAY + timedelta(days=9)
SIX = datetime.combine(TODAY, time(18), UTC)


def planned(treatment, by):
    return next_session(by, treatment.patient, IN_9_DAYS)


# What is done, what was done before it, and the events that it writes: action, subject.
CHANGES = {
    "enrol": (lambda t, by: a_patient(by, "Mei Chen"), None, [("patient enrolled", "patient")]),
    "enrol and treat": (
        lambda t, by: a_patient(by, "Mei Chen", session=a_session(treated_on=TREATED)),
        None,
        [("patient enrolled", "patient"), ("treatment recorded", "treatment")],
    ),
    "treat again": (lambda t, by: next_session(by, t.patient, TODAY), None, [("treatment recorded", "treatment")]),
    "plan": (lambda t, by: planned(t, by), None, [("treatment planned", "treatment")]),
    "plan for another day": (
        lambda t, by: change_date(by=by, treatment=t.patient.treatments.last(), when=TODAY, seen=IN_9_DAYS),
        lambda t, by: planned(t, by),
        [("treatment rescheduled", "treatment")],
    ),
    "call off": (
        lambda t, by: call_off(by=by, treatment=t.patient.treatments.last(), seen=IN_9_DAYS),
        lambda t, by: planned(t, by),
        [("treatment called off", "treatment")],
    ),
    "log": (lambda t, by: a_log(t, 4), None, [("log recorded", "log")]),
    "log with flags": (lambda t, by: a_log(t, 4, "fever pus", redness=4), None, [("log recorded", "log")]),
    "amend": (lambda t, by: a_log(t, 4, redness=2), lambda t, by: a_log(t, 4), [("log amended", "log")]),
    "repeat": (lambda t, by: a_log(t, 4), lambda t, by: a_log(t, 4), []),
    "back-fill": (lambda t, by: a_log(t, 3, late=1), lambda t, by: a_log(t, 4, redness=3), [("log recorded", "log")]),
    "review": (lambda t, by: a_review(t, by), lambda t, by: a_log(t, 4, "fever", redness=4), [("recovery reviewed", "treatment")]),
    "change the zone": (
        lambda t, by: change_settings(by=t.patient.user, theme="light", time_zone="Asia/Tokyo"),
        None,
        [("time zone changed", "patient")],
    ),
    "change the hour": (
        lambda t, by: change_settings(by=t.patient.user, theme="light", reminder_hour=None),
        None,
        [("reminder hour changed", "patient")],
    ),
    "turn reminders off": (lambda t, by: turn_off(by=t.patient.user), None, [("reminder hour changed", "patient")]),
    "remind": (lambda t, by: send_reminders(SIX), None, [("reminder sent", "patient")]),
    "remind again": (lambda t, by: send_reminders(SIX), lambda t, by: send_reminders(SIX), []),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_writes_one_event(treatment, clinician, change):
    do, first, expected = CHANGES[change]
    if first:
        first(treatment, clinician)
    known = set(AuditEvent.objects.values_list("pk", flat=True))
    do(treatment, clinician)
    assert list(AuditEvent.objects.exclude(pk__in=known).order_by("pk").values_list("action", "subject_type")) == expected


def test_an_event_says_who_in_which_role(treatment, clinician):
    event = AuditEvent.objects.get(action="treatment recorded")
    assert (event.actor, event.actor_label, event.clinic) == (clinician, "Mira Osei, nurse (clinician)", clinician.clinic)


def test_an_event_points_at_its_subject(treatment):
    log = a_log(treatment, 4).log
    event = AuditEvent.objects.get(action="log recorded")
    assert (event.subject_id, event.before) == (str(log.uuid), None)
    assert event.after["ratings"] == log.severities


def test_a_review_lists_the_flags_it_answered(treatment, clinician):
    a_log(treatment, 4, "fever", redness=3)
    review = a_review(treatment, clinician)
    event = AuditEvent.objects.get(action="recovery reviewed")
    assert (event.after["review"], event.after["disposition"]) == (str(review.uuid), "advice")
    assert set(event.after["flags"]) == {str(flag.uuid) for flag in review.flags.all()}


def test_without_a_person_it_was_the_system(clinic):
    audit.record("norms loaded", clinic, by=None, clinic=None, why="first start")
    event = AuditEvent.objects.get()
    assert (str(event), event.actor, event.why) == ("norms loaded by the system", None, "first start")


def test_outside_a_transaction_it_refuses(clinic, monkeypatch):
    monkeypatch.setattr("patients.actions.audit.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError, match="audit of clinic moved outside the transaction of the change"):
        audit.record("clinic moved", clinic, by=None, clinic=clinic)
