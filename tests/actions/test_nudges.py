"""A clinician asks after a silence: one mail a day at most, reminders included."""

import re
from datetime import time, timedelta
from functools import partial

import pytest
from django.core import mail as django_mail

from patients.actions.nudges import nudge
from patients.actions.people import change_settings
from patients.actions.reminders import send_reminders
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Reminder, Role, User
from tests.actions.test_alerts import HEALTH_WORDS
from tests.at_once import apart, held_open, together
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_treatment, next_session


def test_one_mail_one_row_one_event(treatment, clinician, mailoutbox, frozen):
    nudge(by=clinician, treatment=treatment)
    assert [mail.to for mail in mailoutbox] == [[treatment.patient.user.email]]
    reminder = Reminder.objects.get()
    assert (reminder.kind, reminder.day, reminder.patient, reminder.sent_at) == ("nudge", TODAY, treatment.patient, frozen)
    event = AuditEvent.objects.get(action="nudge sent")
    assert (event.actor, event.subject_id, event.after) == (clinician, str(treatment.patient.uuid), {"day": "2026-03-18"})


def test_it_holds_no_word_about_health(treatment, clinician, mailoutbox):
    nudge(by=clinician, treatment=treatment)
    (mail,) = mailoutbox
    text = re.sub(r"/l/\S+", "", f"{mail.subject} {mail.body}").replace("Linden Skin Clinic", "").lower()
    assert [word for word in HEALTH_WORDS if word in text and word not in ("emergency",)] == []
    assert mail.subject == "Linden Skin Clinic would like to hear from you"
    assert "Nobody watches this service live." in mail.body
    assert "Telephone: 020 7946 0145. In an emergency call 999." in mail.body
    assert mail.extra_headers == {"Auto-Submitted": "auto-generated"}


def test_not_twice_a_day(treatment, clinician, mailoutbox, travel_to):
    travel_to(TODAY, time(10, 5))
    nudge(by=clinician, treatment=treatment)
    with pytest.raises(NotNow, match="^Ana was mailed at 10:05 today. One mail a day is the most: try again tomorrow, or call.$"):
        nudge(by=clinician, treatment=treatment)
    travel_to(TODAY + timedelta(days=1))
    nudge(by=clinician, treatment=treatment)
    assert len(mailoutbox) == 2


def test_not_after_the_days_reminder(treatment, clinician, mailoutbox, travel_to):
    travel_to(TODAY, time(18))
    send_reminders()
    with pytest.raises(NotNow, match="^Ana was mailed at 18:00 today"):
        nudge(by=clinician, treatment=treatment)
    assert len(mailoutbox) == 1


def test_and_no_reminder_after_it(treatment, clinician, mailoutbox, travel_to):
    nudge(by=clinician, treatment=treatment)
    travel_to(TODAY, time(18))
    assert (send_reminders().sent, len(mailoutbox)) == (0, 1)


def test_who_turned_reminders_off_can_be_asked_by_a_person(treatment, clinician, mailoutbox):
    change_settings(by=treatment.patient.user, theme="light", reminder_hour=None)
    nudge(by=clinician, treatment=treatment)
    assert len(mailoutbox) == 1


class TestRefused:
    def refused(self, clinician, treatment):
        with pytest.raises(NotNow) as said:
            nudge(by=clinician, treatment=treatment)
        assert not Reminder.objects.exists()
        return str(said.value)

    def test_who_has_logged_today(self, treatment, clinician, frozen):
        a_log(treatment, 4, at=frozen)
        assert self.refused(clinician, treatment) == "Ana has logged today, so there is nothing to ask for."

    def test_a_recovery_that_is_over(self, treatment, clinician):
        next_session(clinician, treatment.patient, TODAY)
        treatment.refresh_from_db()
        assert self.refused(clinician, treatment) == "This recovery is over: no entry is asked for any more."

    def test_who_can_no_longer_sign_in(self, treatment, clinician):
        User.objects.filter(pk=treatment.patient.user_id).update(is_active=False)
        treatment.patient.user.refresh_from_db()
        assert self.refused(clinician, treatment).startswith("Ana can no longer sign in")

    def test_a_mail_server_that_is_down_leaves_the_day_free(self, treatment, clinician, monkeypatch, mailoutbox):
        with monkeypatch.context() as down:
            down.setattr("django.core.mail.EmailMessage.send", lambda *_: (_ for _ in ()).throw(TimeoutError()))
            assert self.refused(clinician, treatment).startswith("The mail server did not take the mail, so nothing was sent.")
        assert not AuditEvent.objects.filter(action="nudge sent").exists()
        nudge(by=clinician, treatment=treatment)
        assert len(mailoutbox) == 1

    @pytest.mark.parametrize("role", ["patient", "admin", "superuser", "other_clinician"])
    def test_who_may_not(self, treatment, request, role):
        person = request.getfixturevalue(role)
        with pytest.raises(NotAllowed, match="Only clinicians of this clinic work its queue"):
            nudge(by=getattr(person, "user", person), treatment=treatment)
        assert not Reminder.objects.exists()


def test_a_nudge_and_a_reminder_at_the_same_moment_are_one_mail(db, tmp_path, travel_to, monkeypatch, mailoutbox):
    travel_to(TODAY, time(18))
    with apart(tmp_path):
        people = [a_member(a_clinic(), Role.CLINICIAN, "Mira Osei")]
        treatment = a_treatment(people[0], "Ana Ferreira", TREATED)
        held_open(monkeypatch)
        together(partial(nudge, by=people[0], treatment=treatment), send_reminders, partial(nudge, by=people[0], treatment=treatment))
        assert (len(django_mail.outbox), Reminder.objects.count()) == (1, 1)
