"""The page that an invitation opens, and the clinic's buttons for it."""

import io
import json
import re
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.actions.erasure import erase_patient
from patients.actions.invitations import accept, withdraw
from patients.actions.people import change_settings
from patients.models import AuditEvent, Invitation, Patient, User
from tests.conftest import TODAY
from tests.factories import a_patient, an_invitation
from tests.pages import page, text

OVER = "This invitation opens nothing any more"


@pytest.fixture(autouse=True)
def without_limits(settings):
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def ines(clinician):
    return a_patient(clinician, "Ines Duarte", email="ines@example.org")


@pytest.fixture
def link(ines):
    return reverse("invitation", args=[an_invitation(ines)])


def user_in(browser):
    """Who has signed in with this browser."""
    found = User.objects.filter(pk=browser.session.get("_auth_user_id", 0)).first()
    return found and found.name


class TestTheLink:
    def test_it_shows_one_button_and_nothing_of_the_person(self, client, link):
        response = client.get(link)
        assert "Welcome Linden Skin Clinic has set up a page for you. The button opens it. You need no password. Open my page" in text(
            response
        )
        assert (response.content.decode().count("<form"), response.content.decode().count("<button")) == (1, 1)
        assert [word for word in ("Ines", "ines@", "treatment", "skin is") if word in response.content.decode()] == []

    @pytest.mark.parametrize("verb", ["get", "head"])
    def test_looking_uses_nothing_up(self, link, verb):
        known = AuditEvent.objects.count()
        for _ in range(3):
            assert getattr(Client(), verb)(link).status_code == 200
        assert (Invitation.objects.get().used_at, AuditEvent.objects.count()) == (None, known)
        assert Client().post(link).url == "/"

    def test_the_button_signs_in_and_leads_home(self, client, ines, link):
        response = client.post(link, follow=True)
        assert [where for where, _ in response.redirect_chain] == ["/", "/log/"]
        assert "You are signed in. Next time we send you a code by e-mail, or you set a password under Settings." in text(response)
        assert (user_in(client), User.objects.get(pk=ines.user_id).last_login) == ("Ines Duarte", timezone.now())

    def test_the_form_carries_its_token(self, link):
        browser = Client(enforce_csrf_checks=True)
        assert (browser.post(link).status_code, Invitation.objects.get().used_at) == (403, None)
        token = re.search('name="csrfmiddlewaretoken" value="(.+?)"', browser.get(link).content.decode())[1]
        assert browser.post(link, {"csrfmiddlewaretoken": token}).url == "/"

    @pytest.mark.parametrize("before", [None, "used"])
    def test_nobody_learns_it_from_the_page_and_nothing_keeps_it(self, client, link, before):
        if before:
            Client().post(link)
        response = client.get(link)
        # Not "no-referrer", with which browsers send the form without an origin.
        assert (response["Referrer-Policy"], "no-store" in response["Cache-Control"]) == ("strict-origin", True)

    @pytest.mark.parametrize("asked", ["en", "es"])
    def test_it_speaks_the_patients_language_whatever_the_browser_asks_for(self, client, ines, link, asked):
        change_settings(by=ines.user, theme="light", language="es")
        assert '<html lang="es"' in client.get(link, headers={"accept-language": asked}).content.decode()

    def test_a_second_tap_and_an_opening_again_lead_home(self, client, link):
        client.post(link)
        assert (client.post(link).url, client.get(link).url) == ("/", "/")

    def test_other_verbs_are_refused(self, client, link):
        response = client.put(link)
        assert (response.status_code, response["Allow"], Invitation.objects.get().used_at) == (405, "GET, HEAD, POST", None)


def by_code(ines, **_):
    User.objects.filter(pk=ines.user_id).update(last_login=timezone.now())


def another_address(ines, **_):
    User.objects.filter(pk=ines.user_id).update(email="other@example.org")


ENDS = {
    "never was": None,
    "used": lambda ines, token, **_: accept(token),
    "withdrawn": lambda ines, clinician, **_: withdraw(by=clinician, patient=ines),
    "expired": lambda travel_to, **_: travel_to(TODAY + timedelta(days=8)),
    "erased": lambda ines, **_: erase_patient(by=ines.user, patient=Patient.objects.select_related("user", "clinic").get(pk=ines.pk)),
    "another address": another_address,
    "signed in by a code": by_code,
}


@pytest.mark.parametrize("verb", ["get", "post"])
def test_whatever_ended_it_the_page_is_the_same(ines, clinician, travel_to, verb):
    """Byte for byte: a stranger learns nothing from it."""
    pages = {}
    for end, act in ENDS.items():
        person = a_patient(clinician, "Ines Duarte")
        token = an_invitation(person) if act else "nothing-like-it"
        if act:
            act(ines=person, clinician=clinician, travel_to=travel_to, token=token)
        response = getattr(Client(), verb)(reverse("invitation", args=[token]))
        pages[end] = (response.status_code, response.content.decode(), response["Referrer-Policy"])
        travel_to(TODAY)
    assert len(set(pages.values())) == 1
    status, body, _ = pages["used"]
    assert (status, body.count(OVER), "Linden" in body) == (410, 2, False)
    assert "ask for a code, and it comes to the address" in body


def test_who_used_it_up_still_gets_in_by_a_code(client, ines, link, mailoutbox):
    Client().post(link)
    assert reverse("account_request_login_code") in page(client.get(link)).links
    client.post(reverse("account_request_login_code"), {"email": "ines@example.org"})
    code = re.search("^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", mailoutbox[-1].body, re.MULTILINE)[0]
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert user_in(client) == "Ines Duarte"


@pytest.mark.parametrize("verb", ["get", "post"])
@pytest.mark.parametrize("who", ["as_patient", "as_clinician", "as_admin"])
def test_somebody_else_who_is_signed_in_is_told_so_and_stays(request, link, who, verb):
    browser = request.getfixturevalue(who)
    before = user_in(browser)
    response = getattr(browser, verb)(link)
    assert "Somebody else is signed in here" in text(response)
    assert reverse("account_logout") in page(response).links
    assert (response.status_code, user_in(browser), Invitation.objects.get().used_at) == (403, before, None)
    browser.post(reverse("account_logout"))
    browser.post(link)
    assert user_in(browser) == "Ines Duarte"


def test_it_cannot_be_tried_without_end(client, link, settings):
    settings.ACCOUNT_RATE_LIMITS = {"invitation": "3/m/ip"}
    cache.clear()
    found = [client.post(reverse("invitation", args=[f"guess-{number}"])) for number in range(4)]
    assert [response.status_code for response in found] == [410, 410, 410, 429]
    assert "Wait a minute, then try again. Nothing is lost." in text(found[-1])
    assert (client.post(link).status_code, client.get(link).status_code, Invitation.objects.get().used_at) == (429, 200, None)
    cache.clear()


class TestTheClinicsPage:
    def said(self, browser, patient):
        return text(browser.get(reverse("clinic-patient", args=[patient.uuid])))

    def post(self, browser, name, patient):
        return text(browser.post(reverse(name, args=[patient.uuid]), follow=True))

    def test_before_any_it_offers_one(self, as_clinician, ines):
        seen = self.said(as_clinician, ines)
        assert "Invitation Ines has not signed in yet and was sent no invitation. Send an invitation" in seen
        assert "Withdraw" not in seen

    def test_it_says_how_each_stands(self, as_clinician, ines, clinician, travel_to):
        an_invitation(ines)
        assert "Invited today, 12:00, not yet signed in. The link works once, until Wed 25 Mar, 12:00. Send again Withdraw" in self.said(
            as_clinician, ines
        )
        travel_to(TODAY + timedelta(days=7))
        seen = self.said(as_clinician, ines)
        assert "Invited Wed 18 Mar, 12:00, not yet signed in. The link expired today, 12:00. Send again" in seen
        assert "Withdraw" not in seen

    def test_who_has_signed_in_is_offered_none(self, as_clinician, ines, link):
        Client().post(link)
        seen = self.said(as_clinician, ines)
        assert "Ines has signed in, last today, 12:00." in seen
        assert ("Send again" in seen, "Send an invitation" in seen) == (False, False)

    def test_send_again(self, as_clinician, ines, link, travel_to, mailoutbox, django_capture_on_commit_callbacks):
        travel_to(TODAY + timedelta(days=1))
        with django_capture_on_commit_callbacks(execute=True):
            seen = self.post(as_clinician, "invitation-send", ines)
        assert "A new invitation goes to ines@example.org. A link sent before opens nothing any more." in seen
        assert (len(mailoutbox), Client().get(link).status_code) == (1, 410)

    def test_twice_in_a_row_is_refused_in_words(self, as_clinician, ines, link):
        seen = self.post(as_clinician, "invitation-send", ines)
        assert "Ines was invited less than a minute ago. Give the mail a moment before you send it again." in seen
        assert (Client().get(link).status_code, Invitation.objects.count()) == (200, 1)

    def test_a_mail_server_that_is_down_is_said(self, as_clinician, ines, settings, django_capture_on_commit_callbacks):
        settings.EMAIL_BACKEND = "tests.actions.test_invitations.NoServer"
        with django_capture_on_commit_callbacks(execute=True):
            self.post(as_clinician, "invitation-send", ines)
        assert "The mail server did not take the invitation of today, 12:00. Nothing was sent: send it again." in self.said(
            as_clinician, ines
        )

    @pytest.mark.parametrize(
        "times, says", [(1, "The invitation is withdrawn"), (2, "No invitation stands, so there was nothing to withdraw.")]
    )
    def test_withdraw(self, as_clinician, ines, link, times, says):
        for _ in range(times):
            seen = self.post(as_clinician, "invitation-withdraw", ines)
        assert says in seen
        assert "The invitation of today, 12:00 was withdrawn. A code from the sign-in page still works." in seen
        assert Client().get(link).status_code == 410


def test_the_archive_names_what_was_sent_and_no_link(ines, link, client):
    client.force_login(ines.user)
    archive = ZipFile(io.BytesIO(b"".join(client.post(reverse("record-download")).streaming_content)))
    (row,) = json.loads(archive.read("record.json"))["invitations"]
    assert (row["sent_by"], row["made_at"], row["used_at"]) == ("Mira Osei, nurse", timezone.now().isoformat(), None)
    assert {"token_digest", "address_digest"} & set(row) == set()
