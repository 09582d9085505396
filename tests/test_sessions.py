"""How long a sign-in lasts, what prolongs it, and what is left of it."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.actions.links import log_token
from patients.models import AuditEvent, Log, Photo, User
from patients.sessions import CLOCK, PHONE, known_as
from patients.views.typed import typed_fields
from recovery import settings as shipped
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_photo
from tests.pages import page, text
from tests.views.test_log_photos import ANSWERS

SIGN_IN = "/accounts/login/?next="


@pytest.fixture(autouse=True)
def limits(settings, monkeypatch):
    """The limits as shipped; the other tests jump days ahead."""
    monkeypatch.setattr("patients.sessions.STAMP_EVERY", 60)
    for name in ("SESSION_IDLE_STAFF", "SESSION_IDLE_PATIENT", "SESSION_LONGEST"):
        setattr(settings, name, getattr(shipped, name))


@pytest.fixture
def later(monkeypatch, frozen):
    def go(**ahead):
        moment = frozen + timedelta(**ahead)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return go


@pytest.fixture
def phone(as_patient, patient):
    """The patient's own phone, on which they have signed in."""
    as_patient.post(reverse("own-phone"), {"is_mine": "yes"})
    return as_patient


def saved(day):
    """The page that answers the log of this day after the treatment."""
    return reverse("log-saved", args=[TREATED + timedelta(days=day)])


def is_in(browser, url="/settings/"):
    return browser.get(url).status_code == 200


class TestIdling:
    @pytest.mark.parametrize("who, minutes", [("patient", 30), ("clinician", 15), ("admin", 15), ("superuser", 15)])
    @pytest.mark.parametrize("seconds, stays", [(-1, True), (0, False)])
    def test_it_ends_after_its_minutes(self, request, signed_in, later, who, minutes, seconds, stays):
        person = request.getfixturevalue(who)
        browser = signed_in(getattr(person, "user", person))
        later(minutes=minutes, seconds=seconds)
        assert is_in(browser) == stays

    def test_a_patient_who_runs_the_site_has_the_shorter_limit(self, signed_in, patient, later):
        User.objects.filter(pk=patient.user.pk).update(is_staff=True)
        browser = signed_in(User.objects.get(pk=patient.user.pk))
        later(minutes=16)
        assert not is_in(browser)

    def test_who_comes_again_and_again_stays(self, as_clinician, later):
        for minutes in range(0, 60, 14):
            later(minutes=minutes)
            assert is_in(as_clinician)

    def test_but_twelve_hours_at_most(self, as_clinician, later):
        for minutes in range(0, 12 * 60, 10):
            later(minutes=minutes)
            assert is_in(as_clinician)
        later(hours=12)
        assert not is_in(as_clinician)
        assert "a sign-in lasts 12 hours at most" in text(as_clinician.get("/accounts/login/"))

    @pytest.mark.parametrize("url", ["/clinic/new/?since=2026-03-18T12:00:00%2B00:00", "/session/"])
    def test_what_the_page_asks_by_itself_prolongs_nothing(self, as_clinician, later, url):
        for minutes in range(1, 15):
            later(minutes=minutes)
            assert as_clinician.get(url).status_code == 200
        later(minutes=15)
        assert as_clinician.get(url).url.startswith(SIGN_IN)

    def test_what_a_browser_fetches_in_advance_prolongs_nothing(self, as_clinician, later):
        later(minutes=14)
        as_clinician.get("/clinic/", HTTP_SEC_PURPOSE="prefetch;prerender")
        later(minutes=15)
        assert not is_in(as_clinician)

    def test_the_button_prolongs_it(self, as_clinician, later):
        later(minutes=14)
        assert as_clinician.get("/session/").json()["left"] == 60
        assert as_clinician.post("/session/").json()["left"] == 15 * 60
        later(minutes=28)
        assert is_in(as_clinician)

    def test_the_session_is_written_once_a_minute_at_most(self, as_clinician, later):
        def writes(**ahead):
            later(**ahead)
            with CaptureQueriesContext(connection) as said:
                as_clinician.get("/settings/")
            return sum(query["sql"].startswith('UPDATE "django_session"') for query in said.captured_queries)

        assert [writes(seconds=s) for s in (0, 30, 59, 60, 61, 119, 120)] == [0, 0, 0, 1, 0, 0, 1]

    def test_a_session_from_before_there_were_limits_begins_anew(self, client, clinician, later):
        client.force_login(clinician)
        assert is_in(client)
        later(minutes=15)
        assert not is_in(client)

    def test_nothing_of_it_is_left_on_the_server(self, as_clinician, later):
        key = as_clinician.session.session_key
        later(minutes=15)
        as_clinician.get("/clinic/")
        assert not Session.objects.filter(pk=key).exists()
        assert set(as_clinician.session.keys()) <= {"ended", "_session_expiry"}


class TestAfterTheEnd:
    def test_a_page_leads_to_the_sign_in_and_back(self, as_clinician, later):
        later(minutes=15)
        answer = as_clinician.get("/clinic/patients/?q=a", follow=True)
        assert answer.redirect_chain == [("/accounts/login/?next=/clinic/patients/%3Fq%3Da", 302)]
        assert "You were signed out because nothing was done for 15 minutes." in text(answer)

    @pytest.mark.parametrize("polls_first", [False, True])
    def test_what_was_typed_is_shown_and_nothing_is_done(self, as_clinician, treatment, later, polls_first):
        later(minutes=15)
        if polls_first:
            as_clinician.get("/session/")
        before = AuditEvent.objects.count()
        sent = {"reply": "Keep it moist.\nSee you <b>soon</b>", "note": "", "csrfmiddlewaretoken": "x" * 64, "password": "hidden-one"}
        origin = {"HTTP_REFERER": f"http://testserver/clinic/recoveries/{treatment.uuid}/?after=2"}
        answer = as_clinician.post(reverse("review", args=[treatment.uuid]), sent, **origin)
        assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (403, True)
        shown = text(answer)
        assert "Nothing was sent You were signed out because nothing was done for 15 minutes." in shown
        assert "reply Keep it moist. See you <b>soon</b>" in shown
        assert [word for word in ("hidden-one", "x" * 64, "<b>soon") if word in answer.content.decode()] == []
        assert f"/accounts/login/?next=%2Fclinic%2Frecoveries%2F{treatment.uuid}%2F%3Fafter%3D2" in page(answer).links
        assert AuditEvent.objects.count() == before

    @pytest.mark.parametrize("referer", ["https://evil.example/clinic/", "", "nonsense"])
    def test_it_leads_back_to_no_other_site(self, as_clinician, later, referer):
        later(minutes=15)
        answer = as_clinician.post("/clinic/patients/new/", {"name": "Ana"}, HTTP_REFERER=referer)
        assert "/accounts/login/?next=%2F" in page(answer).links

    def test_htmx_is_told_to_go_there(self, as_admin, later):
        later(minutes=15)
        answer = as_admin.get("/norms/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/norms/pen/draft/?symptom=pain")
        assert (answer.status_code, answer["HX-Redirect"]) == (200, f"{SIGN_IN}%2Fnorms%2Fpen%2Fdraft%2F%3Fsymptom%3Dpain")

    def test_htmx_that_sends_keeps_its_page(self, as_admin, later):
        later(minutes=15)
        answer = as_admin.post("/norms/pen/draft/check/", {"high-1": "2"}, HTTP_HX_REQUEST="true")
        assert (answer.status_code, "HX-Redirect" in answer) == (403, False)

    def test_who_was_never_in_is_asked_to_sign_in(self, client, db):
        assert client.post("/log/").url == f"{SIGN_IN}/log/"
        assert "You are not signed in any more." in text(client.post("/log/", ANSWERS))

    @pytest.mark.parametrize(
        "name, is_shown",
        [
            ("note", True), ("reply", True), ("postcode", True), ("code", False), ("oldpassword", False), ("password1", False),
            ("csrfmiddlewaretoken", False), ("credential", False), ("sign-fever", True),
        ],
    )  # fmt: skip
    def test_secrets_are_never_shown(self, name, is_shown):
        request = RequestFactory().post("/", {name: "typed"})
        assert typed_fields(request) == ([(name, "typed")] if is_shown else [])

    def test_all_values_of_a_name_are_shown_in_order_and_nothing_empty(self):
        request = RequestFactory().post("/", {"sign": ["fever", "pus"], "note": "  ", "reply": " a\0b "})
        assert typed_fields(request) == [("sign", "fever"), ("sign", "pus"), ("reply", " a\0b ")]


class TestALogBegunBefore:
    @pytest.mark.parametrize("minutes, is_taken", [(31, True), (149, True), (150, True), (151, False)])
    def test_it_can_still_be_sent_for_two_hours(self, as_patient, patient, later, minutes, is_taken):
        later(minutes=minutes)
        answer = as_patient.post("/log/", ANSWERS)
        assert (answer.status_code, Log.objects.count()) == ((302, 1) if is_taken else (403, 0))
        if is_taken:
            assert is_in(as_patient, answer.url)
            assert Log.objects.get().treatment.patient == patient
        else:
            assert "redness 1" in text(answer)

    def test_nothing_else_opens(self, as_patient, treatment, later):
        later(minutes=31)
        paths = ["/log/", "/recovery/", "/settings/", "/settings/seen/", f"/recovery/{treatment.uuid}/photos/", f"/log/{TODAY}/"]
        assert [path for path in paths if not as_patient.get(path).url.startswith("/accounts/login/")] == []

    @pytest.mark.parametrize("change", [{"is_active": False}, {"email": "other@example.org"}, {"password": "x"}, {"session_salt": "x"}])
    def test_it_ends_with_the_sign_in(self, as_patient, patient, later, change):
        later(minutes=31)
        as_patient.get("/session/")
        User.objects.filter(pk=patient.user.pk).update(**change)
        assert (as_patient.post("/log/", ANSWERS).status_code, Log.objects.count()) == (403, 0)

    @pytest.fixture
    def photo(self, treatment, photo_folder):
        return a_photo(a_log(treatment, 3, late=1, at=timezone.now()).log)

    def reads(self, browser, *urls):
        return [browser.get(url).status_code for url in urls]

    def test_what_is_stored_is_read_by_nobody_until_a_log_is_sent(self, as_patient, photo, later):
        yesterday, thumb = saved(3), reverse("photo-thumb", args=[photo.uuid])
        assert self.reads(as_patient, yesterday, thumb) == [200, 200]
        later(minutes=31)
        assert self.reads(as_patient, yesterday, saved(4), thumb) == [302] * 3
        answer = as_patient.post("/log/", ANSWERS)
        assert (answer.url, Log.objects.count()) == (saved(4), 2)
        assert self.reads(as_patient, saved(4), thumb, yesterday, "/log/", reverse("photo", args=[photo.uuid])) == [200, 200, 302, 302, 302]

    def test_in_another_browser_it_opens_nothing(self, as_patient, signed_in, patient, photo, later):
        other = signed_in(patient.user)
        later(minutes=31)
        as_patient.post("/log/", ANSWERS)
        assert self.reads(other, "/session/", saved(4), reverse("photo-thumb", args=[photo.uuid])) == [302] * 3

    @pytest.mark.parametrize("asks", [{"same": "yes"}, {"remove": "1"}, {"same": ""}])
    def test_what_shows_or_changes_an_earlier_answer_is_refused(self, as_patient, photo, later, asks):
        later(minutes=31)
        asks = {name: str(photo.uuid) if name == "remove" else value for name, value in asks.items()}
        for url, day in (("/log/", 4), (reverse("log-day", args=[TODAY - timedelta(days=1)]), 3)):
            date = (TODAY - timedelta(days=4 - day)).isoformat()
            answer = as_patient.post(url, ANSWERS | asks | {"date": date, "note": "typed here"})
            assert (answer.status_code, "note typed here" in text(answer)) == (403, True)
        assert (Log.objects.get().day, Log.objects.get().amended_at, Photo.objects.get()) == (3, None, photo)
        assert self.reads(as_patient, saved(3), saved(4)) == [302] * 2

    def test_staff_send_nothing_more(self, as_clinician, treatment, later):
        later(minutes=16)
        as_clinician.get("/session/")
        assert as_clinician.post("/log/", ANSWERS).status_code == 403


class TestWhoIsHere:
    """What an open page asks: whether the person it was made for is still the one who is signed in."""

    def who(self, browser):
        return browser.get("/session/").json()["who"]

    def test_the_same_for_a_person_in_every_browser_and_another_for_others(self, as_patient, patient, as_clinician, signed_in):
        again = signed_in(patient.user)
        assert self.who(as_patient) == self.who(again) == as_patient.post("/session/").json()["who"] == known_as(patient.user)
        assert self.who(as_clinician) != self.who(as_patient)
        assert re.fullmatch("[0-9a-f]{16}", self.who(as_patient))

    @pytest.mark.parametrize("who", ["patient", "clinician"])
    def test_the_page_holds_it(self, request, signed_in, who):
        person = request.getfixturevalue(who)
        browser = signed_in(getattr(person, "user", person))
        assert f'data-who="{self.who(browser)}"' in browser.get("/settings/").content.decode()

    def test_who_signs_in_here_after_them_is_another(self, as_patient, clinician):
        before = self.who(as_patient)
        as_patient.force_login(clinician)
        assert self.who(as_patient) == known_as(clinician) != before


class TestOnesOwnPhone:
    @pytest.mark.parametrize("days, opens", [(0, True), (29, True), (31, False)])
    def test_the_log_opens_for_30_days(self, phone, later, days, opens):
        later(days=days, hours=1)
        answer = phone.get("/log/")
        assert answer.status_code == (200 if opens else 302)
        assert Log.objects.count() == 0

    def test_a_day_is_logged_and_nothing_else_opens(self, phone, treatment, later):
        later(hours=13)
        assert phone.post("/log/", ANSWERS).status_code == 302
        assert Log.objects.get().treatment == treatment
        assert [p for p in ("/recovery/", "/settings/", "/settings/download/", "/clinic/") if phone.get(p).status_code != 302] == []

    def test_the_cookie_lasts_as_long_and_no_longer(self, phone, later):
        def left():
            return Session.objects.get(pk=phone.session.session_key).expire_date - timezone.now()

        assert left() == timedelta(days=30)
        later(days=10)
        phone.get("/log/")
        assert left() == timedelta(days=20)

    @pytest.mark.parametrize("change", [{"is_active": False}, {"email": "other@example.org"}, {"password": "x"}, {"session_salt": "x"}])
    def test_it_ends_with_the_sign_in(self, phone, patient, later, change):
        later(hours=1)
        assert is_in(phone, "/log/")
        User.objects.filter(pk=patient.user.pk).update(**change)
        assert not is_in(phone, "/log/")

    @pytest.mark.parametrize("hours", [0, 1])
    def test_it_ends_with_signing_out(self, phone, later, hours):
        later(hours=hours)
        phone.get("/log/")
        phone.post(reverse("account_logout"))
        assert not is_in(phone, "/log/")
        assert dict(phone.session) == {}

    def test_stepping_back_half_way_in_leaves_it(self, phone, later):
        later(hours=1)
        phone.post("/accounts/login/code/", {"email": "nobody@example.org"})
        assert phone.get("/accounts/login/").url == "/accounts/login/code/confirm/"
        answer = phone.post(reverse("account_logout"), {"next": "/accounts/login/code/"})
        assert phone.get(answer.url).status_code == 200
        assert is_in(phone, "/log/")

    def test_settings_say_it_and_end_it(self, phone, later):
        assert "Until 17 April your log opens here without signing in." in text(phone.get("/settings/"))
        phone.post(reverse("own-phone"))
        assert "This is my own phone" in text(phone.get("/settings/"))
        later(hours=1)
        assert not is_in(phone, "/log/")

    def test_signing_in_again_keeps_its_days(self, phone, patient, later):
        later(days=10)
        phone.get("/log/")
        phone.force_login(patient.user)
        assert "Until 17 April" in text(phone.get("/settings/"))
        later(days=29)
        assert is_in(phone, "/log/")

    def test_somebody_else_who_signs_in_ends_it(self, phone, other_treatment, later):
        later(hours=1)
        phone.get("/log/")
        phone.force_login(other_treatment.patient.user)
        phone.get("/settings/")
        assert PHONE not in phone.session
        later(days=3)
        assert not is_in(phone, "/log/")

    def test_the_link_of_a_mail_takes_nothing_from_it(self, phone, patient, later):
        later(hours=1)
        phone.get("/log/")
        phone.get(reverse("log-link", args=[log_token(patient)]))
        later(days=5)
        assert is_in(phone, "/log/")

    @pytest.mark.parametrize("who", ["as_clinician", "as_admin"])
    def test_it_is_for_patients(self, request, who):
        browser = request.getfixturevalue(who)
        answer = browser.post(reverse("own-phone"), {"is_mine": "yes"})
        assert "This is for patients, for their own log." in text(answer)
        assert PHONE not in browser.session
        assert "This phone" not in text(browser.get("/settings/"))


class TestEverywhere:
    def test_all_others_are_out_at_the_next_request(self, as_patient, patient, signed_in, later):
        tablet, phone = signed_in(patient.user), signed_in(patient.user)
        phone.post(reverse("own-phone"), {"is_mine": "yes"})
        link = Client()
        link.get(reverse("log-link", args=[log_token(patient)]))
        answer = as_patient.post(reverse("sign-out-everywhere"), follow=True)
        assert "All other browsers and phones are signed out." in text(answer)
        assert [is_in(browser) for browser in (as_patient, tablet, phone)] == [True, False, False]
        assert [is_in(browser, "/log/") for browser in (tablet, phone, link)] == [False] * 3
        event = AuditEvent.objects.get(action="signed out everywhere")
        assert (event.actor, event.subject_id) == (patient.user, str(patient.uuid))

    def test_of_nobody_else(self, as_patient, as_clinician):
        as_patient.post(reverse("sign-out-everywhere"))
        assert is_in(as_clinician)

    def test_it_can_be_done_again(self, as_clinician):
        for _ in range(2):
            as_clinician.post(reverse("sign-out-everywhere"))
        assert is_in(as_clinician)

    def test_the_key_of_the_session_that_stays_is_a_new_one(self, as_clinician):
        before = as_clinician.session.session_key
        as_clinician.post(reverse("sign-out-everywhere"))
        assert as_clinician.session.session_key != before
        assert CLOCK in as_clinician.session


def test_who_is_switched_off_is_out_at_the_next_request(as_patient, as_clinician, patient):
    User.objects.update(is_active=False)
    assert [is_in(as_patient), is_in(as_patient, "/log/"), is_in(as_clinician)] == [False] * 3
