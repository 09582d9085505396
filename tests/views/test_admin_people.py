"""What a superuser changes about people and clinics at /admin/: old ways in end, and it is written down by field."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from patients.actions.links import log_token
from patients.models import AuditEvent, Clinic, ErasureRequest, User
from tests.conftest import TODAY
from tests.factories import a_clinic, a_patient
from tests.views.signing_in import CODE, CONFIRM, by_code, by_password, code_in, is_in, with_password


@pytest.fixture(autouse=True)
def no_attempts_yet():
    cache.clear()


@pytest.fixture
def ana(patient):
    return with_password(patient.user)


@pytest.fixture
def change(signed_in, superuser):
    """Sends the form of a person with these fields changed; None leaves a box empty."""

    def send(user, **changes):
        user = User.objects.get(pk=user.pk)
        sent = {name: getattr(user, name) for name in ("email", "name", "title", "role", "theme")} | {"clinic": user.clinic_id or ""}
        boxes = ("is_active", "is_on_call", "has_shortcuts", "is_staff", "is_superuser")
        sent |= {name: "on" if getattr(user, name) else None for name in boxes} | changes
        address = reverse("admin:patients_user_change", args=[user.pk])
        answer = signed_in(superuser).post(address, {name: value for name, value in sent.items() if value is not None})
        assert answer.status_code == 302, answer.context["errors"]
        return User.objects.get(pk=user.pk)

    return send


def events(action="account changed"):
    return [(e.subject_type, e.subject_id, e.after) for e in AuditEvent.objects.filter(action=action).order_by("pk")]


class TestAnotherAddress:
    def test_the_old_one_lets_nobody_in_and_the_new_one_does(self, ana, change, mailoutbox):
        old = ana.email
        change(ana, email="New@Example.org")
        assert list(EmailAddress.objects.filter(user=ana).values_list("email", "verified", "primary")) == [("new@example.org", True, True)]
        stranger, browser = Client(), Client()
        stranger.post(CODE, {"email": old})
        assert [m for m in mailoutbox if "code" in m.subject.lower()] == []
        by_code(browser, User.objects.get(pk=ana.pk), mailoutbox)
        assert (mailoutbox[-1].to, is_in(browser), is_in(stranger)) == (["new@example.org"], True, False)

    def test_a_code_that_went_to_the_old_one_before_is_worth_nothing(self, client, ana, change, mailoutbox):
        client.post(CODE, {"email": ana.email})
        change(ana, email="new@example.org")
        # Nor does what is left of it know the old address.
        assert [held for held in map(repr, (s.get_decoded() for s in Session.objects.all())) if ana.email in held] == []
        client.post(CONFIRM, {"code": code_in(mailoutbox[-1])})
        assert not is_in(client)

    def test_one_that_somebody_else_had_once_can_be_given(self, ana, clinician, change):
        EmailAddress.objects.create(user=clinician, email="shared@example.org", verified=True)
        change(ana, email="shared@example.org")
        assert EmailAddress.objects.get(email="shared@example.org").user == ana


class TestSessionsEnd:
    @pytest.fixture
    def phone(self, ana):
        browser = Client()
        browser.get(reverse("log-link", args=[log_token(ana.patient)]))
        assert browser.get("/log/").status_code == 200
        return browser

    @pytest.fixture
    def own_phone(self, ana, signed_in):
        browser = signed_in(ana)
        browser.post(reverse("own-phone"), {"is_mine": "yes"})
        return browser

    CHANGES = [{"email": "new@example.org"}, {"role": "clinician"}, {"is_active": None}]

    @pytest.mark.parametrize("changes", CHANGES)
    def test_with_address_role_and_switch(self, ana, signed_in, phone, own_phone, change, changes):
        browser = signed_in(ana)
        change(ana, **changes)
        assert [is_in(browser), is_in(own_phone), phone.get("/log/").status_code] == [False, False, 302]

    def test_switched_off_and_on_again_they_stay_ended(self, ana, signed_in, phone, own_phone, change):
        browser = signed_in(ana)
        change(ana, is_active=None)
        change(ana, is_active="on")
        assert [is_in(browser), is_in(own_phone), phone.get("/log/").status_code] == [False, False, 302]
        by_password(browser, ana)
        assert is_in(browser)

    def test_not_with_a_name(self, ana, signed_in, phone, change):
        browser = signed_in(ana)
        change(ana, name="Ana Costa")
        assert (is_in(browser), phone.get("/log/").status_code) == (True, 200)


class TestLetInAgain:
    @pytest.fixture
    def closed(self, ana):
        User.objects.filter(pk=ana.pk).update(is_active=False)
        ErasureRequest.objects.create(clinic=ana.clinic, patient=ana.patient, keep_until=TODAY + timedelta(days=9))
        return ana

    def test_the_wish_to_be_erased_goes(self, closed, clinician, change):
        other = a_patient(clinician, "Mei Chen")
        ErasureRequest.objects.create(clinic=other.clinic, patient=other, keep_until=TODAY)
        change(closed, is_active="on")
        assert ErasureRequest.objects.get().patient == other

    def test_with_another_change_it_stays(self, closed, change):
        change(closed, name="Ana Costa")
        assert ErasureRequest.objects.get().patient == closed.patient


class TestWrittenDown:
    def test_a_change_is_one_event_with_the_names_of_fields_alone(self, ana, superuser, change):
        change(ana, email="new@example.org", name="Ana Costa", is_active=None)
        assert events() == [("patient", str(ana.patient.uuid), {"fields": ["email", "is_active", "name"]})]
        event = AuditEvent.objects.get(action="account changed")
        assert (event.actor, event.clinic, event.before) == (superuser, ana.clinic, None)

    def test_of_staff_it_is_about_the_person(self, clinician, change):
        change(clinician, title="Dr")
        assert events() == [("user", str(clinician.uuid), {"fields": ["title"]})]

    def test_what_changes_nothing_is_none(self, ana, change):
        salt = ana.session_salt
        assert (change(ana).session_salt, events()) == (salt, [])

    def test_a_new_one(self, signed_in, superuser, clinic):
        sent = {"email": "jo@example.org", "name": "Jo", "role": "clinician", "clinic": clinic.pk, "theme": "light", "is_active": "on"}
        signed_in(superuser).post(reverse("admin:patients_user_add"), sent)
        made = User.objects.get(name="Jo")
        assert (events("account made"), events()) == ([("user", str(made.uuid), None)], [])

    def test_a_change_that_fails_leaves_none(self, ana, change, monkeypatch):
        monkeypatch.setattr("patients.actions.account.get_random_string", None)
        with pytest.raises(TypeError):
            change(ana, email="new@example.org")
        assert (User.objects.get(pk=ana.pk).email, events()) == (ana.email, [])


class TestClinics:
    def send(self, browser, url, **changes):
        sent = {"name": "Linden Skin Clinic", "phone": "020 7946 0145", "emergency_number": "999", "time_zone": "Europe/London"}
        sent |= {"opens_at": "09:00", "closes_at": "18:00", "weekdays": "12345", "watch_days": 2, "urgent_hours": ""} | changes
        assert browser.post(url, sent).status_code == 302

    def test_a_change_and_a_new_one_are_written_down(self, signed_in, superuser):
        clinic, root = a_clinic(), signed_in(superuser)
        url = reverse("admin:patients_clinic_change", args=[clinic.pk])
        self.send(root, url)
        assert events("clinic changed") == []
        self.send(root, url, phone="1", weekdays="12")
        self.send(root, reverse("admin:patients_clinic_add"), name="Harbour Skin Clinic")
        made = Clinic.objects.get(name="Harbour Skin Clinic")
        assert events("clinic changed") == [("clinic", str(clinic.uuid), {"fields": ["phone", "weekdays"]})]
        assert events("clinic made") == [("clinic", str(made.uuid), None)]
        assert set(AuditEvent.objects.values_list("action", "actor", "clinic")) == {
            ("clinic changed", superuser.pk, clinic.pk), ("clinic made", superuser.pk, made.pk),
        }  # fmt: skip
