"""The front door, the health check and one's own settings."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from patients.models import AuditEvent, Patient, Role, User
from tests.factories import a_member
from tests.pages import filled_in, text

SETTINGS = reverse("settings")


class TestHome:
    def test_signed_out_it_is_one_plain_page(self, client, db):
        seen = text(client.get("/"))
        assert "Is this normal today?" in seen
        assert "This is not an emergency service and nobody watches it live." in seen

    @pytest.mark.parametrize("browser, url", [("as_patient", "/log/"), ("as_clinician", "/clinic/"), ("as_admin", "/norms/")])
    def test_signed_in_it_leads_to_the_home_of_the_role(self, request, browser, url):
        assert request.getfixturevalue(browser).get("/").url == url

    def test_it_is_only_read(self, client, db):
        response = client.post("/")
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


class TestHealth:
    def test_it_answers_everybody_without_details(self, client, db):
        assert client.get(reverse("health")).json() == {"status": "ok"}

    def test_it_is_asked_without_a_session(self, client, db, django_assert_num_queries):
        with django_assert_num_queries(4):  # a transaction and its end; whether there is a table; its rows
            assert client.get(reverse("health")).status_code == 200

    def failing(self, client):
        response = client.get(reverse("health"))
        return response.status_code == 503 and response.json() == {"status": "failing"}

    def test_a_database_that_cannot_be_written_is_said_without_details(self, client, db, monkeypatch):
        def fail(*args, **kwargs):
            raise OperationalError("attempt to write a readonly database of user recovery")

        monkeypatch.setattr("patients.condition.missing_migrations", fail)
        assert self.failing(client)

    def test_a_migration_that_is_not_applied(self, client, db):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        assert self.failing(client)

    def test_photos_that_cannot_be_written(self, client, db, photo_folder, monkeypatch):
        assert not self.failing(client)
        monkeypatch.setattr("patients.photo_store.os.access", lambda path, how: path != photo_folder.parent)
        assert self.failing(client)

    def test_a_disk_without_room(self, client, db, monkeypatch):
        monkeypatch.setattr("patients.condition.LEAST_FREE_BYTES", 10**18)
        assert self.failing(client)

    def test_it_is_only_read(self, client, db):
        assert client.post(reverse("health"))["Allow"] == "GET, HEAD"


class TestSettings:
    def test_a_patient_chooses_colours_and_zone(self, as_patient, patient):
        response = as_patient.post(SETTINGS, {"theme": "dark", "time_zone": "Pacific/Auckland", "reminder_hour": "7"}, follow=True)
        assert "Saved." in text(response)
        assert 'data-bs-theme="dark"' in response.content.decode()
        stored = Patient.objects.get(pk=patient.pk)
        assert (stored.time_zone, stored.reminder_hour) == ("Pacific/Auckland", 7)

    @pytest.mark.parametrize("hour, kept", [("off", None), ("0", 0), ("23", 23)])
    def test_a_patient_chooses_the_hour_of_the_reminder(self, as_patient, patient, hour, kept):
        as_patient.post(SETTINGS, {"theme": "light", "time_zone": "Europe/London", "reminder_hour": hour})
        assert Patient.objects.get(pk=patient.pk).reminder_hour == kept
        assert filled_in(as_patient.get(SETTINGS))["reminder_hour"] == [hour]
        event = AuditEvent.objects.get(action="reminder hour changed")
        assert (event.actor, event.before, event.after) == (patient.user, {"reminder_hour": 18}, {"reminder_hour": kept})

    def test_it_opens_with_what_stands(self, as_patient):
        assert filled_in(as_patient.get(SETTINGS)) == {
            "theme": ["light"], "language": ["en-gb"], "time_zone": ["Europe/London"], "reminder_hour": ["18"],
        }  # fmt: skip

    @pytest.mark.parametrize("browser, role", [("as_clinician", "clinician"), ("as_admin", "admin")])
    def test_staff_choose_colours_only(self, request, browser, role):
        request.getfixturevalue(browser).post(SETTINGS, {"theme": "dark", "time_zone": "Pacific/Auckland", "reminder_hour": "7"})
        assert User.objects.get(role=role).theme == "dark"
        assert not {"time_zone", "reminder_hour"} & set(filled_in(request.getfixturevalue(browser).get(SETTINGS)))

    @pytest.mark.parametrize(
        "change",
        [
            {"theme": "pink"}, {"theme": ""}, {"time_zone": "Mars/Olympus"}, {"time_zone": ""},
            *({"reminder_hour": hour} for hour in ("", "24", "-1", "18.5", "７", "None", "18:00")),
        ],
    )  # fmt: skip
    def test_what_cannot_be_chosen_is_refused(self, as_patient, patient, change):
        response = as_patient.post(SETTINGS, {"theme": "dark", "time_zone": "Asia/Tokyo", "reminder_hour": "7"} | change)
        assert "not one of the available choices" in text(response) or "This field is required." in text(response)
        stored = Patient.objects.get(pk=patient.pk)
        assert (stored.time_zone, stored.user.theme, stored.reminder_hour) == ("Europe/London", "light", 18)

    def test_an_hour_that_is_not_sent_is_not_taken_for_off(self, as_patient, patient):
        response = as_patient.post(SETTINGS, {"theme": "dark", "time_zone": "Asia/Tokyo"})
        assert "This field is required." in text(response)
        assert Patient.objects.get(pk=patient.pk).reminder_hour == 18

    def test_a_patient_who_is_not_enrolled_yet_has_settings_too(self, clinic, signed_in):
        browser = signed_in(a_member(clinic, Role.PATIENT, "Half Enrolled"))
        assert "Colours" in text(browser.get(SETTINGS))
        assert "Your clinic has not finished enrolling you. Please call them." in text(browser.get(reverse("log")))

    def test_an_account_without_a_clinic_has_settings_too(self, superuser, signed_in):
        assert "root@example.org" in text(signed_in(superuser).get(SETTINGS))
