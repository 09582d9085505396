"""Reminders: who gets one, once a day, and what a mail server that is down does."""

import re
from datetime import date, datetime, time, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from zoneinfo import ZoneInfo

import pytest
from django.core.mail import EmailMessage

from patients.actions.people import change_settings
from patients.actions.reminders import due_now, send_reminders, turn_off
from patients.models import AuditEvent, Patient, Reminder, User
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_treatment, a_version, next_session

HOUR = time(18)
HEALTH_WORDS = (
    "redness", "swelling", "flak", "breakout", "flag", "urgent", "skin", "symptom", "recover", "treat", "needl", "fever", "log",
    "advice", "heal", "photo", "session", "diary", "face", "day 4",
)  # fmt: skip


@pytest.fixture
def evening(travel_to):
    """To 18:00 of a day after the treatment, in London's winter."""
    return lambda day=4, at=HOUR: travel_to(TREATED + timedelta(days=day), at)


def sent_to(mailoutbox):
    return [mail.to for mail in mailoutbox]


def hour_of(patient):
    return Patient.objects.get(pk=patient.pk).reminder_hour


class TestWhoGetsOne:
    def test_the_default_is_six_in_the_evening(self, treatment, evening, mailoutbox):
        evening(at=time(17, 59))
        assert (send_reminders().sent, mailoutbox) == (0, [])
        evening()
        assert send_reminders().sent == 1
        assert sent_to(mailoutbox) == [[treatment.patient.user.email]]

    def test_once_a_day_however_often_it_runs(self, treatment, evening, mailoutbox):
        for minute in (0, 15, 30, 45):
            evening(at=time(18, minute))
            send_reminders()
        assert len(mailoutbox) == 1
        assert list(Reminder.objects.values_list("patient", "day", "kind", "clinic")) == [
            (treatment.patient.pk, TODAY, "log", treatment.clinic_id)
        ]

    def test_and_again_the_day_after(self, treatment, evening, mailoutbox):
        for day in (3, 4, 5):
            evening(day)
            send_reminders()
        assert len(mailoutbox) == 3

    def test_not_after_the_log_of_the_day(self, treatment, evening, mailoutbox):
        a_log(treatment, 4, at=evening(at=time(8)))
        evening()
        assert (send_reminders().sent, mailoutbox) == (0, [])

    def test_a_log_of_yesterday_does_not_count(self, treatment, evening):
        a_log(treatment, 3, late=1, at=evening(at=time(8)))
        evening()
        assert send_reminders().sent == 1

    def test_not_when_it_was_asked_too_late(self, treatment, evening):
        evening(at=time(22))
        assert send_reminders().sent == 0

    def test_weekly_after_the_first_week(self, treatment, evening, mailoutbox):
        days = []
        for day in range(5, 40):
            evening(day)
            days += [day] * send_reminders().sent
        assert days == [5, 6, 7, 14, 21, 28]

    def test_as_the_norms_of_the_treatment_say(self, clinician, admin, treatment, evening):
        """Not as those that came after it."""
        evening(0)
        version = a_version(admin, treatment.protocol)  # asks every second day
        other = a_treatment(clinician, "Mei Chen", TREATED)
        assert (treatment.norm_version != version, other.norm_version) == (True, version)
        evening(4)
        assert send_reminders().sent == 2
        evening(5)
        assert [found.pk for found, _ in due_now()] == [treatment.pk]

    def test_a_further_session_takes_over(self, clinician, treatment, evening):
        evening(20)
        second = next_session(clinician, treatment.patient, TREATED + timedelta(days=20))
        # The first one's week does not matter, nor that it was reminded.
        Reminder.objects.create(clinic=treatment.clinic, patient=treatment.patient, day=TREATED + timedelta(days=19))
        assert due_now() == [(second, TREATED + timedelta(days=20))]

    def test_only_the_newest_recovery_is_asked_about(self, clinician, treatment, evening):
        evening(20)
        second = next_session(clinician, treatment.patient, TREATED + timedelta(days=20))
        assert due_now() == [(second, TREATED + timedelta(days=20))]

    def test_without_a_treatment_nobody_is_asked(self, clinician, evening, patient):
        patient.treatments.all().delete()
        evening()
        assert due_now() == []

    def test_not_before_the_treatment(self, clinician, evening, treatment):
        """A session planned ahead neither asks nor ends the recovery that goes on."""
        planned = next_session(clinician, treatment.patient, TODAY)
        type(planned).objects.filter(pk=planned.pk).update(treated_on=TODAY + timedelta(days=9))
        evening()
        assert [found.pk for found, _ in due_now()] == [treatment.pk]

    @pytest.mark.parametrize("left_out", ["off", "deactivated"])
    def test_who_is_left_out(self, treatment, evening, left_out):
        user = treatment.patient.user
        if left_out == "off":
            change_settings(by=user, theme="light", reminder_hour=None)
        else:
            User.objects.filter(pk=user.pk).update(is_active=False)
        evening()
        assert send_reminders().sent == 0
        assert not Reminder.objects.exists()

    def test_each_at_their_own_hour_and_zone(self, clinician, travel_to):
        wanted = {"Ana": ("Europe/London", 7), "Aroha": ("Pacific/Auckland", 20), "Kai": ("Pacific/Honolulu", 0), "Mei": ("Asia/Tokyo", 23)}
        travel_to(date(2026, 3, 10))
        for name, (zone, hour) in wanted.items():
            user = a_treatment(clinician, name, date(2026, 3, 9), time_zone=zone).patient.user
            change_settings(by=user, theme="light", reminder_hour=hour)
        got = {}
        for quarter in range(96):
            now = travel_to(date(2026, 3, 11), time(quarter // 4, quarter % 4 * 15))
            before = set(Reminder.objects.values_list("pk", flat=True))
            send_reminders()
            for row in Reminder.objects.exclude(pk__in=before).select_related("patient__user"):
                local = now.astimezone(ZoneInfo(row.patient.time_zone))
                got.setdefault(row.patient.user.name, []).append((local.hour, local.minute, local.date() == row.day))
        # Tokyo's 23:00 of the day before is still open when this day of UTC begins? No: it ended with that day at 15:00.
        assert got == {"Ana": [(7, 0, True)], "Aroha": [(20, 0, True)], "Kai": [(0, 0, True)], "Mei": [(23, 0, True)]}

    def test_who_flies_over_the_date_line_is_not_asked_twice(self, treatment, travel_to, mailoutbox):
        user = treatment.patient.user
        change_settings(by=user, theme="light", time_zone="Pacific/Auckland", reminder_hour=8)
        travel_to(TODAY, time(19))  # 8:00 of the 19th in Auckland
        send_reminders()
        change_settings(by=user, theme="light", time_zone="Pacific/Honolulu", reminder_hour=18)
        travel_to(TODAY + timedelta(days=1), time(4))  # 18:00 of the 18th in Honolulu
        send_reminders()
        assert [r.day for r in Reminder.objects.all()] == [TODAY + timedelta(days=1)]
        assert len(mailoutbox) == 1

    @pytest.mark.parametrize("others", [0, 2])
    def test_the_list_costs_the_same_for_one_and_for_three(self, treatment, clinician, evening, django_assert_num_queries, others):
        for number in range(others):
            a_treatment(clinician, f"Mei {number}", TREATED)
        evening()
        due_now()  # the norms are remembered from here on
        with django_assert_num_queries(2):
            assert len(due_now()) == 1 + others


class TestTheMail:
    @pytest.fixture
    def mail(self, treatment, evening, mailoutbox):
        a_log(treatment, 3, "fever", redness=4, at=evening(3))
        evening()
        send_reminders()
        return mailoutbox[0]

    def test_it_names_the_clinic_and_no_more(self, mail):
        assert mail.subject == "Linden Skin Clinic: a minute for your entry"
        assert mail.body.startswith("Hello Ana,\n\nA minute for your entry today?")
        assert mail.content_subtype == "plain"
        assert getattr(mail, "alternatives", []) == []

    def test_it_holds_no_word_about_health(self, mail):
        headers = " ".join(f"{name}: {value}" for name, value in mail.extra_headers.items())
        # The clinic's own name is the sender's; tokens are drawn letters.
        text = re.sub(r"/l/\S+", "", f"{mail.subject} {mail.body} {headers}").replace("Linden Skin Clinic", "").lower()
        assert [word for word in HEALTH_WORDS if word in text] == []
        assert [word for word in HEALTH_WORDS if word in "a minute to log your skin"] != []

    def test_it_says_how_to_reach_the_clinic(self, mail):
        assert "Nobody watches this service live." in mail.body
        assert "Telephone: 020 7946 0145. In an emergency call 999." in mail.body

    def test_it_can_be_stopped_by_the_mail_program(self, mail):
        url = mail.extra_headers["List-Unsubscribe"].strip("<>")
        assert url in mail.body
        assert url.startswith("http://127.0.0.1:8000/l/off/")
        assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail.extra_headers["Auto-Submitted"] == "auto-generated"

    def test_the_links_tell_nothing(self, mail, patient):
        from django.core.signing import b64_decode

        tokens = re.findall(r"/l/(?:off/)?(\S+)/", mail.body)
        assert len(tokens) == 2
        for token in tokens:
            inside = token + b64_decode(token.split(":")[0].encode()).decode()
            assert not {patient.user.email, "ana", "ferreira", str(patient.pk), "@"} & set(re.split(r"[^\w@.]+", inside.lower()))
            assert "@" not in inside

    def test_a_name_is_not_escaped(self, clinician, evening, mailoutbox):
        a_treatment(clinician, "D'Arcy <b>", TREATED)
        evening()
        send_reminders()
        assert mailoutbox[0].body.startswith("Hello D'Arcy,")


class TestAudit:
    def test_one_event_for_each_that_went_out(self, treatment, evening):
        now = evening()
        send_reminders()
        send_reminders()
        event = AuditEvent.objects.get(action="reminder sent")
        assert (event.subject_id, event.actor, event.clinic, event.after) == (
            str(treatment.patient.uuid), None, treatment.clinic, {"day": "2026-03-18"},
        )  # fmt: skip
        assert Reminder.objects.get().sent_at == now


class Server:
    """A mail server that refuses some addresses with some error."""

    def __init__(self, monkeypatch):
        self.refused = {}
        self.send = EmailMessage.send
        monkeypatch.setattr(EmailMessage, "send", lambda message, *args, **kwargs: self._send(message))

    def _send(self, message):
        error = self.refused.get(message.to[0]) or self.refused.get("*")
        if error:
            raise error
        return self.send(message)


class TestAServerThatFails:
    @pytest.fixture
    def server(self, monkeypatch):
        return Server(monkeypatch)

    @pytest.fixture
    def three(self, treatment, clinician):
        return [treatment.patient, *(a_treatment(clinician, name, TREATED).patient for name in ("Mei Chen", "Bo Lind"))]

    @pytest.mark.parametrize(
        "error",
        [
            ConnectionRefusedError(),
            TimeoutError(),
            SMTPServerDisconnected(),
            SMTPRecipientsRefused({}),
            UnicodeEncodeError("ascii", "é", 0, 1, ""),
            RuntimeError(),
        ],
    )
    def test_the_others_get_theirs(self, three, server, evening, mailoutbox, error):
        evening()
        server.refused[three[0].user.email] = error
        tally = send_reminders()
        assert (tally.sent, tally.failed) == (2, 1)
        assert sent_to(mailoutbox) == [[p.user.email] for p in three[1:]]

    def test_the_next_run_tries_again_and_only_what_failed(self, three, server, evening, mailoutbox):
        evening()
        server.refused["*"] = ConnectionRefusedError()
        assert (send_reminders().failed, Reminder.objects.count()) == (3, 0)
        evening(at=time(18, 15))
        server.refused = {three[1].user.email: TimeoutError()}
        assert send_reminders().sent == 2
        server.refused = {}
        assert send_reminders().sent == 1
        assert sorted(sent_to(mailoutbox)) == sorted([p.user.email] for p in three)
        assert AuditEvent.objects.filter(action="reminder sent").count() == 3

    def test_without_a_server_a_run_ends_soon(self, clinician, server, evening, monkeypatch):
        """Each attempt may wait for the time limit; thousands of them would go on for days."""
        for number in range(7):
            a_treatment(clinician, f"Person {number}", TREATED)
        evening()
        server.refused["*"] = ConnectionRefusedError()
        assert (send_reminders().failed, Reminder.objects.count()) == (5, 0)

    def test_seven_bad_addresses_stop_nobody_else(self, clinician, server, evening):
        people = [a_treatment(clinician, f"Person {number}", TREATED).patient for number in range(8)]
        evening()
        server.refused = {person.user.email: SMTPRecipientsRefused({}) for person in people[:7]}
        tally = send_reminders()
        assert (tally.sent, tally.failed) == (1, 7)

    def test_a_server_that_comes_back_in_between_counts_anew(self, clinician, server, evening):
        people = [a_treatment(clinician, f"Person {number}", TREATED).patient for number in range(9)]
        evening()
        server.refused = {person.user.email: TimeoutError() for person in people if person is not people[4]}
        tally = send_reminders()
        assert (tally.sent, tally.failed) == (1, 8)

    def test_a_run_that_takes_into_the_night_stops_there(self, three, server, evening, monkeypatch, mailoutbox):
        evening()
        known = server.send
        monkeypatch.setattr(server, "send", lambda message: (evening(5, time(3)), known(message))[1])
        assert send_reminders().sent == 1
        assert (len(mailoutbox), Reminder.objects.count()) == (1, 1)

    def test_one_connection_for_all(self, three, evening, monkeypatch, mailoutbox):
        used = []
        monkeypatch.setattr(EmailMessage, "send", lambda message: used.append(message.connection))
        evening()
        send_reminders()
        assert (len(used), len({id(connection) for connection in used})) == (3, 1)
        assert used[0] is not None

    def test_a_server_down_all_evening_sends_none_at_night(self, treatment, server, evening):
        server.refused["*"] = ConnectionRefusedError()
        evening()
        send_reminders()
        server.refused = {}
        evening(at=time(22, 15))
        assert send_reminders().sent == 0

    def test_a_name_that_no_mail_can_carry_stops_nobody_else(self, treatment, other_treatment, evening, mailoutbox):
        type(treatment.clinic).objects.filter(pk=treatment.clinic_id).update(name="Linden\nBcc: x@example.org")
        evening()
        tally = send_reminders()
        assert (tally.sent, tally.failed) == (1, 1)
        assert sent_to(mailoutbox) == [[other_treatment.patient.user.email]]

    def test_the_log_of_the_server_tells_no_address(self, treatment, server, evening, caplog):
        evening()
        address = treatment.patient.user.email
        server.refused["*"] = SMTPRecipientsRefused({address: (550, b"no such person")})
        send_reminders()
        assert "SMTPRecipientsRefused" in caplog.text
        assert (address in caplog.text, "Ana" in caplog.text) == (False, False)


class TestWhatIsBroken:
    def test_a_zone_that_is_no_longer_known_stops_nobody_elsewhere(self, treatment, other_treatment, evening, mailoutbox, caplog):
        Patient.objects.filter(pk=treatment.patient_id).update(time_zone="US/Pacific-New")
        evening()
        assert send_reminders().sent == 1
        assert sent_to(mailoutbox) == [[other_treatment.patient.user.email]]
        assert "the time zone US/Pacific-New is not known here" in caplog.text

    def test_a_run_that_died_after_claiming_costs_one_day(self, treatment, evening):
        """The next mail comes when it would have come without it, not a whole phase later."""
        a_log(treatment, 5, at=evening(5, time(8)))
        evening(12)
        Reminder.objects.create(clinic=treatment.clinic, patient=treatment.patient, day=TREATED + timedelta(days=12))
        assert send_reminders().sent == 0
        evening(13)
        assert send_reminders().sent == 1

    @pytest.mark.parametrize("name", ["Ana\nClick: http://evil.example", "\u2028Ana x", " Ana", "Ana\tF"])
    def test_a_name_begins_no_line_of_its_own(self, treatment, evening, mailoutbox, name):
        User.objects.filter(pk=treatment.patient.user_id).update(name=name)
        evening()
        send_reminders()
        assert mailoutbox[0].body.splitlines()[0] == "Hello Ana,"


class TestBetweenListAndMail:
    """What happens while the others' mails go out."""

    @pytest.mark.parametrize("meanwhile", ["log", "off", "deactivated"])
    def test_it_is_asked_again_before_each_mail(self, treatment, evening, monkeypatch, mailoutbox, meanwhile):
        now = evening()
        found = due_now(now)
        monkeypatch.setattr("patients.actions.reminders.due_now", lambda _: found)
        user = treatment.patient.user
        if meanwhile == "log":
            a_log(treatment, 4, at=now)
        elif meanwhile == "off":
            turn_off(by=User.objects.get(pk=user.pk))
        else:
            User.objects.filter(pk=user.pk).update(is_active=False)
        assert (send_reminders(now).sent, mailoutbox, Reminder.objects.count()) == (0, [], 0)

    def test_a_row_that_another_run_writes_at_the_last_moment_stops_the_mail(self, treatment, evening, monkeypatch, mailoutbox):
        """Where two transactions do not see each other, the constraint decides."""
        now = evening()
        found = due_now(now)

        def overtaken(fresh, day):
            Reminder.objects.create(clinic=fresh.clinic, patient=fresh.patient, day=day)
            return True

        monkeypatch.setattr("patients.actions.reminders.due_now", lambda _: found)
        monkeypatch.setattr("patients.actions.reminders._is_due", overtaken)
        assert (send_reminders(now).sent, mailoutbox, Reminder.objects.count()) == (0, [], 1)


class TestTurningOff:
    def test_it_is_kept_and_audited_once(self, patient):
        for _ in range(2):
            turn_off(by=patient.user)
        event = AuditEvent.objects.get(action="reminder hour changed")
        assert hour_of(patient) is None
        assert (event.actor, event.before, event.after, event.why) == (
            patient.user, {"reminder_hour": 18}, {"reminder_hour": None}, "the link in a reminder",
        )  # fmt: skip

    def test_nobody_else_s_change(self, patient, other_treatment):
        turn_off(by=patient.user)
        assert hour_of(other_treatment.patient) == 18


def test_the_moment_is_read_with_its_zone(treatment):
    """Whoever hands over a moment of another zone gets the same answer."""
    moment = datetime.combine(TODAY, time(14), ZoneInfo("America/New_York"))  # 18:00 in London: clocks differ by four hours then
    assert len(due_now(moment)) == 1
