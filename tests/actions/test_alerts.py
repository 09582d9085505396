"""Mails to the clinicians: at once about what is urgent, once an episode; each morning how much is overdue."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from patients.actions.alerts import queue_overdue_counts, set_on_call
from patients.actions.clock import set_clock
from patients.actions.outbox import Tally, send
from patients.actions.reviews import undo_review
from patients.actions.snoozes import snooze_recovery
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, OutgoingMail, Role, Treatment, User
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_review, a_treatment, open_flags

HEALTH_WORDS = ("redness", "flag", "urgent", "skin", "symptom", "recovery", "treatment", "needl", "fever", "log", "emergency", "patient")


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


@pytest.fixture
def logged(treatment, django_capture_on_commit_callbacks, mailoutbox):
    """Logs as a request does, and hands back who was mailed by it."""

    def log(day, signs="", **answers):
        before = len(mailoutbox)
        with django_capture_on_commit_callbacks(execute=True):
            a_log(treatment, day, signs, **answers)
        return sorted(mail.to[0] for mail in mailoutbox[before:])

    return log


def alerts():
    return OutgoingMail.objects.filter(kind="alert")


class TestAtOnce:
    @pytest.mark.parametrize("answers", [{"signs": "fever"}, {"signs": "breathing"}, {"redness": 4}])
    def test_what_is_urgent_is_mailed_right_after_the_commit(self, logged, clinician, answers):
        assert logged(4, **answers) == [clinician.email]
        assert alerts().get().sent_at is not None

    @pytest.mark.parametrize("answers", [{}, {"redness": 3}, {"asked": True}])
    def test_what_is_not_is_not(self, logged, answers):
        assert (logged(4, **answers), alerts().count()) == ([], 0)

    def test_what_was_taken_back_is_mailed_about_when_it_comes_again(self, logged, clinician, frozen):
        mailed = [
            logged(4, signs, redness=3, at=frozen + timedelta(minutes=minutes))
            for minutes, signs in enumerate(("breathing", "", "breathing"))
        ]
        assert mailed == [[clinician.email], [], [clinician.email]]

    def test_not_before_the_commit_and_not_if_it_fails(self, treatment, monkeypatch, mailoutbox):
        monkeypatch.setattr("patients.actions.silence.after_log", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            a_log(treatment, 4, "fever")
        assert (alerts().count(), mailoutbox, Treatment.objects.get().mailed_urgency) == (0, [], 0)

    def test_it_holds_no_word_about_health_and_no_name(self, logged, mailoutbox, settings):
        logged(4, "fever")
        (mail,) = mailoutbox
        text = f"{mail.subject} {mail.body}".replace("Linden Skin Clinic", "").lower()
        assert [word for word in (*HEALTH_WORDS, "ana", "ferreira") if re.search(rf"\b{word}", text)] == []
        assert f"{settings.BASE_URL}/clinic/" in mail.body
        assert mail.extra_headers == {"Auto-Submitted": "auto-generated"}

    def test_a_mail_server_that_is_down_costs_no_log_and_no_mail(self, logged, monkeypatch, frozen, mailoutbox):
        send_mail = "django.core.mail.EmailMessage.send"
        with monkeypatch.context() as down:
            down.setattr(send_mail, lambda *_: (_ for _ in ()).throw(ConnectionRefusedError()))
            assert logged(4, "fever") == []
        row = alerts().get()
        assert (row.sent_at, row.claimed_at, row.attempts, row.send_after) == (None, None, 1, frozen + timedelta(minutes=1))
        assert send(now=frozen + timedelta(minutes=1)) == Tally(sent=1)
        assert len(mailoutbox) == 1

    def test_an_error_nobody_thought_of_is_no_error_of_the_log(self, logged, treatment, monkeypatch):
        monkeypatch.setattr("patients.actions.mail.alert", lambda *_: 1 / 0)
        logged(4, "fever")
        assert treatment.logs.count() == 1


class TestWho:
    def test_those_on_call(self, logged, clinician, colleague):
        set_on_call(by=colleague, clinician=colleague, is_on_call=True)
        assert logged(4, "fever") == [colleague.email]

    def test_all_where_nobody_is(self, logged, clinician, colleague):
        assert logged(4, "fever") == sorted([clinician.email, colleague.email])

    def test_all_where_the_only_one_can_no_longer_sign_in(self, logged, clinician, colleague):
        User.objects.filter(pk=colleague.pk).update(is_on_call=True, is_active=False)
        assert logged(4, "fever") == [clinician.email]

    def test_no_admin_and_nobody_of_another_clinic(self, logged, clinician, admin, other_clinician):
        User.objects.filter(pk__in=[admin.pk, other_clinician.pk]).update(is_on_call=True)
        assert logged(4, "fever") == [clinician.email]


class TestOnceAnEpisode:
    @pytest.mark.parametrize(
        "then, mailed",
        [
            (lambda log: log(5, "fever"), False),  # the same on the next day
            (lambda log: log(5), False),
            (lambda log: log(4, "fever pus"), False),  # another sign, no more urgent
            (lambda log: log(4, "fever", note="Still."), False),
            (lambda log: log(5, "breathing"), True),
            (lambda log: log(5, "fever", breakouts=4), True),  # further out
        ],
    )
    def test_again_only_on_worsening(self, logged, then, mailed):
        assert logged(4, "fever") != []
        assert (then(logged) != []) is mailed

    def test_what_goes_and_comes_within_the_episode_is_mailed_once(self, logged):
        """The row never closed: its watch stayed open."""
        assert [bool(logged(4, signs, breakouts=3)) for signs in ("fever", "", "fever")] == [True, False, False]

    def test_an_answered_episode_begins_anew(self, logged, treatment, clinician):
        assert logged(4, "fever") != []
        a_review(treatment, clinician)
        assert logged(5, "fever") != []

    def test_a_review_of_a_part_keeps_no_later_one_silent(self, logged, treatment, clinician):
        logged(4, "fever", breakouts=4)
        seen = open_flags(treatment)
        logged(5, "pus")
        a_review(treatment, clinician, seen=seen)
        assert logged(6, "pus", breakouts=4) != []

    def test_what_was_undone_is_known(self, logged, treatment, clinician):
        logged(4, "fever")
        undo_review(by=clinician, review=a_review(treatment, clinician))
        assert logged(5, "fever") == []
        assert logged(6, "breathing") != []

    def test_an_answered_one_is_not_mailed_late(self, treatment, clinician, frozen, mailoutbox):
        """The mail server was down until after the review."""
        a_log(treatment, 4, "fever")
        a_review(treatment, clinician)
        assert send(now=frozen) == Tally(dropped=1)
        assert mailoutbox == []


class TestOnCall:
    def test_it_is_kept_and_audited_once(self, clinician, admin):
        for is_on_call in (True, True, False):
            set_on_call(by=admin, clinician=clinician, is_on_call=is_on_call)
        assert User.objects.get(pk=clinician.pk).is_on_call is False
        events = AuditEvent.objects.filter(subject_type="user", subject_id=str(clinician.uuid)).order_by("pk")
        assert [(e.action, e.actor) for e in events] == [("on call from now", admin), ("no longer on call", admin)]

    def test_only_clinicians_are_on_call(self, admin):
        with pytest.raises(NotNow, match="Noor Haddad is no clinician"):
            set_on_call(by=admin, clinician=admin, is_on_call=True)

    @pytest.mark.parametrize("role", ["patient", "colleague", "other_clinician", "superuser"])
    def test_who_may_not(self, clinician, request, role):
        person = request.getfixturevalue(role)
        with pytest.raises(NotAllowed, match="Only admins say which clinicians are on call, and clinicians of themselves"):
            set_on_call(by=getattr(person, "user", person), clinician=clinician, is_on_call=True)
        assert User.objects.get(pk=clinician.pk).is_on_call is False


LATE = TODAY + timedelta(days=2)  # Friday; promised by its close are the watches of Wednesday


class TestOverdue:
    @pytest.fixture
    def two_late(self, clinician, treatment):
        for one in (treatment, a_treatment(clinician, "Mei Chen", TREATED)):
            a_log(one, 4, redness=3, at=datetime(2026, 3, 18, 9, tzinfo=UTC))
        return treatment

    def run(self, now):
        queue_overdue_counts(now)
        return send(now=now)

    def test_once_on_the_morning_after(self, two_late, clinician, colleague, travel_to, mailoutbox):
        sent = {}
        for day in range(2, 7):
            for hour, minute in ((8, 59), (9, 0), (9, 1), (12, 59), (13, 0)):
                at = travel_to(TODAY + timedelta(days=day), time(hour, minute))
                if tally := self.run(at).sent:
                    sent[f"{at:%a %H:%M}"] = tally
        # Promised until Friday evening; the clinic opens again on Monday.
        assert sent == {"Mon 09:00": 2, "Tue 09:00": 2}
        assert {mail.to[0] for mail in mailoutbox} == {clinician.email, colleague.email}

    def test_it_names_each_by_initials_and_leads_there(self, two_late, travel_to, mailoutbox, settings):
        settings.BASE_URL = "https://clinic.example"
        self.run(travel_to(TODAY + timedelta(days=5), time(9)))
        (mail,) = mailoutbox
        assert mail.subject == "Linden Skin Clinic: 2 rows are past the promised time"
        link = "https://clinic.example/clinic/recoveries/"
        uuids = {t.patient.user.initials: t.uuid for t in Treatment.objects.with_people()}
        assert mail.body.split("\n\n") == [
            "Hello Mira,",
            "2 rows are past the promised time in the queue of Linden Skin Clinic. Each link asks you to sign in:",
            f"A. F., 2 days overdue: {link}{uuids['A. F.']}/\nM. C., 2 days overdue: {link}{uuids['M. C.']}/",
            "The whole queue, where they stand near the top:\nhttps://clinic.example/clinic/",
            "This comes once on a working day, when the clinic opens, and only if there is something to say.\n",
        ]
        text = f"{mail.subject} {mail.body}".replace("Linden Skin Clinic", "").lower()
        assert [word for word in (*HEALTH_WORDS, "ana", "ferreira", "mei", "chen") if re.search(rf"\b{word}", text)] == []

    def test_ten_are_named_the_first_of_the_queue_and_the_rest_counted(self, two_late, clinician, travel_to, mailoutbox):
        for number in range(10):
            a_log(a_treatment(clinician, f"Zoe {'abcdefghij'[number]}", TREATED), 4, redness=3, at=datetime(2026, 3, 18, 8, tzinfo=UTC))
        at = travel_to(TODAY + timedelta(days=5), time(9))
        self.run(at)
        (mail,) = mailoutbox
        named = re.findall(r"^(\w\. \w\.), 2 days overdue: http", mail.body, re.MULTILINE)
        assert named == [f"Z. {letter}." for letter in "ABCDEFGHIJ"]  # an hour older than the two others
        assert "\nand 2 more\n" in mail.body
        assert mail.subject.startswith("Linden Skin Clinic: 12 rows")

    def test_ten_need_no_more(self, two_late, clinician, travel_to, mailoutbox):
        for number in range(8):
            a_log(a_treatment(clinician, f"Zoe Zed{number}", TREATED), 4, redness=3, at=datetime(2026, 3, 18, 8, tzinfo=UTC))
        self.run(travel_to(TODAY + timedelta(days=5), time(9)))
        assert (mailoutbox[0].body.count("overdue: http"), "more" in mailoutbox[0].body) == (10, False)

    @pytest.mark.parametrize(
        "name, initials",
        [
            ("Ana Ferreira", "A. F."),
            ("Ana Maria de Sá", "A. S."),
            ("cher", "C."),
            ("  “Bo”\nLi ", "B. L."),
            ("…", "No name"),
            ("Łucja Żak", "Ł. Ż."),
        ],
    )
    def test_initials(self, name, initials):
        assert User(name=name).initials == initials

    def test_what_is_snoozed_or_answered_is_not_counted(self, two_late, clinician, travel_to, mailoutbox):
        at = travel_to(TODAY + timedelta(days=5), time(9))
        snooze_recovery(by=clinician, treatment=two_late, until=at.date() + timedelta(days=3))
        self.run(at)
        assert mailoutbox[0].subject == "Linden Skin Clinic: 1 row is past the promised time"

    def test_none_is_none(self, treatment, travel_to, mailoutbox):
        self.run(travel_to(TODAY + timedelta(days=5), time(9)))
        assert (mailoutbox, OutgoingMail.objects.count()) == ([], 0)

    def test_what_was_answered_before_it_went_out_is_not_said(self, two_late, clinician, travel_to, mailoutbox):
        at = travel_to(TODAY + timedelta(days=5), time(9))
        queue_overdue_counts(at)
        for treatment in Treatment.objects.with_people():
            a_review(treatment, clinician)
        assert (send(now=at), mailoutbox) == (Tally(dropped=1), [])

    def test_a_count_of_the_morning_is_not_sent_at_night(self, two_late, travel_to, mailoutbox):
        at = travel_to(TODAY + timedelta(days=5), time(9))
        queue_overdue_counts(at)
        assert (send(now=at + timedelta(hours=12)), mailoutbox) == (Tally(dropped=1), [])

    def test_not_on_a_holiday(self, two_late, admin, travel_to):
        monday = TODAY + timedelta(days=5)
        clock = {"opens_at": time(9), "closes_at": time(18), "weekdays": "12345", "watch_days": 2, "urgent_hours": None}
        set_clock(by=admin, holidays={monday: "Founders’ day"}, **clock)
        assert self.run(travel_to(monday, time(9))) == Tally()

    def test_each_clinic_at_its_own_opening(self, travel_to, two_late, mailoutbox):
        clinic = a_clinic("Bay Clinic", time_zone="Pacific/Auckland", opens_at=time(7))
        far = a_member(clinic, Role.CLINICIAN, "Tane Hill")
        treatment = a_treatment(far, "Aroha Hill", date(2026, 3, 14), time_zone="Pacific/Auckland")
        a_log(treatment, 4, redness=3, at=datetime(2026, 3, 18, 1, tzinfo=UTC))
        # 18:00 UTC is 7:00 of the next day there.
        self.run(travel_to(TODAY + timedelta(days=4), time(18)))
        assert [mail.to for mail in mailoutbox] == [[far.email]]
