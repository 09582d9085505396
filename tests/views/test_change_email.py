"""Changing the address one signs in with: by a code that comes back, and until then nothing is changed."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.core.signing import BadSignature
from django.db import IntegrityError
from django.test import Client

from patients.actions.links import log_token, user_of_log_token
from patients.models import AuditEvent, Role, User
from tests.factories import a_member
from tests.pages import text

PAGE, CODE = "/accounts/email/", "/accounts/confirm-email/"
NEW = "new-address@example.org"
HEALTH = ("skin", "recover", "treat", "log ", "symptom", "photo")


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture(params=["patient", "clinician", "admin"])
def person(request):
    found = request.getfixturevalue(request.param)
    user = getattr(found, "user", found)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


@pytest.fixture
def ana(patient):
    return patient.user


def asked(browser, email=NEW):
    return browser.post(PAGE, {"email": email, "action_add": "1"}, follow=True)


def code_in(mail):
    return re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", mail.body, re.MULTILINE)[1]


def changed(browser, mailoutbox, email=NEW):
    asked(browser, email)
    return browser.post(CODE, {"code": code_in(mailoutbox[-1])}, follow=True)


def addresses(user):
    """What the person signs in with, and what allauth holds of it."""
    held = EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")
    return User.objects.get(pk=user.pk).email, sorted(held)


class TestTheChange:
    def test_with_the_code_the_new_address_replaces_the_old_one(self, person, signed_in, mailoutbox):
        browser = signed_in(person)
        response = changed(browser, mailoutbox)
        assert addresses(person) == (NEW, [(NEW, True, True)])
        assert response.redirect_chain == [("/settings/", 302)]
        assert "Your e-mail address is changed. Sign in with the new one from now on." in text(response)
        assert NEW in text(browser.get("/settings/"))  # and still signed in

    def test_before_the_code_the_old_one_stands(self, person, signed_in):
        response = asked(signed_in(person))
        assert response.redirect_chain == [(CODE, 302)]
        assert f"We have sent a code to {NEW}" in text(response)
        assert addresses(person) == (person.email, [(person.email, True, True)])

    def test_it_is_written_down_without_an_address(self, person, signed_in, mailoutbox):
        changed(signed_in(person), mailoutbox)
        event = AuditEvent.objects.get(action="e-mail changed")
        kind = "patient" if person.role == Role.PATIENT else "user"
        assert (event.actor, event.subject_type, event.before, event.after, event.why) == (person, kind, None, None, "")

    def test_capitals_are_one_address(self, ana, signed_in, mailoutbox):
        changed(signed_in(ana), mailoutbox, "New-Address@Example.ORG")
        assert addresses(ana) == (NEW, [(NEW, True, True)])

    def test_signing_in_by_code_goes_on_with_the_old_one_until_then(self, ana, signed_in, mailoutbox):
        asked(signed_in(ana))
        for email, greeted in ((NEW, False), (ana.email, True)):
            browser = Client()
            browser.post("/accounts/login/code/", {"email": email})
            assert ("Your code to sign in" in mailoutbox[-1].body) == greeted

    def test_and_with_the_new_one_after_it(self, ana, signed_in, mailoutbox):
        changed(signed_in(ana), mailoutbox)
        browser = Client()
        browser.post("/accounts/login/code/", {"email": NEW})
        browser.post("/accounts/login/code/confirm/", {"code": code_in(mailoutbox[-1])})
        assert browser.get("/settings/").wsgi_request.user == ana

    def test_links_of_reminders_end_with_the_old_address(self, patient, signed_in, mailoutbox):
        token = log_token(patient)
        assert user_of_log_token(token) == patient.user
        changed(signed_in(patient.user), mailoutbox)
        assert user_of_log_token(token) is None
        phone = Client()
        assert "This link works no more" in text(phone.get(f"/l/{token}/"))


class TestMails:
    def test_the_code_goes_to_the_new_address_and_names_neither_person_nor_clinic(self, ana, signed_in, mailoutbox):
        asked(signed_in(ana))
        mail = mailoutbox[-1]
        assert (mail.to, mail.subject) == ([NEW], "Your code to confirm this address")
        assert [word for word in ("Ana", ana.email, "Linden", *HEALTH) if word in mail.body] == []

    def test_the_old_address_is_told_but_not_the_new_one(self, ana, signed_in, mailoutbox, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            changed(signed_in(ana), mailoutbox)
        mail = mailoutbox[-1]
        assert (mail.to, mail.subject) == ([ana.email], "Your e-mail address was changed")
        assert ("020 7946 0145" in mail.body, NEW in mail.body) == (True, False)
        assert [word for word in HEALTH if word in mail.body.replace("Linden Skin Clinic", "")] == []

    def test_a_mail_server_that_is_down_does_not_undo_it(self, ana, signed_in, mailoutbox, monkeypatch, django_capture_on_commit_callbacks):
        browser = signed_in(ana)
        asked(browser)

        def refuse(*args, **kwargs):
            raise ConnectionRefusedError

        monkeypatch.setattr(EmailMessage, "send", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(CODE, {"code": code_in(mailoutbox[-1])})
        assert addresses(ana) == (NEW, [(NEW, True, True)])


class TestRefused:
    @pytest.mark.parametrize("code", ["", "WRONG1", "００００００", "<b>", "x" * 5000])
    def test_a_wrong_code_changes_nothing(self, ana, signed_in, code):
        browser = signed_in(ana)
        asked(browser)
        response = browser.post(CODE, {"code": code})
        assert "Incorrect code." in text(response) or "This field is required." in text(response)
        assert addresses(ana) == (ana.email, [(ana.email, True, True)])

    def test_after_three_the_right_one_is_too_late(self, ana, signed_in, mailoutbox):
        browser = signed_in(ana)
        asked(browser)
        for _ in range(3):
            last = browser.post(CODE, {"code": "WRONG1"}, follow=True)
        assert "That was wrong too often. Please wait a few minutes, then start again." in text(last)
        assert browser.post(CODE, {"code": code_in(mailoutbox[-1])}).url == PAGE
        assert addresses(ana)[0] == ana.email

    def test_a_code_is_worth_nothing_in_another_browser(self, ana, clinician, signed_in, mailoutbox):
        asked(signed_in(ana))
        for browser, leads in ((signed_in(clinician), PAGE), (Client(), "/accounts/login/")):
            assert browser.post(CODE, {"code": code_in(mailoutbox[-1])}).url == leads
        assert (addresses(ana)[0], addresses(clinician)[0]) == (ana.email, clinician.email)

    @pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b.c\nBcc: x@y.z", "x" * 300 + "@example.org"])
    def test_what_is_no_address_is_refused_with_what_was_typed(self, ana, signed_in, mailoutbox, email):
        response = asked(signed_in(ana), email)
        assert (
            "Enter a valid email address." in text(response) or "This field is required." in text(response) or "too long" in text(response)
        )
        assert (mailoutbox, addresses(ana)[0]) == ([], ana.email)

    def test_ones_own_address_again_is_said(self, ana, signed_in, mailoutbox):
        assert "already associated with this account" in text(asked(signed_in(ana), ana.email))
        assert mailoutbox == []


class TestTaken:
    @pytest.fixture
    def taken(self, clinic):
        return a_member(clinic, Role.CLINICIAN, "Ole Bakke").email

    def test_it_cannot_be_told_from_a_free_one(self, ana, signed_in, mailoutbox, taken):
        answers = [text(asked(signed_in(ana), email)).replace(email, "…") for email in (NEW, taken)]
        mails = [(mail.subject, mail.body.replace(code_in(mail), "…")) for mail in mailoutbox]
        assert (answers[0], mails[0]) == (answers[1], mails[1])

    def test_not_even_its_owner_gets_it_twice(self, ana, signed_in, mailoutbox, taken):
        response = changed(signed_in(ana), mailoutbox, taken)
        assert "already registered with this email address" in text(response)
        assert addresses(ana) == (ana.email, [(ana.email, True, True)])

    def test_who_loses_a_race_for_it_is_told_so(self, ana, signed_in, mailoutbox, monkeypatch):
        def lose(*args):
            raise IntegrityError("UNIQUE constraint failed")

        monkeypatch.setattr("patients.accounts.DefaultAccountAdapter.confirm_email", lose)
        response = changed(signed_in(ana), mailoutbox)
        assert "This address could not be confirmed. Nothing is changed." in text(response)
        assert AuditEvent.objects.filter(action="e-mail changed").count() == 0


def test_asked_again_and_again_it_says_to_wait(ana, signed_in, settings):
    del settings.ACCOUNT_RATE_LIMITS
    browser = signed_in(ana)
    found = [asked(browser) for _ in range(3)]
    assert found[-1].status_code == 429
    assert "Wait a minute, then try again. Nothing is lost." in text(found[-1])


def test_an_altered_link_of_a_reminder_is_still_no_link(patient):
    with pytest.raises(BadSignature):
        user_of_log_token(log_token(patient) + "x")
