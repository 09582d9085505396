"""`manage.py send_mails`: for cron, every minute, silent where there is nothing to say."""

import io
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command

from patients.models import OutgoingMail
from tests.conftest import TODAY
from tests.factories import a_log, a_review


def run(command="send_mails"):
    out = io.StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


@pytest.fixture
def replied(treatment, clinician, travel_to):
    a_log(treatment, 4, redness=3, at=travel_to(TODAY, time(8)))
    a_review(treatment, clinician, reply="All well.")
    travel_to(TODAY, time(8, 1))


def test_it_says_how_many_and_repeats_safely(replied, mailoutbox):
    assert [run(), run()] == ["1 mail sent.\n", ""]
    assert len(mailoutbox) == 1


def test_a_mail_that_fails_is_counted_and_no_error(replied, monkeypatch):
    monkeypatch.setattr(EmailMessage, "send", lambda *_, **__: (_ for _ in ()).throw(ConnectionRefusedError()))
    said = run()
    assert said == "0 mails sent, 1 could not be sent; a later run tries again.\n"


def test_it_names_what_is_overdue_at_opening(treatment, clinician, travel_to, mailoutbox):
    a_log(treatment, 4, redness=3, at=datetime(2026, 3, 18, 8, tzinfo=UTC))
    travel_to(TODAY + timedelta(days=5), time(9, 1))
    assert [run(), run()] == ["1 mail sent.\n", ""]
    assert mailoutbox[0].subject == "Linden Skin Clinic: 1 row is past the promised time"


def test_who_has_only_the_reminders_running_gets_them_sent_too(replied, mailoutbox):
    assert run("send_reminders") == "0 reminders sent.\n1 mail sent.\n"


def test_the_demo_tells_nobody_of_what_it_seeded(db, mailoutbox, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setenv("DEMO_PASSWORD", "a long password")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("demo", "--no-serve", stdout=io.StringIO())
    assert (OutgoingMail.objects.count(), mailoutbox) == (0, [])
