"""The second step: nobody gets round it, staff must have it, nobody loses the last one, and its secrets are kept."""

from datetime import time
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from patients import urls
from patients.models import AuditEvent
from patients.second_factor import SET_UP, MFAAdapter
from tests.conftest import TODAY
from tests.factories import a_patient, an_invitation
from tests.pages import text
from tests.views.signing_in import (
    STEP,
    by_code,
    by_password,
    by_reset,
    is_in,
    recovery_codes,
    shown_by_app,
    with_app,
    with_passkey,
    with_password,
)  # fmt: skip

INDEX, ACTIVATE, DEACTIVATE = "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/"


@pytest.fixture(autouse=True)
def no_attempts_yet():
    cache.clear()


@pytest.fixture(params=["patient", "clinician", "admin"])
def person(request):
    found = request.getfixturevalue(request.param)
    return with_password(getattr(found, "user", found))


@pytest.fixture
def staff(clinician):
    return with_password(clinician)


@pytest.fixture
def required(settings):
    settings.STAFF_SECOND_FACTOR = True


class TestNoWayRound:
    @pytest.mark.parametrize("way", [by_password, by_code, by_reset])
    @pytest.mark.parametrize("step", ["app", "recovery code"])
    def test_every_way_in_asks_for_it(self, client, person, mailoutbox, way, step):
        secret, codes = with_app(person), recovery_codes(person)
        assert way(client, person, mailoutbox).url == STEP
        assert not is_in(client)
        client.post(STEP, {"code": shown_by_app(secret) if step == "app" else codes[3]})
        assert is_in(client)

    def test_an_invitation_asks_for_it_too(self, client, clinician):
        new = a_patient(clinician, "New Here")
        with_app(new.user)
        assert client.post(reverse("invitation", args=[an_invitation(new)])).url == STEP
        assert not is_in(client)

    def test_who_has_none_is_not_asked(self, client, person, mailoutbox):
        by_password(client, person)
        assert is_in(client)

    def test_a_code_works_once(self, staff):
        secret, codes = with_app(staff), recovery_codes(staff)
        for code in (shown_by_app(secret), codes[0]):
            found = []
            for _ in range(2):
                browser = Client()
                by_password(browser, staff)
                browser.post(STEP, {"code": code})
                found.append(is_in(browser))
            assert found == [True, False]

    def test_guessing_ends_after_five(self, client, staff):
        secret = with_app(staff)
        by_password(client, staff)
        for _ in range(5):
            assert "Incorrect code." in text(client.post(STEP, {"code": "000000"}))
        assert "That was wrong too often." in text(client.post(STEP, {"code": shown_by_app(secret)}))
        assert not is_in(client)

    @pytest.mark.parametrize("code", ["", "x" * 5000, "００００００", "-", "<b>", "\0"])
    def test_what_is_no_code_is_refused(self, client, staff, code):
        with_app(staff)
        by_password(client, staff)
        answer = client.post(STEP, {"code": code})
        assert (answer.status_code, is_in(client)) == (200, False)

    @pytest.mark.parametrize(
        "credential", ["", "{}", "[]", "null", "nonsense", '{"id": "x", "rawId": "x", "response": {}}', '"x"', "1e999"]
    )
    @pytest.mark.parametrize("path", [STEP, "/accounts/2fa/webauthn/login/"])
    def test_what_is_no_answer_of_a_passkey_is_refused(self, client, staff, credential, path):
        with_app(staff)
        if path == STEP:
            by_password(client, staff)
        answer = client.post(path, {"credential": credential})
        assert (answer.status_code in (200, 302), is_in(client)) == (True, False)


class TestStaffMustHaveIt:
    @pytest.mark.parametrize("who", ["clinician", "admin", "superuser"])
    def test_without_it_nothing_else_opens(self, request, required, signed_in, who):
        browser = signed_in(request.getfixturevalue(who))
        plain = {p.name: reverse(p.name) for p in urls.urlpatterns if "<" not in str(p.pattern)}
        found = {name: browser.get(url) for name, url in (plain | {"": "/admin/", "admin": "/admin/patients/user/"}).items()}
        led = {name for name, answer in found.items() if answer.status_code == 302 and answer.url == INDEX}
        assert set(found) - led == {"health", "session"}
        assert browser.get("/accounts/email/").url == INDEX
        assert "nothing else opens until then" in text(browser.get(INDEX))

    def test_what_opens_is_as_short_as_this(self):
        private = {p.name for p in urls.urlpatterns} & SET_UP
        assert private == {"session", "health"}

    def test_it_is_set_up_and_all_is_open(self, client, required, staff, mailoutbox, commits_at_once):
        assert by_password(client, staff).url == "/"
        assert client.get("/clinic/", follow=True).redirect_chain == [(INDEX, 302)]
        client.get(ACTIVATE)
        secret = client.session["mfa.totp.secret"]
        answer = client.post(ACTIVATE, {"code": shown_by_app(secret)})
        assert answer.url == "/accounts/2fa/recovery-codes/"
        assert client.get("/clinic/").status_code == 200
        assert recovery_codes(staff)[0] in text(client.get(answer.url))
        assert ("An authenticator app was added" in mailoutbox[-1].subject, "020 7946 0145" in mailoutbox[-1].body) == (True, True)
        assert AuditEvent.objects.get(action="authenticator app added").actor == staff

    def test_some_minutes_later_it_asks_again_who_one_is(self, client, required, staff, travel_to):
        by_password(client, staff)
        for minutes, status in ((4, 200), (6, 302)):
            travel_to(TODAY, time(12, minutes))
            assert client.get(ACTIVATE).status_code == status
        assert client.get(ACTIVATE).url == f"/accounts/reauthenticate/?next={quote(ACTIVATE, safe='')}"

    def test_recovery_codes_alone_are_none(self, required, signed_in, staff):
        recovery_codes(staff)
        assert signed_in(staff).get("/clinic/").url == INDEX

    def test_patients_need_none(self, required, as_patient):
        assert as_patient.get("/log/").status_code == 200

    def test_a_patient_who_runs_the_site_does(self, required, signed_in, patient):
        patient.user.is_staff = True
        patient.user.save()
        assert signed_in(patient.user).get("/log/").url == INDEX

    def test_htmx_is_led_there_as_a_whole(self, required, as_clinician):
        assert as_clinician.get("/clinic/", HTTP_HX_REQUEST="true")["HX-Redirect"] == INDEX

    def test_where_it_is_not_required_all_is_open(self, as_clinician):
        assert as_clinician.get("/clinic/").status_code == 200


class TestTheLastOne:
    @pytest.fixture
    def at_home(self, required, staff, client):
        with_app(staff)
        by_password(client, staff)
        client.post(STEP, {"code": recovery_codes(staff)[0]})
        client.post("/accounts/reauthenticate/?next=" + INDEX, {"password": "a long password"})
        return client

    def kinds(self, user):
        return sorted(Authenticator.objects.filter(user=user).exclude(type="recovery_codes").values_list("type", flat=True))

    def test_an_app_stays(self, at_home, staff):
        for answer in (at_home.get(DEACTIVATE), at_home.post(DEACTIVATE)):
            assert "This is your only second step, and staff must have one. Add another one first." in text(answer)
        assert self.kinds(staff) == ["totp"]

    @pytest.mark.parametrize("verb", ["get", "post"])
    def test_a_passkey_stays(self, at_home, staff, verb):
        key = with_passkey(staff)
        Authenticator.objects.filter(user=staff, type="totp").delete()
        answer = getattr(at_home, verb)(reverse("mfa_remove_webauthn", args=[key.pk]), follow=True)
        assert "This is your only second step" in text(answer)
        assert self.kinds(staff) == ["webauthn"]

    def test_one_of_two_may_go(self, at_home, staff):
        key = with_passkey(staff)
        at_home.post(reverse("mfa_remove_webauthn", args=[key.pk]))
        assert self.kinds(staff) == ["totp"]
        assert AuditEvent.objects.filter(action="passkey removed", actor=staff).count() == 1

    def test_where_none_is_required_the_last_may_go(self, at_home, staff, settings):
        settings.STAFF_SECOND_FACTOR = False
        at_home.post(DEACTIVATE)
        assert self.kinds(staff) == []

    def test_somebody_else_s_is_not_found(self, at_home, admin):
        assert at_home.post(reverse("mfa_remove_webauthn", args=[with_passkey(admin).pk])).status_code == 404


class TestSecretsAtRest:
    def test_they_are_encrypted(self, staff):
        secret = with_app(staff)
        codes = recovery_codes(staff)
        stored = [str(data) for data in Authenticator.objects.values_list("data", flat=True)]
        assert [word for word in (secret, *codes) if any(word in data for data in stored)] == []
        assert MFAAdapter().encrypt("x") != MFAAdapter().encrypt("x")

    def test_an_old_key_reads_them_while_it_is_a_fallback(self, client, staff, settings):
        secret, old = with_app(staff), settings.SECRET_KEY
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key of this installation", [old]
        by_password(client, staff)
        client.post(STEP, {"code": shown_by_app(secret)})
        assert is_in(client)

    def test_without_it_a_sentence_says_what_to_do(self, client, staff, settings):
        secret = with_app(staff)
        settings.SECRET_KEY = "another key of this installation"
        by_password(client, staff)
        answer = client.post(STEP, {"code": shown_by_app(secret)})
        assert (answer.status_code, is_in(client)) == (403, False)
        assert "Your second step can no longer be checked here." in text(answer)

    @pytest.mark.parametrize("stored", ["", "nonsense", "gAAAAA", "\0"])
    def test_what_was_never_encrypted_is_refused(self, stored):
        with pytest.raises(PermissionDenied):
            MFAAdapter().decrypt(stored)

    def test_the_admin_shows_none_and_can_only_remove(self, signed_in, superuser, staff):
        with_app(staff)
        found = Authenticator.objects.get()
        browser = signed_in(superuser)
        shown = browser.get(f"/admin/mfa/authenticator/{found.pk}/change/").content.decode()
        assert ("totp" in shown.lower(), found.data["secret"] in shown) == (True, False)
        browser.post(f"/admin/mfa/authenticator/{found.pk}/delete/", {"post": "yes"})
        assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "path", [INDEX, "/accounts/2fa/webauthn/", "/accounts/2fa/recovery-codes/", ACTIVATE, "/accounts/2fa/webauthn/add/"]
)
def test_its_pages_ask_to_sign_in(client, db, path):
    assert client.get(path).url.startswith("/accounts/login/?next=")
