"""Emptying the outbox: each mail once, whoever runs how often, and none lost to a server that is down."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from patients.actions.outbox import Tally, queue, send
from patients.actions.reviews import ANNOUNCE_AFTER
from patients.models import AuditEvent, OutgoingMail, Role, User
from patients.models.outbox import CLAIM_LASTS
from tests.at_once import apart, held_open, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_review, a_treatment


@pytest.fixture
def replies(clinician, frozen):
    """Three replies that may go out, and the moment."""
    for name in ("Ana Ferreira", "Mei Chen", "Bo Lind"):
        treatment = a_treatment(clinician, name, TREATED)
        a_log(treatment, 4, redness=3)
        a_review(treatment, clinician, reply="All well.")
    return frozen + ANNOUNCE_AFTER


class Server:
    """A mail server that refuses some addresses."""

    def __init__(self, monkeypatch, error):
        self.refused, self.error, self.send = set(), error, EmailMessage.send
        monkeypatch.setattr(EmailMessage, "send", lambda message, *args, **kwargs: self._send(message))

    def _send(self, message):
        if message.to[0] in self.refused or "*" in self.refused:
            raise self.error
        return self.send(message)


def test_each_goes_out_once_however_often_it_runs(replies, mailoutbox):
    assert [send(now=replies), send(now=replies)] == [Tally(sent=3), Tally()]
    assert len({m.to[0] for m in mailoutbox}) == len(mailoutbox) == 3
    assert AuditEvent.objects.filter(action="mail sent", actor=None).count() == 3


def test_the_same_thing_is_queued_once(replies):
    row = OutgoingMail.objects.first()
    queue([OutgoingMail(kind=row.kind, key=row.key, clinic=row.clinic, patient=row.patient, send_after=replies)])
    assert OutgoingMail.objects.filter(key=row.key).count() == 1


def test_no_text_and_no_address_is_kept(replies):
    kept = {field.name for field in OutgoingMail._meta.get_fields()}
    assert kept == {
        *("id", "kind", "key", "clinic", "patient", "user", "treatment", "review"),
        *("queued_at", "send_after", "claimed_at", "attempts", "sent_at", "dropped_at"),
    }
    assert not [key for key in OutgoingMail.objects.values_list("key", flat=True) if "@" in key]


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), TimeoutError(), SMTPRecipientsRefused({}), UnicodeEncodeError("ascii", "é", 0, 1, "")]
)
def test_one_that_is_refused_stops_no_other_and_is_tried_again(replies, monkeypatch, mailoutbox, error):
    server = Server(monkeypatch, error)
    server.refused = {User.objects.get(name="Ana Ferreira").email}
    assert send(now=replies) == Tally(sent=2, failed=1)
    # A minute later, then two, and so on up to ten.
    assert send(now=replies + timedelta(seconds=59)) == Tally()
    assert send(now=replies + timedelta(seconds=60)) == Tally(failed=1)
    assert send(now=replies + timedelta(seconds=179)) == Tally()
    server.refused = set()
    assert send(now=replies + timedelta(seconds=180)) == Tally(sent=1)
    assert len(mailoutbox) == 3


def test_the_pauses_grow_to_ten_minutes(replies, monkeypatch):
    Server(monkeypatch, ConnectionRefusedError()).refused = {"*"}
    row, now, pauses = OutgoingMail.objects.order_by("pk").last(), replies, []
    OutgoingMail.objects.exclude(pk=row.pk).update(sent_at=replies)
    for _ in range(12):
        send(now=now)
        row.refresh_from_db()
        pauses.append((row.send_after - now) // timedelta(minutes=1))
        now = row.send_after
    assert pauses == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]


def test_a_claim_that_died_is_taken_over_after_ten_minutes(replies, mailoutbox):
    OutgoingMail.objects.update(claimed_at=replies)
    assert send(now=replies + CLAIM_LASTS) == Tally()
    assert send(now=replies + CLAIM_LASTS + timedelta(seconds=1)) == Tally(sent=3)


def test_a_long_run_claims_each_at_its_own_moment(replies, travel_to, monkeypatch):
    claimed = []

    def slow(message):
        claimed.append(OutgoingMail.objects.exclude(claimed_at=None).order_by("-claimed_at").first().claimed_at)
        moment = claimed[-1] + CLAIM_LASTS
        travel_to(moment.date(), moment.time())

    travel_to(replies.date(), replies.time())
    monkeypatch.setattr(EmailMessage, "send", slow)
    send()
    assert claimed == [replies, replies + CLAIM_LASTS, replies + 2 * CLAIM_LASTS]


def test_who_can_no_longer_sign_in_gets_none(replies, mailoutbox):
    User.objects.filter(name="Mei Chen").update(is_active=False)
    assert send(now=replies) == Tally(sent=2, dropped=1)
    assert send(now=replies) == Tally()


def test_the_servers_log_tells_no_address(replies, monkeypatch, caplog):
    address = User.objects.get(name="Ana Ferreira").email
    Server(monkeypatch, SMTPRecipientsRefused({address: (550, b"no such person")})).refused = {"*"}
    send(now=replies)
    assert "SMTPRecipientsRefused" in caplog.text
    assert (address in caplog.text, "Ana" in caplog.text) == (False, False)


@pytest.mark.parametrize("runs", [2, 4])
def test_several_runs_at_once_send_each_once(db, tmp_path, frozen, monkeypatch, mailoutbox, runs):
    with apart(tmp_path):
        clinician = a_member(a_clinic(), Role.CLINICIAN, "Mira Osei")
        for name in ("Ana Ferreira", "Mei Chen", "Bo Lind"):
            treatment = a_treatment(clinician, name, TREATED)
            a_log(treatment, 4, redness=3)
            a_review(treatment, clinician, reply="All well.")
        held_open(monkeypatch)
        tallies = together(*[lambda: send(now=frozen + ANNOUNCE_AFTER)] * runs)
        assert [sum(t.sent for t in tallies), sum(t.failed for t in tallies)] == [3, 0]
        assert len({m.to[0] for m in mail.outbox}) == len(mail.outbox) == 3
