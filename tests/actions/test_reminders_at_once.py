"""Two runs at the same moment, and a run while the patient logs: one mail at most."""

from datetime import time
from functools import partial

import pytest
from django.core import mail

from patients.actions.reminders import Tally, due_now, send_reminders
from patients.models import AuditEvent, Reminder, Role
from tests.at_once import apart, held_open, together
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_treatment


@pytest.fixture
def treatments(db, tmp_path, travel_to, monkeypatch):
    """Three patients at 18:00, in a database where several can write at once."""
    travel_to(TODAY, time(18))
    with apart(tmp_path):
        clinician = a_member(a_clinic(), Role.CLINICIAN, "Mira Osei")
        made = [a_treatment(clinician, name, TREATED) for name in ("Ana Ferreira", "Mei Chen", "Bo Lind")]
        held_open(monkeypatch)
        yield made


def test_two_runs_send_one_each(treatments, mailoutbox):
    tallies = together(send_reminders, send_reminders)
    assert sum(tally.sent for tally in tallies) == 3
    assert sorted(m.to[0] for m in mail.outbox) == sorted(t.patient.user.email for t in treatments)
    assert Reminder.objects.filter(sent_at__isnull=False).count() == 3
    assert AuditEvent.objects.filter(action="reminder sent").count() == 3


def test_two_that_found_the_same_people_due_send_one_each(treatments, monkeypatch, mailoutbox):
    """The lists are made before either run claims: the constraint alone decides."""
    found = due_now()
    monkeypatch.setattr("patients.actions.reminders.due_now", lambda _: found)
    tallies = together(*[send_reminders] * 4)
    assert [sum(tally.sent for tally in tallies), sum(tally.failed for tally in tallies)] == [3, 0]
    assert len(mail.outbox) == 3


def test_the_claim_is_committed_before_the_mail_goes_out(treatments, monkeypatch):
    seen = []

    def send(patient, connection):
        # Another connection: what it sees is committed.
        seen.append(together(lambda: Reminder.objects.filter(patient=patient).count())[0])

    monkeypatch.setattr("patients.actions.mail.remind", send)
    assert send_reminders() == Tally(sent=3)
    assert seen == [1, 1, 1]


def test_a_log_at_the_same_moment(treatments, mailoutbox):
    """Whichever comes first: a mail before the log or none, and the log is always kept."""
    ana = treatments[0]
    tally, recorded = together(send_reminders, partial(a_log, ana, 4, at=None))
    assert recorded.is_new
    assert tally.sent in (2, 3)
    assert send_reminders() == Tally()
