"""The links in a reminder: what they open, for how long, and whom they refuse."""

import re
import time
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import dumps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from patients.actions.links import TO_LOG, log_token, off_token
from patients.actions.people import change_settings
from patients.models import AuditEvent, Log, Patient, Photo, User
from tests.conftest import TODAY
from tests.factories import a_log, a_photo, a_treatment
from tests.pages import text
from tests.pictures.scene import jpeg

ANSWERS = {"redness": "1", "swelling": "0", "flaking": "0", "breakouts": "0", "any_sign": "none", "date": TODAY.isoformat()}
SIGN_IN = "/accounts/login/?next="


def link_of(patient):
    return reverse("log-link", args=[log_token(patient)])


def off_of(patient):
    return reverse("reminders-off", args=[off_token(patient)])


def hour_of(patient):
    return Patient.objects.get(pk=patient.pk).reminder_hour


@pytest.fixture
def phone(client, patient):
    """A browser that came by the link."""
    client.get(link_of(patient))
    return client


@pytest.fixture
def later(travel_to):
    """So much time after noon of TODAY."""
    return lambda minutes: travel_to(TODAY, (travel_to(TODAY) + timedelta(minutes=minutes)).time())


class TestTheLink:
    def test_it_opens_the_log_without_a_password(self, client, patient):
        response = client.get(link_of(patient), follow=True)
        assert response.redirect_chain == [("/log/", 302)]
        assert "How is your skin today?" in text(response)

    def test_a_day_is_logged_and_answered(self, phone, treatment):
        response = phone.post("/log/", ANSWERS, follow=True)
        assert response.redirect_chain == [(f"/log/{TODAY}/saved/", 302)]
        assert "Day 4 saved" in text(response)
        event = AuditEvent.objects.get(action="log recorded")
        assert (Log.objects.get().treatment, event.actor) == (treatment, treatment.patient.user)

    def test_an_earlier_day_is_filled_in(self, phone):
        day = TODAY - timedelta(days=2)
        assert "How was your skin on Monday?" in text(phone.get(reverse("log-day", args=[day])))
        assert phone.post(reverse("log-day", args=[day]), ANSWERS | {"date": day.isoformat()}).status_code == 302
        assert Log.objects.get().day == 2

    def test_it_opens_twice_and_on_another_phone(self, patient):
        for _ in range(2):
            assert Client().get(link_of(patient), follow=True).redirect_chain == [("/log/", 302)]

    def test_looking_at_it_changes_nothing(self, client, patient):
        """A mail program's scanner leaves no log, no event and no sign-in behind."""
        known = AuditEvent.objects.count()
        client.get(link_of(patient), follow=True)
        user = User.objects.get(pk=patient.user.pk)
        assert (AuditEvent.objects.count(), Log.objects.count(), user.last_login, hour_of(patient)) == (known, 0, None, 18)

    @pytest.mark.parametrize("hours, status", [(0, 302), (35.9, 302), (36.1, 410), (1000, 410)])
    def test_it_works_for_36_hours(self, client, patient, travel_to, monkeypatch, hours, status):
        link = link_of(patient)
        now = time.time() + hours * 3600
        monkeypatch.setattr("django.core.signing.time.time", lambda: now)
        response = client.get(link)
        assert response.status_code == status
        if status == 410:
            assert "This link has expired A link in our mails works for 36 hours." in text(response)
            assert "/accounts/login/" in response.content.decode()
            assert dict(client.session) == {}

    @pytest.mark.parametrize(
        "altered",
        [
            lambda token: token[:-1], lambda token: token + "x", lambda token: "x" + token, lambda token: token.swapcase(),
            lambda token: "nothing", lambda token: "a:b:c", lambda token: ":::", lambda token: "‮😀", lambda token: "x" * 3000,
            lambda token: "%ff%fe", lambda token: token.replace(":", ""), lambda token: token.split(":")[0],
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("name", ["log-link", "reminders-off"])
    def test_an_altered_one_says_so(self, client, patient, altered, name):
        token = log_token(patient) if name == "log-link" else off_token(patient)
        response = client.get(reverse(name, args=[altered(token)]))
        assert response.status_code == 404
        assert "This link is not whole" in text(response)
        assert (dict(client.session), hour_of(patient)) == ({}, 18)

    def test_one_kind_does_not_open_the_other(self, client, patient):
        assert client.get(reverse("log-link", args=[off_token(patient)])).status_code == 404
        assert client.post(reverse("reminders-off", args=[log_token(patient)])).status_code == 404
        assert hour_of(patient) == 18

    def test_it_cannot_be_made_for_staff(self, client, clinician, patient):
        """Even signed: only patients are found."""
        token = dumps([clinician.uuid.hex, "x" * 20], salt=TO_LOG)
        assert client.get(reverse("log-link", args=[token])).status_code == 410

    @pytest.mark.parametrize("change", ["is_active", "email", "password", "role"])
    def test_it_ends_with_the_sign_in_it_was_made_for(self, client, patient, change):
        link = link_of(patient)
        value = {"is_active": False, "email": "new@example.org", "password": "x", "role": "clinician"}[change]
        User.objects.filter(pk=patient.user.pk).update(**{change: value})
        response = client.get(link, follow=True)
        assert (response.status_code, response.redirect_chain) == (410, [])
        assert "This link works no more" in text(response)

    def test_it_is_only_read(self, client, patient):
        assert client.post(link_of(patient)).status_code == 405

    def test_no_page_after_it_learns_it_and_nobody_keeps_it(self, client, patient):
        for url in (link_of(patient), off_of(patient), link_of(patient)[:-2] + "/", off_of(patient)[:-2] + "/"):
            response = client.get(url)
            assert response["Referrer-Policy"] == "no-referrer"
            assert "no-store" in response["Cache-Control"]

    def test_the_log_page_does_not_name_the_link(self, phone, patient):
        page = phone.get("/log/").content.decode()
        assert (log_token(patient)[:20] in page, "/l/" in page) == (False, False)


class TestAFurtherPersonAtTheSameBrowser:
    def test_who_is_signed_in_stays_so(self, as_patient, patient):
        assert as_patient.get(link_of(patient)).url == "/log/"
        assert as_patient.get("/recovery/").status_code == 200

    @pytest.mark.parametrize("other", ["clinician", "other_treatment"])
    def test_another_s_link_does_not_take_over(self, request, signed_in, patient, other):
        person = request.getfixturevalue(other)
        person = person if other == "clinician" else person.patient.user
        browser = signed_in(person)
        response = browser.get(link_of(patient))
        assert response.status_code == 403
        assert "Somebody else is signed in here" in text(response)
        assert browser.session["_auth_user_id"] == str(person.pk)

    def test_a_second_link_replaces_the_first(self, phone, other_treatment):
        phone.get(link_of(other_treatment.patient))
        phone.post("/log/", ANSWERS)
        assert Log.objects.get().treatment == other_treatment

    def test_a_session_that_was_there_is_not_taken_on(self, client, patient):
        """Its key may be known to whoever planted it."""
        client.get("/accounts/login/")
        session = client.session
        session["planted"] = 1
        session.save()
        client.cookies = SimpleCookie({"sessionid": session.session_key})
        client.get(link_of(patient))
        assert client.session.session_key != session.session_key
        assert "planted" not in client.session
        assert not Session.objects.filter(session_key=session.session_key).exists()


class TestItsSession:
    @pytest.mark.parametrize(
        "minutes, read, sent, answer",
        [(0, True, True, True), (29, True, True, True), (31, False, True, True), (119, False, True, True), (121, False, False, False)],
    )  # fmt: skip
    def test_it_ends(self, phone, treatment, travel_to, later, minutes, read, sent, answer):
        """Half an hour to open the form; what is on it can be sent for two hours."""
        a_log(treatment, 3, late=1, at=travel_to(TODAY))
        later(minutes)
        assert (phone.get("/log/").status_code == 200) == read
        response = phone.post("/log/", ANSWERS)
        assert response.headers.get("Location", "").startswith("/log/") == sent
        assert Log.objects.filter(day=4).exists() == sent
        assert (phone.get(reverse("log-saved", args=[TODAY - timedelta(days=1)])).status_code == 200) == answer

    def test_it_ends_with_the_sign_in(self, phone, patient):
        User.objects.filter(pk=patient.user.pk).update(is_active=False)
        assert phone.get("/log/").url == f"{SIGN_IN}/log/"
        assert "Nothing was sent" in text(phone.post("/log/", ANSWERS))
        assert not Log.objects.exists()

    def test_it_outlives_the_link_it_came_from(self, phone, monkeypatch):
        now = time.time() + 37 * 3600
        monkeypatch.setattr("django.core.signing.time.time", lambda: now)
        assert phone.get("/log/").status_code == 200

    def test_another_key_of_the_installation_ends_it(self, phone, settings):
        session = dict(phone.session)
        settings.SECRET_KEY = "another"
        store = phone.session.__class__()
        store.update(session)
        store.create()
        phone.cookies["sessionid"] = store.session_key
        assert phone.get("/log/").url == f"{SIGN_IN}/log/"

    def test_signing_in_replaces_it(self, phone, patient):
        user = User.objects.get(pk=patient.user.pk)
        user.set_password("a long password")
        user.save()
        phone.get(link_of(Patient.objects.get(pk=patient.pk)))
        before = phone.session.session_key
        phone.post(reverse("account_login"), {"login": user.email, "password": "a long password"})
        assert phone.get("/recovery/").status_code == 200
        assert phone.session.session_key != before
        assert not Session.objects.filter(session_key=before).exists()
        assert "log_session" not in phone.session
        phone.post(reverse("account_logout"))
        assert phone.get("/log/").url == f"{SIGN_IN}/log/"

    def test_it_asks_for_the_token_of_the_form(self, patient):
        browser = Client(enforce_csrf_checks=True)
        browser.get(link_of(patient))
        assert browser.post("/log/", ANSWERS).status_code == 403
        token = browser.cookies["csrftoken"].value
        assert browser.post("/log/", ANSWERS | {"csrfmiddlewaretoken": token}).status_code == 302

    def test_a_second_tap_on_the_mail_loses_nothing_that_is_typed(self, patient):
        browser = Client(enforce_csrf_checks=True)
        browser.get(link_of(patient), follow=True)
        token = browser.cookies["csrftoken"].value
        browser.get(link_of(patient), follow=True)
        assert browser.post("/log/", ANSWERS | {"csrfmiddlewaretoken": token}).status_code == 302
        assert Log.objects.get().severities["redness"] == 1

    def test_a_second_tap_begins_the_half_hour_anew(self, phone, patient, later):
        later(40)
        phone.get(link_of(patient))
        later(69)
        assert phone.get("/log/").status_code == 200

    def test_it_sees_nothing_of_others(self, phone, other_treatment):
        a_log(other_treatment, 3, late=1)
        assert phone.get(reverse("log-saved", args=[TODAY - timedelta(days=1)])).status_code == 404

    @pytest.mark.parametrize("back, is_read", [(0, True), (3, True), (4, False)])
    def test_it_reads_the_days_that_can_still_be_logged(self, phone, as_patient, treatment, travel_to, back, is_read):
        day = TODAY - timedelta(days=back)
        a_log(treatment, treatment.day_of(day), at=travel_to(day))
        travel_to(TODAY)
        url = reverse("log-saved", args=[day])
        assert (phone.get(url).status_code, as_patient.get(url).status_code) == (200 if is_read else 404, 200)

    def test_times_are_said_in_the_clinic_s_zone(self, phone, treatment):
        type(treatment.clinic).objects.update(time_zone="Asia/Tokyo")
        a_log(treatment, 4)
        assert "Day 4 saved, 04:00" in text(phone.get(reverse("log-saved", args=[TODAY])))

    def test_it_costs_no_query_more_than_a_sign_in(self, phone, as_patient):
        found = []
        for browser in (as_patient, phone):
            browser.get("/log/")
            with CaptureQueriesContext(connection) as queries:
                browser.get("/log/")
            found.append(len(queries))
        assert found[0] == found[1]


NOBODY = "00000000-0000-4000-8000-000000000000"
PUBLIC = {"home", "health", "log-link", "reminders-off"}  # of the app; they are open to everybody anyway


SAMPLES = {"uuid": NOBODY, "log": NOBODY, "day": TODAY.isoformat(), "app_label": "patients"}


def every_address(resolver, prefix="/"):
    """(name, address) of all that the site answers to, the admin's and the sign-in's pages among them."""
    for name in filter(lambda key: isinstance(key, str), resolver.reverse_dict.keys()):
        template, words = resolver.reverse_dict[name][0][0]
        yield name, prefix + template % {word: SAMPLES.get(word, "1") for word in words}
    for name, (inner, below) in resolver.namespace_dict.items():
        yield from ((f"{name}:{found}", url) for found, url in every_address(below, prefix + inner))


ADDRESSES = dict(every_address(get_resolver()))


@pytest.mark.parametrize(
    "method, reached",
    [
        ("get", {"log", "log-day", "log-saved", "photo-thumb"}),
        ("head", {"log", "log-day", "log-saved", "photo-thumb"}),
        ("post", {"log", "log-day"}),
    ],
)
def test_such_a_session_reaches_the_log_and_nothing_else(phone, patient, treatment, method, reached):
    """Every address of the site: what it answers to such a session is what it answers to nobody, but for the log's."""
    a_photo(a_log(treatment, 4).log)
    assert {"recovery-of", "account_login", "admin:patients_user_change", "norms-move"} < set(ADDRESSES)
    nobody = Client()
    differing = set()
    for name, url in ADDRESSES.items():
        if name in PUBLIC:
            continue
        phone.get(link_of(patient))
        ours, theirs = getattr(phone, method)(url), getattr(nobody, method)(url)
        if (ours.status_code, ours.headers.get("Location")) != (theirs.status_code, theirs.headers.get("Location")):
            differing.add(name)
    assert differing == reached


class TestItsPhotos:
    """The form and its answer show the day's photos, small; no other part of a photo is reached."""

    @pytest.fixture
    def photo(self, treatment, photo_folder):
        return a_photo(a_log(treatment, 4).log)

    @pytest.mark.parametrize("minutes, shown", [(0, True), (29, True), (119, True), (121, False)])
    def test_the_small_one_is_shown_as_long_as_the_answer_is(self, phone, photo, later, minutes, shown):
        later(minutes)
        response = phone.get(reverse("photo-thumb", args=[photo.uuid]))
        assert (response.headers["Content-Type"] == "image/jpeg") == shown
        assert (response.status_code == 302) != shown

    def test_each_picture_of_the_form_and_of_its_answer_arrives(self, phone, photo):
        sent = phone.post("/log/", ANSWERS | {"photo-left": SimpleUploadedFile("a.jpg", jpeg())}, follow=True)
        for page in (phone.get("/log/"), sent):
            shown = re.findall(r'<img src="([^"]+)"', page.content.decode())
            assert [phone.get(url).headers["Content-Type"] for url in shown] == ["image/jpeg"] * 2

    def test_the_full_one_asks_to_sign_in(self, phone, photo):
        for name in ("photo", "photo-remove"):
            url = reverse(name, args=[photo.uuid])
            assert [phone.get(url).url, phone.post(url).url] == [f"{SIGN_IN}{url}"] * 2
        assert Photo.objects.get() == photo

    def test_a_neighbours_is_not_there(self, phone, clinician, other_treatment):
        for theirs in (a_treatment(clinician, "Mei Chen", TODAY), other_treatment):
            photo = a_photo(a_log(theirs, theirs.day_of(TODAY)).log)
            assert phone.get(reverse("photo-thumb", args=[photo.uuid])).status_code == 404

    @pytest.mark.parametrize("back, status", [(0, 200), (3, 200), (4, 404)])
    def test_those_of_days_beyond_its_reach_are_not_there(self, phone, as_patient, treatment, photo_folder, travel_to, back, status):
        day = TODAY - timedelta(days=back)
        photo = a_photo(a_log(treatment, treatment.day_of(day), at=travel_to(day)).log)
        travel_to(TODAY)
        url = reverse("photo-thumb", args=[photo.uuid])
        assert (phone.get(url).status_code, as_patient.get(url).status_code) == (status, 200)

    def test_removing_it_is_a_part_of_the_form(self, phone, photo, later):
        later(119)
        assert "Front: the photo is removed." in text(phone.post("/log/", ANSWERS | {"remove": str(photo.uuid)}))
        assert not Photo.objects.exists()

    @pytest.mark.parametrize("minutes, day", [(121, TODAY), (0, TODAY - timedelta(days=1))])
    def test_not_too_late_and_not_from_another_day_s_form(self, phone, photo, later, minutes, day):
        later(minutes)
        phone.post("/log/", ANSWERS | {"date": day.isoformat(), "remove": str(photo.uuid)})
        assert Photo.objects.get() == photo


OTHERS = ["/recovery/", "/settings/", "/settings/seen/", "/settings/download/", "/settings/delete/"]
OTHERS += ["/clinic/", "/norms/", "/accounts/password/change/", "/accounts/email/", "/admin/"]


@pytest.mark.parametrize("url", OTHERS)
def test_other_pages_ask_to_sign_in(phone, url):
    assert phone.get(url).url.startswith(("/accounts/login/?next=", "/admin/login/?next="))


def test_the_front_page_is_that_of_nobody(phone):
    assert "Send me a code instead" in text(phone.get("/"))


class TestTurningOff:
    def test_opening_it_turns_nothing_off(self, client, patient):
        for method in (client.get, client.head):
            assert method(off_of(patient)).status_code == 200
        assert "Turn reminders off?" in text(client.get(off_of(patient)))
        assert (hour_of(patient), AuditEvent.objects.filter(action="reminder hour changed").count()) == (18, 0)

    @pytest.mark.parametrize("data", [{}, {"List-Unsubscribe": "One-Click"}])
    def test_one_tap_does(self, patient, data):
        """Without a token of the form: mail programs post it themselves."""
        response = Client(enforce_csrf_checks=True).post(off_of(patient), data)
        assert "Reminders are off" in text(response)
        assert hour_of(patient) is None

    def test_again_is_no_error(self, client, patient):
        for _ in range(2):
            assert "Reminders are off" in text(client.post(off_of(patient)))
        assert "Reminders are off" in text(client.get(off_of(patient)))

    def test_it_works_years_later_and_signed_out(self, client, patient, monkeypatch):
        url, now = off_of(patient), time.time() + 10**8
        monkeypatch.setattr("django.core.signing.time.time", lambda: now)
        client.post(url)
        assert hour_of(patient) is None

    def test_it_lets_nobody_in(self, client, patient):
        client.post(off_of(patient))
        assert client.get("/log/").url == f"{SIGN_IN}/log/"

    def test_whoever_is_signed_in(self, as_clinician, patient):
        as_clinician.post(off_of(patient))
        assert (hour_of(patient), AuditEvent.objects.get(action="reminder hour changed").actor) == (None, patient.user)

    def test_reminders_come_back_by_the_settings(self, client, patient):
        client.post(off_of(patient))
        change_settings(by=User.objects.get(pk=patient.user.pk), theme="light", reminder_hour=7)
        assert hour_of(patient) == 7
        assert "Turn reminders off?" in text(client.get(off_of(patient)))

    def test_nobody_else_s_are_turned_off(self, client, patient, other_treatment):
        client.post(off_of(patient))
        assert hour_of(other_treatment.patient) == 18
