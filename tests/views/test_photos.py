"""Photos as files of the site: who gets them, how they are sent, what is written down, and removing one's own."""

import logging
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from patients.models import AuditEvent, Photo
from tests.conftest import EVENT_MORE, TODAY
from tests.factories import a_log, a_photo, a_treatment
from tests.pages import text
from tests.pictures.scene import jpeg, scene

FILES = ["photo", "photo-thumb"]
SENT = {
    "Content-Type": "image/jpeg",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": 'inline; filename="day-4-front.jpg"',
}


@pytest.fixture
def photo(treatment, photo_folder):
    return a_photo(a_log(treatment, 4).log, content=jpeg(scene(600, 400)))


def url_of(name, photo):
    return reverse(name, args=[photo.uuid])


def unknown(name):
    return reverse(name, args=[uuid4()])


def seen():
    found = AuditEvent.objects.filter(action__endswith="seen").order_by("pk")
    return list(found.values_list("action", "actor__name"))


@pytest.fixture
def strangers(clinician, other_clinician, other_treatment, signed_in):
    """Another patient, of another clinic and of the same, and another clinic's clinician."""
    neighbour = a_treatment(clinician, "Mei Chen", TODAY).patient.user
    return [signed_in(person) for person in (other_treatment.patient.user, neighbour, other_clinician)]


class TestSent:
    @pytest.mark.parametrize("name, size", [("photo", (600, 400)), ("photo-thumb", (320, 213))])
    def test_the_picture_with_its_headers(self, as_patient, photo, photo_folder, name, size):
        response = as_patient.get(url_of(name, photo))
        assert {header: response[header] for header in SENT} == SENT
        kept = photo.full if name == "photo" else photo.thumb
        assert response.content == (photo_folder / kept).read_bytes()
        assert Image.open(BytesIO(response.content)).size == size

    def test_the_clinic_gets_the_same(self, as_clinician, as_patient, photo):
        assert as_clinician.get(url_of("photo", photo)).content == as_patient.get(url_of("photo", photo)).content

    @pytest.mark.parametrize("name", FILES)
    def test_head_is_the_same_without_the_picture(self, as_patient, photo, name):
        response = as_patient.head(url_of(name, photo))
        assert {header: response[header] for header in SENT} == SENT
        assert (response.status_code, response.content) == (200, b"")

    @pytest.mark.parametrize("name", FILES)
    def test_nothing_else_can_be_sent_to_it(self, as_patient, photo, name):
        assert [getattr(as_patient, verb)(url_of(name, photo)).status_code for verb in ("post", "put", "delete")] == [405] * 3
        assert Photo.objects.get() == photo

    @pytest.mark.parametrize("name, expected", [("photo", 8 + EVENT_MORE), ("photo-thumb", 4)])
    def test_it_asks_a_fixed_number_of_questions(self, as_patient, photo, django_assert_num_queries, name, expected):
        as_patient.get(url_of("photo-thumb", photo))
        with django_assert_num_queries(expected):
            as_patient.get(url_of(name, photo))


class TestStrangers:
    @pytest.mark.parametrize("name", FILES)
    def test_they_get_what_an_unknown_id_gets(self, photo, strangers, name):
        for browser in strangers:
            refused, nowhere = browser.get(url_of(name, photo)), browser.get(unknown(name))
            del refused["X-Request-ID"], nowhere["X-Request-ID"]
            assert (refused.status_code, refused.content, refused.headers) == (404, nowhere.content, nowhere.headers)
            assert nowhere.status_code == 404

    @pytest.mark.parametrize("name", FILES)
    def test_who_is_not_signed_in_is_sent_to_sign_in_for_any_id(self, photo, name):
        for url in (url_of(name, photo), unknown(name)):
            response = Client().get(url)
            assert (response.status_code, response.url) == (302, f"{reverse('account_login')}?next={url}")

    def test_nothing_is_written_down(self, photo, strangers):
        for browser in [*strangers, Client()]:
            for name in FILES:
                browser.get(url_of(name, photo))
        assert seen() == []

    def test_the_file_has_no_address_of_its_own(self, as_patient, photo):
        tried = [f"/{folder}{photo.full}" for folder in ("", "photos/", "media/", "static/", "static/../photos/", "var/photos/")]
        assert {as_patient.get(url).status_code for url in tried} == {404}


class TestWrittenDown:
    def test_each_full_picture(self, as_patient, as_clinician, photo):
        for browser in (as_clinician, as_patient, as_clinician):
            browser.get(url_of("photo", photo))
        assert seen() == [("photo seen", "Mira Osei"), ("photo seen", "Ana Ferreira"), ("photo seen", "Mira Osei")]

    def test_thumbnails_once_a_day(self, as_clinician, photo, treatment):
        other = a_photo(photo.log, "left")
        for one in (photo, other, photo):
            as_clinician.get(url_of("photo-thumb", one))
        assert seen() == [("thumbnails seen", "Mira Osei")]


class TestMissingFile:
    @pytest.mark.parametrize("name", FILES)
    def test_it_is_404_and_noted_without_a_word_of_the_person(self, as_patient, photo, photo_folder, caplog, name):
        for path in photo_folder.iterdir():
            path.unlink()
        with caplog.at_level(logging.ERROR, "patients"):
            response = as_patient.get(url_of(name, photo))
        assert (response.status_code, response.content) == (404, as_patient.get(unknown(name)).content)
        noted = [record.getMessage() for record in caplog.records if record.name.startswith("patients")]
        assert noted == [f"the file of photo {photo.uuid} cannot be read: FileNotFoundError"]
        assert seen() == []


class TestRemoving:
    @pytest.fixture
    def stored(self, photo_folder):
        return lambda: len(list(photo_folder.iterdir()))

    def test_the_patient_removes_it_and_is_back_on_its_day(self, as_patient, photo, stored, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            response = as_patient.post(url_of("photo-remove", photo), follow=True)
        assert response.redirect_chain == [(reverse("log-day", args=[TODAY.isoformat()]), 302)]
        assert "The photo (front, day 4) is removed." in text(response)
        assert (Photo.objects.count(), stored()) == (0, 0)
        assert as_patient.get(url_of("photo", photo)).status_code == 404

    def test_of_a_day_that_cannot_be_logged_any_more_the_recovery_is_next(self, signed_in, photo, travel_to):
        travel_to(TODAY + timedelta(days=4))
        treatment = photo.log.treatment
        response = signed_in(treatment.patient.user).post(url_of("photo-remove", photo), follow=True)
        assert response.redirect_chain == [(reverse("recovery-of", args=[treatment.uuid]), 302)]
        assert "The photo (front, day 4) is removed." in text(response)

    @pytest.mark.parametrize("days, lands", [(0, "log-day"), (4, "recovery-of")])
    def test_a_second_tap_ends_where_the_first_one_did(self, signed_in, photo, travel_to, days, lands):
        travel_to(TODAY + timedelta(days=days))
        treatment = photo.log.treatment
        browser = signed_in(treatment.patient.user)
        first, second = (browser.post(url_of("photo-remove", photo), follow=True) for _ in range(2))
        place = TODAY.isoformat() if lands == "log-day" else treatment.uuid
        assert first.redirect_chain == second.redirect_chain == [(reverse(lands, args=[place]), 302)]
        assert "This photo is not there any more." in text(second)
        assert AuditEvent.objects.filter(action="photo removed").count() == 1

    def test_one_that_was_replaced_meanwhile_is_gone_as_calmly(self, as_patient, photo):
        a_photo(photo.log, content=jpeg(scene(64, 96)))
        response = as_patient.post(url_of("photo-remove", photo), follow=True)
        assert response.redirect_chain == [(reverse("log-day", args=[TODAY.isoformat()]), 302)]
        assert (Photo.objects.count(), "not there any more" in text(response)) == (1, True)

    def test_for_others_a_removed_one_was_never_there(self, as_patient, photo, strangers):
        as_patient.post(url_of("photo-remove", photo))
        for browser in strangers[:2]:
            refused, nowhere = browser.post(url_of("photo-remove", photo)), browser.post(unknown("photo-remove"))
            assert (refused.status_code, refused.content) == (404, nowhere.content)

    def test_nobody_else_does(self, photo, strangers, as_clinician, as_admin, stored, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            found = [browser.post(url_of("photo-remove", photo)).status_code for browser in [*strangers, as_clinician, as_admin]]
        assert found == [404, 404, 403, 403, 403]
        assert (Photo.objects.get(), stored()) == (photo, 2)

    def test_opening_the_address_removes_nothing(self, as_patient, photo):
        assert as_patient.get(url_of("photo-remove", photo)).status_code == 405
        assert Photo.objects.get() == photo

    def test_without_its_token_neither(self, photo):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(photo.log.treatment.patient.user)
        assert browser.post(url_of("photo-remove", photo)).status_code == 403
        assert Photo.objects.get() == photo
