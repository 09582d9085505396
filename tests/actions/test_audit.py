"""Each change writes exactly one audit event, inside its own transaction."""

import ast
import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection, transaction

from patients.actions import audit
from patients.actions.people import change_settings
from patients.actions.planning import call_off, change_date
from patients.actions.reminders import send_reminders, turn_off
from patients.models import AuditEvent, AuditHead
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_patient, a_review, a_session, next_session
from tests.test_layers import ROOT

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
    with audit.atomic():
        audit.record("norms loaded", clinic, by=None, clinic=None, why="first start")
    event = AuditEvent.objects.get()
    assert (str(event), event.actor, event.why) == ("norms loaded by the system", None, "first start")


def test_outside_its_transaction_it_refuses(clinic):
    says = "audit of clinic moved outside of its transaction: open it with audit.atomic(), not with transaction.atomic()"
    with pytest.raises(RuntimeError, match=re.escape(says)), transaction.atomic():
        audit.record("clinic moved", clinic, by=None, clinic=clinic)
    assert AuditEvent.objects.count() == 0


class TestItsTransaction:
    """Events are written at its end, in their order; those of what was rolled back are not."""

    def actions(self):
        return list(AuditEvent.objects.order_by("seq").values_list("action", "seq"))

    def note(self, clinic, action):
        audit.record(action, clinic, by=None, clinic=clinic)

    def test_writes_at_its_end(self, clinic):
        with audit.atomic():
            self.note(clinic, "one")
            with audit.atomic():
                self.note(clinic, "two")
            self.note(clinic, "three")
            assert self.actions() == []
        assert self.actions() == [("one", 1), ("two", 2), ("three", 3)]

    def test_drops_what_an_inner_one_that_failed_had(self, clinic):
        with audit.atomic():
            self.note(clinic, "one")
            with suppress(KeyError), audit.atomic():
                self.note(clinic, "two")
                with audit.atomic():
                    self.note(clinic, "three")
                raise KeyError
            self.note(clinic, "four")
        assert self.actions() == [("one", 1), ("four", 2)]

    def test_drops_all_where_it_fails(self, clinic):
        with suppress(KeyError), audit.atomic():
            self.note(clinic, "one")
            raise KeyError
        with audit.atomic():
            self.note(clinic, "two")
        assert self.actions() == [("two", 1)]

    def test_leaves_nothing_open_behind(self, clinic):
        with suppress(KeyError), audit.atomic():
            raise KeyError
        with pytest.raises(RuntimeError, match="audit of one outside"):
            self.note(clinic, "one")

    def test_asks_nothing_of_the_database_where_nothing_is_audited(self, clinic, django_assert_num_queries):
        with django_assert_num_queries(2), audit.atomic():
            pass

    def test_costs_three_queries(self, clinic, django_assert_num_queries):
        with audit.atomic():
            self.note(clinic, "one")
        # The savepoint in the tests' own transaction and its release; the chain's end, the events, the end again.
        keys = 2 if connection.vendor == "postgresql" else 0
        with django_assert_num_queries(2 + 3 + keys), audit.atomic():
            self.note(clinic, "two")
            self.note(clinic, "three")

    def test_each_clinic_has_its_own_chain_and_so_has_none(self, clinic, other_clinic):
        with audit.atomic():
            for of in (clinic, None, other_clinic, clinic):
                audit.record("x", clinic, by=None, clinic=of)
        found = AuditEvent.objects.order_by("pk").values_list("clinic", "seq")
        assert list(found) == [(clinic.pk, 1), (None, 1), (other_clinic.pk, 1), (clinic.pk, 2)]
        assert dict(AuditHead.objects.values_list("chain", "count")) == {0: 1, clinic.pk: 2, other_clinic.pk: 1}

    def test_says_the_role_of_that_day(self, clinician, clinic):
        with audit.atomic():
            audit.record("x", clinic, by=clinician, clinic=clinic)
        clinician.role = "admin"
        clinician.save()
        assert AuditEvent.objects.get().role == "clinician"


PAST_RECORD = re.compile(r"AuditEvent\.objects.*\.(create|update|delete|bulk_\w+|_raw_delete)$")


def calls(source):
    """Where a file opens a transaction that no event can be written in, and where it writes past `record`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "transaction.atomic":
            yield "transaction.atomic"
        if isinstance(node, ast.Call) and PAST_RECORD.match(ast.unparse(node.func)):
            yield ast.unparse(node.func)


def test_no_action_opens_another_transaction_or_writes_past_it():
    """Claims that are committed by themselves, and audited when the mail has gone out; the audit's own."""
    found = {path.name: Counter(calls(path.read_text())) for path in sorted((ROOT / "patients/actions").glob("*.py"))}
    claims = Counter(["transaction.atomic"])
    assert {name: what for name, what in found.items() if what} == {
        "audit.py": claims + Counter(["AuditEvent.objects.bulk_create"]), "nudges.py": claims, "outbox.py": claims, "reminders.py": claims,
        "retention.py": claims,
    }  # fmt: skip
    others = [p for p in (ROOT / "patients").rglob("*.py") if p.parent.name not in ("actions", "migrations")]
    assert [(p.name, name) for p in others for name in calls(p.read_text()) if name != "transaction.atomic"] == []
