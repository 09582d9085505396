"""A second step that was set up, or taken away, in another browser counts here at the next request."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from patients.models import AuditEvent, Patient
from tests.pages import page, text
from tests.views.signing_in import STEP, by_password, is_in, recovery_codes, shown_by_app, with_app, with_passkey, with_password

INDEX, ACTIVATE, ADD_PASSKEY = "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"


@pytest.fixture(autouse=True)
def required(settings):
    cache.clear()
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def staff(clinician):
    return with_password(clinician)


@pytest.fixture
def stranger(staff):
    """A browser of who knows the password, from before there was a second step."""
    browser = Client()
    by_password(browser, staff)
    return browser


@pytest.fixture
def home(client, staff, stranger, commits_at_once):
    """The browser in which the person has then set up an app."""
    by_password(client, staff)
    client.get(ACTIVATE)
    client.post(ACTIVATE, {"code": shown_by_app(client.session["mfa.totp.secret"])})
    return client


def held(user):
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))


class TestSetUpElsewhere:
    def test_the_browser_that_has_not_shown_it_is_signed_out(self, home, stranger):
        answer = stranger.get("/clinic/patients/?q=a", HTTP_REFERER="http://testserver/clinic/patients/?q=a")
        assert answer.url == "/accounts/login/?next=%2Fclinic%2Fpatients%2F%3Fq%3Da"
        assert "_auth_user_id" not in stranger.session

    def test_the_one_in_which_it_was_set_up_goes_on(self, home, stranger):
        for _ in range(2):
            assert is_in(home)
        assert not is_in(stranger)
        assert is_in(home)

    def test_what_was_typed_is_shown_and_nothing_is_done(self, home, stranger, treatment):
        answer = stranger.post(reverse("review", args=[treatment.uuid]), {"reply": "Keep it moist."})
        assert (answer.status_code, "reply Keep it moist." in text(answer), treatment.reviews.count()) == (403, True, 0)
        assert any(link.startswith("/accounts/login/?next=") for link in page(answer).links)
        assert "_auth_user_id" not in stranger.session

    def test_htmx_is_led_to_the_sign_in(self, home, stranger):
        assert stranger.get("/clinic/", HTTP_HX_REQUEST="true")["HX-Redirect"].startswith("/accounts/login/?next=")

    @pytest.mark.parametrize("path", [ADD_PASSKEY, ACTIVATE, INDEX, "/accounts/2fa/recovery-codes/", "/accounts/reauthenticate/"])
    @pytest.mark.parametrize("verb", ["get", "post"])
    def test_it_adds_and_reads_none(self, home, stranger, staff, path, verb):
        before = held(staff)
        answer = getattr(stranger, verb)(path, {"name": "Mine", "credential": "{}"})
        assert (answer.status_code, "_auth_user_id" in stranger.session) == (403 if verb == "post" else 302, False)
        assert held(staff) == before == ["recovery_codes", "totp"]

    def test_who_then_shows_it_is_in(self, home, stranger, staff):
        stranger.get("/clinic/")
        assert by_password(stranger, staff).url == STEP
        stranger.post(STEP, {"code": recovery_codes(staff)[0]})
        assert is_in(stranger)


class TestTakenAway:
    @pytest.fixture
    def at_work(self, client, staff):
        """Signed in with the step."""
        secret = with_app(staff)
        by_password(client, staff)
        client.post(STEP, {"code": shown_by_app(secret)})
        assert is_in(client)
        return client

    @pytest.mark.parametrize("browser", ["home", "at_work"])
    def test_the_session_is_led_to_set_up_another(self, request, signed_in, superuser, staff, browser):
        browser = request.getfixturevalue(browser)
        Authenticator.objects.filter(user=staff).delete()
        assert [browser.get(url).url for url in ("/clinic/", "/settings/")] == [INDEX] * 2
        assert "nothing else opens until then" in text(browser.get(INDEX))

    def test_having_set_one_up_here_is_forgotten_with_it(self, home, staff):
        Authenticator.objects.filter(user=staff).delete()
        home.get("/clinic/")
        with_app(staff)  # in another browser
        assert not is_in(home)

    @pytest.mark.parametrize("many", [False, True])
    def test_a_superuser_s_removal_is_written_down_about_the_person(self, staff, patient, superuser, signed_in, settings, many):
        settings.STAFF_SECOND_FACTOR = False
        with_app(staff)
        with_passkey(patient.user)
        root, found = signed_in(superuser), Authenticator.objects.values_list("pk", flat=True)
        if many:
            sent = {"action": "delete_selected", "_selected_action": list(found), "post": "yes"}
            root.post("/admin/mfa/authenticator/", sent)
        else:
            for pk in list(found):
                root.post(f"/admin/mfa/authenticator/{pk}/delete/", {"post": "yes"})
        assert not Authenticator.objects.exists()
        events = AuditEvent.objects.filter(action="second step removed")
        assert {(e.actor, e.subject_type, e.subject_id, e.clinic, e.before, e.after) for e in events} == {
            (superuser, "user", str(staff.uuid), staff.clinic, None, None),
            (superuser, "patient", str(Patient.objects.get().uuid), staff.clinic, None, None),
        }
        assert events.count() == 2
