"""Inviting a patient: one link at a time, single use, for seven days and one address; sent again, withdrawn, refused."""

from datetime import timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from patients.actions.erasure import erase_patient
from patients.actions.invitations import accept, invitation_of, invite, is_own, withdraw
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Invitation, Patient, User
from patients.models.invitations import InvitationState
from tests.at_once import apart, held_open, together
from tests.conftest import TODAY
from tests.factories import a_clinic, a_member, a_patient, an_invitation


class NoServer(BaseEmailBackend):
    """Nobody answers at the mail server's address."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError("Ines, at ines@example.org")


@pytest.fixture
def ines(clinician):
    return a_patient(clinician, "Ines Duarte", email="ines@example.org")


@pytest.fixture
def later(travel_to):
    """So much time after noon of TODAY."""

    def travel(**time):
        moment = travel_to(TODAY) + timedelta(**time)
        return travel_to(moment.date(), moment.time())

    return travel


def states():
    return [i.state(timezone.now()) for i in Invitation.objects.newest_first()]


def actions():
    return list(AuditEvent.objects.filter(action__contains="invit").order_by("pk").values_list("action", flat=True))


class TestInviting:
    def test_only_digests_are_kept(self, ines, clinician):
        token = an_invitation(ines)
        row = Invitation.objects.values().get()
        assert [value for value in row.values() if token in str(value) or "ines@" in str(value)] == []
        assert (row["patient_id"], row["clinic_id"], row["sent_by_id"]) == (ines.pk, clinician.clinic_id, clinician.pk)
        assert (row["made_at"], row["expires_at"]) == (timezone.now(), timezone.now() + timedelta(days=7))

    def test_two_links_differ_and_cannot_be_guessed(self, ines, clinician, later, mailoutbox, django_capture_on_commit_callbacks):
        for minutes in (0, 2):
            later(minutes=minutes)
            with django_capture_on_commit_callbacks(execute=True):
                invite(by=clinician, patient=ines)
        links = [next(line for line in mail.body.splitlines() if "/i/" in line) for mail in mailoutbox]
        assert len(set(links)) == 2
        assert [len(link.split("/i/")[1].strip("/")) for link in links] == [43, 43]  # 256 bits

    def test_the_mail_goes_out_after_the_commit_and_is_noted(self, ines, clinician, mailoutbox, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            invite(by=clinician, patient=ines)
            assert (mailoutbox, Invitation.objects.get().sent_at) == ([], None)
        assert Invitation.objects.get().sent_at == timezone.now()
        (mail,) = mailoutbox
        assert (mail.to, mail.subject, mail.extra_headers) == (
            ["ines@example.org"], "Linden Skin Clinic: your sign-in", {"Auto-Submitted": "auto-generated"},
        )  # fmt: skip
        assert "It works once, within 7 days:\nhttp://127.0.0.1:8000/i/" in mail.body
        assert [word for word in ("your skin", "treatment", "needling", "recovery", "health") if word in mail.body.lower()] == []

    def test_a_server_that_refuses_leaves_no_link_and_can_be_tried_again_at_once(
        self, ines, clinician, settings, caplog, django_capture_on_commit_callbacks
    ):
        working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.NoServer"
        with django_capture_on_commit_callbacks(execute=True):
            token = an_invitation(ines, clinician)
        assert (states(), actions()) == ([InvitationState.UNSENT], ["patient invited", "invitation not sent"])
        assert (invitation_of(token), "ines@" in caplog.text) == (None, False)
        settings.EMAIL_BACKEND = working
        with django_capture_on_commit_callbacks(execute=True):
            invite(by=clinician, patient=ines)
        assert states() == [InvitationState.OPEN, InvitationState.UNSENT]

    def test_sending_again_ends_the_link_before(self, ines, later):
        first = an_invitation(ines)
        later(minutes=2)
        second = an_invitation(ines)
        assert (invitation_of(first), invitation_of(second).patient) == (None, ines)
        assert states() == [InvitationState.OPEN, InvitationState.WITHDRAWN]

    @pytest.mark.parametrize(
        "seconds, says",
        [
            ([0], ""),
            ([0, 59], "Ines was invited less than a minute ago. Give the mail a moment before you send it again."),
            ([0, 60], ""),
            ([0, 60, 120, 180, 240], ""),
            (
                [0, 60, 120, 180, 240, 300],
                "Ines was invited 5 times in the last 24 hours, which is the most. "
                "Check the address with the patient, or try again tomorrow.",
            ),
            ([0, 60, 120, 180, 240, 24 * 3600], ""),
        ],
    )
    def test_one_a_minute_and_five_a_day(self, ines, clinician, later, seconds, says):
        *before, last = seconds
        for at in before:
            invite(by=clinician, patient=ines, now=later(seconds=at))
        known, now = Invitation.objects.count(), later(seconds=last)
        if says:
            with pytest.raises(NotNow) as refused:
                invite(by=clinician, patient=ines, now=now)
            assert (str(refused.value), Invitation.objects.count()) == (says, known)
        else:
            invite(by=clinician, patient=ines, now=now)
            assert Invitation.objects.count() == known + 1

    @pytest.mark.parametrize(
        "fields, says",
        [
            ({"is_active": False}, "The sign-in of Ines is switched off, so an invitation would lead nowhere."),
            ({"last_login": timezone.now}, "Ines has signed in already and needs no invitation."),
        ],
    )
    def test_who_needs_none_gets_none(self, ines, clinician, fields, says):
        User.objects.filter(pk=ines.user_id).update(**{name: value() if callable(value) else value for name, value in fields.items()})
        with pytest.raises(NotNow, match=says):
            invite(by=clinician, patient=ines)
        assert (Invitation.objects.count(), actions()) == (0, [])

    @pytest.mark.parametrize("who", ["patient", "other_clinician", "admin", "superuser"])
    @pytest.mark.parametrize("act", [invite, withdraw])
    def test_only_clinicians_of_the_clinic_do(self, request, ines, clinician, who, act):
        invite(by=clinician, patient=ines)
        person = request.getfixturevalue(who)
        with pytest.raises(NotAllowed, match="Only clinicians of this clinic invite its patients."):
            act(by=getattr(person, "user", person), patient=ines)
        assert states() == [InvitationState.OPEN]

    def test_two_at_once_send_one(self, db, tmp_path, frozen, monkeypatch):
        with apart(tmp_path):
            clinic = a_clinic()
            both = [a_member(clinic, "clinician", name) for name in ("Mira Osei", "Jonas Lind")]
            patient = a_patient(both[0], "Ines Duarte")
            held_open(monkeypatch)
            told = together(*(partial(invited_by, by.pk, patient.pk) for by in both))
            assert sorted(type(answer).__name__ for answer in told) == ["Invitation", "NotNow"]
            assert Invitation.objects.standing().count() == 1


def invited_by(by, patient):
    return invite(by=User.objects.get(pk=by), patient=Patient.objects.select_related("user", "clinic").get(pk=patient))


class TestUsing:
    def test_it_lets_in_once(self, ines):
        token = an_invitation(ines)
        assert (accept(token), accept(token)) == (ines.user, None)
        assert (states(), actions()) == ([InvitationState.USED], ["patient invited", "invitation used"])
        assert AuditEvent.objects.get(action="invitation used").actor == ines.user

    def test_the_address_is_confirmed_by_it(self, ines):
        EmailAddress.objects.all().delete()
        accept(an_invitation(ines))
        assert list(EmailAddress.objects.values_list("user", "email", "verified", "primary")) == [
            (ines.user_id, "ines@example.org", True, True)
        ]

    def test_an_address_that_was_corrected_is_the_only_way_in(self, ines, later):
        User.objects.filter(pk=ines.user.pk).update(email="right@example.org")
        later(days=1)
        token = an_invitation(Patient.objects.get(pk=ines.pk))
        assert accept(token) == ines.user
        assert list(EmailAddress.objects.filter(user=ines.user).values_list("email", "verified", "primary")) == [
            ("right@example.org", True, True)
        ]

    def test_of_two_at_once_one_gets_in(self, db, tmp_path, frozen, monkeypatch):
        with apart(tmp_path):
            token = an_invitation(a_patient(a_member(a_clinic(), "clinician", "Mira Osei"), "Ines Duarte"))
            held_open(monkeypatch)
            assert sorted(map(bool, together(partial(accept, token), partial(accept, token)))) == [False, True]
            assert AuditEvent.objects.filter(action="invitation used").count() == 1

    @pytest.mark.parametrize("time, opens", [({"days": 7, "seconds": -1}, True), ({"days": 7}, False), ({"days": 400}, False)])
    def test_it_works_for_seven_days(self, ines, later, time, opens):
        token = an_invitation(ines)
        later(**time)
        assert (invitation_of(token) is not None) is opens
        assert (accept(token) is not None) is opens
        assert states() == [InvitationState.USED if opens else InvitationState.EXPIRED]

    CHANGES = {
        "another address": {"email": "somebody@example.org"},
        "switched off": {"is_active": False},
        "staff by now": {"role": "clinician"},
        "signed in by a code": {"last_login": timezone.now},
    }

    @pytest.mark.parametrize("change", CHANGES)
    def test_it_ends_with_what_it_was_made_for(self, ines, change):
        token = an_invitation(ines)
        changed = {name: value() if callable(value) else value for name, value in self.CHANGES[change].items()}
        User.objects.filter(pk=ines.user_id).update(**changed)
        assert (invitation_of(token), accept(token), actions()) == (None, None, ["patient invited"])

    def test_a_new_password_does_not_end_it(self, ines):
        token = an_invitation(ines)
        ines.user.set_password("another one 7")
        ines.user.save()
        assert invitation_of(token).patient == ines

    def test_it_ends_with_the_record(self, ines, django_capture_on_commit_callbacks):
        token = an_invitation(ines)
        with django_capture_on_commit_callbacks(execute=True):
            erase_patient(by=ines.user, patient=ines)
        assert (invitation_of(token), Invitation.objects.count()) == (None, 0)

    @pytest.mark.parametrize("token", ["", "x", "token-", "é" * 50, "\x00", "\ud800", "a" * 5000])
    def test_what_is_none_opens_nothing(self, ines, token):
        an_invitation(ines)
        assert (invitation_of(token), accept(token)) == (None, None)

    def test_whose_it_was_is_known_to_themselves(self, ines, patient):
        token = an_invitation(ines)
        accept(token)
        assert (is_own(token, ines.user), is_own(token, patient.user), is_own("other", ines.user)) == (True, False, False)


class TestWithdrawing:
    def test_the_link_opens_nothing_any_more(self, ines, clinician):
        token = an_invitation(ines)
        assert withdraw(by=clinician, patient=ines) is True
        assert (invitation_of(token), states(), actions()) == (
            None, [InvitationState.WITHDRAWN], ["patient invited", "invitation withdrawn"],
        )  # fmt: skip

    def test_again_it_changes_nothing(self, ines, clinician):
        an_invitation(ines)
        assert [withdraw(by=clinician, patient=ines) for _ in range(2)] == [True, False]
        assert actions().count("invitation withdrawn") == 1

    def test_what_was_used_stays_used(self, ines, clinician):
        accept(an_invitation(ines))
        assert withdraw(by=clinician, patient=ines) is False
        assert states() == [InvitationState.USED]
