"""`manage.py send_reminders`: for cron, safe to repeat, silent about people."""

import io
from datetime import time

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command

from patients.models import AuditEvent, Reminder
from tests.conftest import TODAY, TREATED
from tests.factories import a_treatment


@pytest.fixture
def run(travel_to, treatment, clinician):
    a_treatment(clinician, "Mei Chen", TREATED)
    travel_to(TODAY, time(18))

    def run(*words):
        out = io.StringIO()
        call_command("send_reminders", *words, stdout=out)
        return out.getvalue()

    return run


def test_it_says_how_many_it_sent_and_repeats_safely(run, mailoutbox):
    assert [run(), run()] == ["2 reminders sent.\n", "0 reminders sent.\n"]
    assert len(mailoutbox) == 2


def test_a_dry_run_counts_and_does_nothing(run, mailoutbox):
    known = AuditEvent.objects.count()
    assert run("--dry-run") == "2 reminders due now. Nothing was sent.\n"
    assert (mailoutbox, Reminder.objects.count(), AuditEvent.objects.count()) == ([], 0, known)


def test_mails_that_fail_are_counted_and_are_no_error(run, monkeypatch, treatment):
    """An exit code other than 0 would be an exception here."""
    send = EmailMessage.send

    def refuse(message, *args, **kwargs):
        if message.to == [treatment.patient.user.email]:
            raise ConnectionRefusedError
        return send(message)

    monkeypatch.setattr(EmailMessage, "send", refuse)
    assert run() == "1 reminder sent, 1 could not be sent; the next run tries again.\n"


def test_it_names_nobody(run, monkeypatch):
    def refuse(message, *args, **kwargs):
        raise OSError(message.to)

    monkeypatch.setattr(EmailMessage, "send", refuse)
    said = run("--dry-run") + run()
    assert [word for word in ("@", "Ana", "Mei") if word in said] == []
