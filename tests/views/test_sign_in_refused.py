"""Signing in by those who should not: guessed, flooded, forged, led astray; and what nobody can learn from the answers."""

import re
import smtplib
import time
from itertools import count
from urllib.parse import quote

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from patients.accounts import AccountAdapter
from patients.models import User
from recovery import settings as shipped
from tests.factories import a_patient, an_invitation
from tests.pages import filled_in, text
from tests.views.signing_in import (
    CODE,
    CONFIRM,
    LOGIN,
    PASSWORD,
    RESET,
    STEP,
    by_code,
    by_password,
    code_in,
    is_in,
    link_in,
    shown_by_app,
    with_app,
    with_password,
)  # fmt: skip

TOO_OFTEN = "That was wrong too often. Please wait a few minutes, then start again."
WRONG = "The email address and/or password you specified are not correct."


@pytest.fixture(autouse=True)
def no_attempts_yet():
    cache.clear()


@pytest.fixture
def ana(patient):
    return with_password(patient.user)


@pytest.fixture
def shared_cache(settings, db):
    """Counted in the database, as it is in earnest."""
    settings.CACHES = shipped.CACHES
    call_command("createcachetable")
    cache.clear()


def from_address(number):
    return {"REMOTE_ADDR": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


class TestWrongPasswords:
    def test_from_one_address_they_are_stopped(self, client, ana):
        others = count()
        found = [text(client.post(LOGIN, {"login": f"x{next(others)}@example.org", "password": "wrong"})) for _ in range(1000)]
        assert (sum(WRONG in said for said in found), TOO_OFTEN in found[10]) == (10, True)
        # Told without a look at the password, and above that without the form.
        assert sum("This was asked for several times in a row." in said for said in found) == 970

    def test_from_many_addresses_against_one_account_too(self, client, ana, shared_cache):
        found = []
        for number in range(400):
            answer = client.post(LOGIN, {"login": ana.email, "password": "wrong"}, **from_address(number))
            found.append(WRONG in text(answer))
        assert (found[:5], any(found[5:])) == ([True] * 5, False)
        assert TOO_OFTEN in text(by_password(Client(**from_address(999)), ana))

    def test_the_right_person_gets_in_by_a_code_meanwhile(self, client, ana, mailoutbox):
        for number in range(20):
            client.post(LOGIN, {"login": ana.email, "password": "wrong"}, **from_address(number))
        by_code(client, ana, mailoutbox)
        assert is_in(client)

    def test_after_five_minutes_it_is_open_again(self, client, ana, monkeypatch):
        for number in range(6):
            client.post(LOGIN, {"login": ana.email, "password": "wrong"}, **from_address(number))
        moment = time.time() + 301
        monkeypatch.setattr("allauth.core.internal.ratelimit.time.time", lambda: moment)
        by_password(client, ana)
        assert is_in(client)

    def test_the_counters_outlast_a_flood_of_others(self, shared_cache):
        """Django throws out a third of 300 by itself."""
        cache.set("allauth:rl:guessed-at", [1], 300)
        for number in range(700):
            cache.set(f"zz{number}", [1], 60)
        assert cache.get("allauth:rl:guessed-at") == [1]
        assert cache._max_entries >= 100_000


class TestCodes:
    def test_three_guesses_and_the_right_one_is_too_late(self, client, ana, mailoutbox):
        client.post(CODE, {"email": ana.email})
        for _ in range(3):
            last = client.post(CONFIRM, {"code": "BBBB-BBBB"}, follow=True)
        assert TOO_OFTEN in text(last)
        client.post(CONFIRM, {"code": code_in(mailoutbox[-1])})
        assert not is_in(client)

    @pytest.mark.parametrize("path, a_minute", [(CODE, 3), (RESET, 5)])
    def test_nobody_s_mailbox_is_filled(self, ana, mailoutbox, monkeypatch, path, a_minute):
        moment = [1_000_000.0]
        monkeypatch.setattr("allauth.core.internal.ratelimit.time.time", lambda: moment[0])
        sent = []
        for number in range(60):
            moment[0] += 10 if number < 10 else 60
            Client(**from_address(number)).post(path, {"email": ana.email})
            sent.append(len(mailoutbox))
        assert sent[5] == a_minute
        assert sent[-1] <= 20 + a_minute

    def test_a_code_is_worth_nothing_in_another_browser(self, client, ana, mailoutbox):
        client.post(CODE, {"email": ana.email})
        other = Client()
        assert other.post(CONFIRM, {"code": code_in(mailoutbox[-1])}).url == CODE
        assert not is_in(other)


class TestForgedAddresses:
    @pytest.mark.parametrize("proxies", [0, 1, 2])
    def test_they_are_counted_as_one(self, client, ana, settings, proxies):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        true = ", ".join(["203.0.113.9", "10.0.0.2"][:proxies])
        found = []
        for number in range(40):
            forged = f"198.51.100.{number}" + (f", {true}" if true else "")
            sent = {"login": f"x{number}@example.org", "password": "wrong"}
            found.append(WRONG in text(client.post(LOGIN, sent, HTTP_X_FORWARDED_FOR=forged, HTTP_X_REAL_IP=f"198.51.100.{number}")))
        assert sum(found) == 10

    @pytest.mark.parametrize(
        "proxies, header, counted",
        [
            (0, "1.2.3.4", "10.0.0.1"), (1, "1.2.3.4", "1.2.3.4"), (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
            (2, "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"), (2, "1.2.3.4", "10.0.0.1"), (1, "", "10.0.0.1"),
            (1, "nonsense", "10.0.0.1"), (1, "1.2.3.4:5678", "1.2.3.4"),
            (1, ",,,", "10.0.0.1"), (1, "'; drop table", "10.0.0.1"), (1, "2001:db8::1", "2001:db8::1"),
        ],
    )  # fmt: skip
    def test_who_is_counted(self, settings, proxies, header, counted):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        request = HttpRequest()
        request.META = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": header}
        assert AccountAdapter().get_client_ip(request) == counted

    def test_behind_a_socket_nobody_is_turned_away(self):
        request = HttpRequest()
        request.META = {"REMOTE_ADDR": ""}
        assert AccountAdapter().get_client_ip(request) == "unknown"


class TestNobodyLearnsWhoIsKnown:
    """The same answer, as many hashed passwords and as many mails, whoever's the address is."""

    @pytest.fixture
    def addresses(self, ana, clinician, treatment, other_treatment):
        switched_off = with_password(other_treatment.patient.user)
        switched_off.is_active = False
        switched_off.save()
        return {
            "known": ana.email,
            "without a password": clinician.email,
            "switched off": switched_off.email,
            "unknown": "nobody@example.org",
        }

    @pytest.fixture
    def hashed(self, monkeypatch):
        calls, encode = [], MD5PasswordHasher.encode
        monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *args: calls.append(1) or encode(self, *args))
        return calls

    def answers(self, addresses, hashed, mailoutbox, path, sent):
        for who, email in addresses.items():
            cache.clear()
            before = len(hashed), len(mailoutbox)
            answer = Client().post(path, {name: value or email for name, value in sent.items()}, follow=True)
            said = answer.content.decode().replace(email, "…")
            said = re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1…", said)
            yield who, (answer.status_code, answer.redirect_chain, said, len(hashed) - before[0], len(mailoutbox) - before[1])

    @pytest.mark.parametrize(
        "path, sent, hashes, mails",
        [(LOGIN, {"login": "", "password": "wrong"}, 1, 0), (CODE, {"email": ""}, 0, 1), (RESET, {"email": ""}, 0, 1)],
    )
    def test_from_the_answer(self, addresses, hashed, mailoutbox, path, sent, hashes, mails):
        found = dict(self.answers(addresses, hashed, mailoutbox, path, sent))
        assert {who: answer[3:] for who, answer in found.items()} == dict.fromkeys(addresses, (hashes, mails))
        assert [who for who, answer in found.items() if answer[:3] != found["unknown"][:3]] == []

    def test_nor_from_guessing_the_code(self, addresses, mailoutbox):
        found = {}
        for who, email in addresses.items():
            browser = Client()
            browser.post(CODE, {"email": email})
            guesses = [browser.post(CONFIRM, {"code": guess}) for guess in ("BBBB-BBBB", "", "-", "BBBB-BBBB")]
            found[who] = [(answer.status_code, answer.get("Location"), text(answer).replace(email, "…")) for answer in guesses]
        assert [who for who, said in found.items() if said != found["unknown"]] == []

    def test_nor_while_the_mail_server_is_down(self, addresses, hashed, mailoutbox, monkeypatch):
        monkeypatch.setattr(EmailMessage, "send", lambda *args: (_ for _ in ()).throw(smtplib.SMTPServerDisconnected("secret words")))
        for path in (CODE, RESET):
            found = dict(self.answers(addresses, hashed, mailoutbox, path, {"email": ""}))
            assert [who for who, answer in found.items() if answer[:3] != found["unknown"][:3]] == []

    def test_a_new_address_that_is_taken_is_answered_like_a_free_one(self, ana, clinician, signed_in, hashed, mailoutbox):
        found = []
        for email in (clinician.email, "free@example.org"):
            cache.clear()
            before = len(hashed), len(mailoutbox)
            answer = signed_in(ana).post("/accounts/email/", {"email": email, "action_add": "1"}, follow=True)
            found.append((answer.status_code, text(answer).replace(email, "…"), len(hashed) - before[0], len(mailoutbox) - before[1]))
        assert found[0] == found[1]
        assert found[0][2:] == (0, 1)


class TestTheMailServerIsDown:
    @pytest.fixture
    def down(self, monkeypatch):
        monkeypatch.setattr(EmailMessage, "send", lambda *args: (_ for _ in ()).throw(ConnectionRefusedError()))

    @pytest.mark.parametrize("path", [CODE, RESET])
    def test_a_sentence_says_so_and_the_address_is_kept(self, client, ana, down, path):
        answer = client.post(f"{path}?next=/recovery/", {"email": ana.email})
        assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (503, True)
        assert "We cannot send mail just now So no code and no link is on its way, and nothing was changed." in text(answer)
        assert filled_in(answer) == {"email": [ana.email]}
        assert f'action="{path}?next=/recovery/"' in answer.content.decode()

    def test_another_address_is_not_changed(self, ana, signed_in, down):
        answer = signed_in(ana).post("/accounts/email/", {"email": "new@example.org", "action_add": "1"})
        assert (answer.status_code, filled_in(answer)) == (503, {"email": ["new@example.org"], "action_add": ["1"]})
        assert User.objects.get(pk=ana.pk).email == ana.email

    def test_later_it_works(self, client, ana, mailoutbox, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr(EmailMessage, "send", lambda *args: (_ for _ in ()).throw(TimeoutError()))
            client.post(CODE, {"email": ana.email})
        by_code(client, ana, mailoutbox)
        assert is_in(client)


FOREIGN = [
    "//evil.example/", "https:evil.example", "https:/evil.example", "https://evil.example/", "http:///evil.example",
    "\\\\evil.example", "/\\evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "\t//evil.example", "https://testserver@evil.example/",
    "//evil.example\\@testserver", "\x00//evil.example", "ftp://testserver/", "https://testserver.evil.example/",
]  # fmt: skip


@pytest.mark.parametrize("foreign", FOREIGN)
class TestForeignNext:
    def led_to(self, answer):
        assert answer.status_code == 302
        assert re.fullmatch(r"/(?![/\\])[^\\\s]*", answer.url), answer.url
        assert "evil" not in answer.url.partition("?")[0]
        return answer.url

    def test_after_a_password(self, ana, foreign):
        assert self.led_to(by_password(Client(), ana, next=foreign)) == "/"
        assert self.led_to(Client().post(f"{LOGIN}?next={quote(foreign)}", {"login": ana.email, "password": PASSWORD})) == "/"

    def test_after_a_code(self, ana, foreign, mailoutbox):
        browser = Client()
        browser.post(f"{CODE}?next={quote(foreign)}", {"email": ana.email})
        assert self.led_to(browser.post(f"{CONFIRM}?next={quote(foreign)}", {"code": code_in(mailoutbox[-1])})) == "/"

    def test_after_the_second_step(self, ana, foreign):
        secret, browser = with_app(ana), Client()
        assert self.led_to(by_password(browser, ana, next=foreign)) == STEP
        assert self.led_to(browser.post(f"{STEP}?next={quote(foreign)}", {"code": shown_by_app(secret), "next": foreign})) == "/"

    def test_after_saying_again_who_one_is(self, ana, signed_in, foreign):
        secret = with_app(ana)
        pages = [("/accounts/reauthenticate/", {"password": PASSWORD}), ("/accounts/2fa/reauthenticate/", {"code": shown_by_app(secret)})]
        for path, sent in pages:
            assert self.led_to(signed_in(ana).post(path, sent | {"next": foreign})) == "/"

    def test_after_changing_the_password(self, ana, signed_in, foreign):
        sent = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one", "next": foreign}
        self.led_to(signed_in(ana).post("/accounts/password/change/", sent))

    def test_after_signing_out_and_for_who_is_in(self, ana, signed_in, foreign):
        self.led_to(signed_in(ana).get(f"{LOGIN}?next={quote(foreign)}"))
        self.led_to(signed_in(ana).post(reverse("account_logout"), {"next": foreign}))

    def test_after_the_keys_are_switched(self, as_clinician, foreign):
        self.led_to(as_clinician.post(reverse("keys"), {"keys": "on", "page": foreign}))

    def test_after_the_end_of_a_session(self, client, db, foreign):
        shown = client.post("/log/", {"note": "x"}, HTTP_REFERER=foreign).content.decode()
        assert re.findall(r'href="(/accounts/login/[^"]*)"', shown) == ["/accounts/login/?next=%2F"]


class TestTheSession:
    @pytest.mark.parametrize("way", [by_password, by_code])
    def test_a_key_that_somebody_planted_is_not_taken_on(self, client, ana, mailoutbox, way):
        session = client.session
        session["planted"] = 1
        session.save()
        planted = session.session_key
        client.cookies["sessionid"] = planted
        way(client, ana, mailoutbox)
        assert is_in(client)
        assert client.session.session_key != planted
        assert not Session.objects.filter(pk=planted).exists()

    def test_signing_out_clears_what_the_browser_kept(self, ana, signed_in):
        browser = signed_in(ana)
        others = [browser.get(path) for path in ("/log/", "/settings/", "/", "/accounts/logout/")]
        assert [answer for answer in others if "Clear-Site-Data" in answer] == []
        assert browser.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "storage"'
        assert "Clear-Site-Data" not in browser.get("/")
        assert "Clear-Site-Data" not in browser.post(reverse("account_logout"))

    def test_a_link_for_a_new_password_works_once(self, client, ana, mailoutbox):
        client.post(RESET, {"email": ana.email})
        link = link_in(mailoutbox[-1])
        form = client.get(link).url
        new = {"password1": "another long password", "password2": "another long password"}
        assert client.post(form, new).status_code == 302
        for browser in (client, Client()):
            for answer in (browser.get(link), browser.post(form, {"password1": "a third long one", "password2": "a third long one"})):
                assert "This link has been used or is too old." in text(answer)
        assert User.objects.get(pk=ana.pk).check_password("another long password")

    @pytest.mark.parametrize("way", [by_password, by_code])
    @pytest.mark.parametrize("ticked", [True, False])
    def test_one_s_own_phone_is_ticked_at_the_sign_in(self, client, ana, mailoutbox, way, ticked):
        way(client, ana, mailoutbox, **({"own_phone": "on"} if ticked else {}))
        assert (
            "your log opens here without signing in. Nothing else does. Ask me to sign in again" in text(client.get("/settings/"))
        ) == ticked
        assert client.session.get_expire_at_browser_close() == (not ticked and way is by_password)

    def test_it_waits_for_the_second_step(self, client, ana):
        secret = with_app(ana)
        by_password(client, ana, own_phone="on")
        assert "phone" not in client.session
        client.post(STEP, {"code": shown_by_app(secret)})
        assert "phone" in client.session

    def test_a_tick_of_an_attempt_that_failed_is_forgotten(self, client, ana):
        with_app(ana)
        by_password(client, ana, own_phone="on")
        client.post(reverse("account_logout"))
        client.post(LOGIN, {"login": ana.email, "password": PASSWORD})
        assert "own_phone" not in client.session

    @pytest.mark.parametrize("ticks", [False, True])
    def test_nor_does_it_count_for_who_comes_after(self, client, ana, clinician, mailoutbox, ticks):
        """Somebody ticks it and goes away at the second step; another comes in by an invitation on the same browser."""
        with_app(ana)
        by_password(client, ana, own_phone="on")
        assert client.session["own_phone"] is True
        new = a_patient(clinician, "New Here")
        client.post(reverse("invitation", args=[an_invitation(new)]))
        assert (is_in(client), client.session["_auth_user_id"], "phone" in client.session) == (True, str(new.user.pk), False)
        assert "own_phone" not in client.session
        client.post(reverse("account_logout"))
        by_code(client, new.user, mailoutbox, **({"own_phone": "on"} if ticks else {}))
        assert ("phone" in client.session) == ticks

    def test_it_does_nothing_for_staff(self, client, clinician):
        by_password(client, with_password(clinician), own_phone="on")
        assert (is_in(client), "phone" in client.session) == (True, False)
