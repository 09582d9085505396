"""The privacy page for whoever opens it, the question before photos on the log form, and taking the answer back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.actions.links import log_token
from patients.actions.texts import publish_text, text_for
from patients.models import Consent, Log, Photo
from tests.conftest import TODAY
from tests.factories import a_log, a_photo, allow_photos
from tests.pages import filled_in, page, text
from tests.pictures.scene import jpeg
from tests.views.test_log_photos import ANSWERS, a_file

PRIVACY, OWN = reverse("privacy"), reverse("own-photos")
ASK, ALLOWED = "Do you want to add photos?", "Photos are allowed. Add them here, then save."


def key_of(patient):
    return text_for(patient.clinic, "photos", patient.speaks).key


class TestThePage:
    def test_signed_out_it_says_what_is_the_same_for_all(self, client, clinic):
        said = text(client.get(PRIVACY))
        assert ("Each clinic that works with these pages has its own privacy page." in said, "Linden" in said) == (True, False)
        assert "tiene su propia página de privacidad" in text(client.get(PRIVACY, headers={"accept-language": "es"}))

    @pytest.mark.parametrize("browser", ["as_patient", "as_clinician", "as_admin"])
    def test_signed_in_it_is_the_clinics_own(self, request, browser, admin, patient):
        browser = request.getfixturevalue(browser)
        assert "What Linden Skin Clinic keeps about you here" in text(browser.get(PRIVACY))
        publish_text(by=admin, kind="privacy", language="en-gb", text="# Ours\n\nCall {phone}.", seen=0)
        assert "Ours Call 020 7946 0145." in text(browser.get(PRIVACY))

    def test_another_clinics_text_is_its_own(self, admin, other_clinician, signed_in):
        publish_text(by=admin, kind="privacy", language="en-gb", text="Secret of Linden.", seen=0)
        assert "Secret of Linden" not in text(signed_in(other_clinician).get(PRIVACY))

    def test_who_belongs_to_no_clinic_reads_the_common_one(self, superuser, signed_in):
        assert "Each clinic that works with these pages" in text(signed_in(superuser).get(PRIVACY))

    @pytest.mark.parametrize("path", ["/", "/accounts/login/", "/i/no-such-invitation/", "/log/", "/settings/", PRIVACY])
    def test_it_is_one_tap_away_from_every_page(self, as_patient, client, path):
        assert PRIVACY in page(client.get(path, follow=True)).links
        assert PRIVACY in page(as_patient.get(path, follow=True)).links


class TestOnTheLog:
    def test_it_is_asked_in_the_place_of_the_photos(self, as_patient):
        response = as_patient.get("/log/")
        said = text(response)
        assert (ASK in said, "Only you and the clinicians of Linden Skin Clinic see them." in said) == (True, True)
        assert [name for name in page(response).types if name.startswith("photo-")] == []

    def test_one_tap_and_the_photos_can_be_added_and_nothing_typed_is_lost(self, as_patient, patient):
        typed = {**ANSWERS, "redness": "3", "note": "Typed before", "look": "on", "consent": key_of(patient)}
        response = as_patient.post("/log/", typed)
        assert (ALLOWED in text(response), ASK in text(response), Log.objects.count()) == (True, False, 0)
        kept = filled_in(response)
        assert (kept["redness"], kept["note"], kept["look"]) == (["3"], ["Typed before"], ["on"])
        assert [name for name in page(response).types if name.startswith("photo-")] == ["photo-front", "photo-left", "photo-right"]

    def test_it_is_asked_once(self, as_patient, patient):
        as_patient.post("/log/", {**ANSWERS, "consent": key_of(patient)})
        assert ASK not in text(as_patient.get("/log/"))

    def test_a_day_without_photos_needs_no_answer(self, as_patient):
        assert as_patient.post("/log/", ANSWERS).url == f"/log/{TODAY}/saved/"
        assert Consent.objects.count() == 0

    def test_a_photo_without_consent_is_not_kept_and_the_log_is(self, as_patient):
        response = as_patient.post("/log/", ANSWERS | {"photo-front": a_file(), "photo-left": a_file(b"x")}, follow=True)
        said = text(response)
        assert "Your answers are saved. One photo is not. No photo was kept: you have not allowed photos. Your log is kept." in said
        assert (Log.objects.count(), Photo.objects.count()) == (1, 0)

    @pytest.mark.parametrize("key", ["", "x", "\x00", "0" * 5000])
    def test_a_yes_to_another_text_is_asked_again(self, as_patient, key):
        said = text(as_patient.post("/log/", {**ANSWERS, "consent": key}))
        assert ("This text was changed a moment ago." in said, ASK in said, Consent.objects.count()) == (True, True, 0)

    def test_by_a_reminders_link_too(self, client, patient):
        client.get(f"/l/{log_token(patient)}/")
        assert ALLOWED in text(client.post("/log/", {**ANSWERS, "consent": key_of(patient)}))
        assert Consent.objects.get().patient == patient

    def test_photos_that_are_there_are_shown_and_can_be_removed(self, as_patient, treatment):
        photo = a_photo(a_log(treatment, 4).log)
        Consent.objects.all().delete()
        shown = as_patient.get("/log/").content.decode()
        assert (reverse("photo-thumb", args=[photo.uuid]) in shown, f'name="remove" value="{photo.uuid}"' in shown) == (True, True)
        as_patient.post("/log/", {"date": TODAY, "remove": str(photo.uuid)})
        assert Photo.objects.count() == 0

    def test_in_spanish_it_is_the_spanish_text_that_is_agreed_to(self, as_patient, patient):
        patient.language = "es"
        patient.save()
        said = text(as_patient.get("/log/"))
        assert "Las fotos muestran a su clínica cómo se cura su piel." in said
        as_patient.post("/log/", {**ANSWERS, "consent": key_of(patient)})
        assert Consent.objects.values_list("language", "number").get() == ("es", 0)

    def test_what_a_clinic_writes_runs_nothing(self, as_patient, admin):
        publish_text(by=admin, kind="photos", language="en-gb", text="<script>alert(1)</script>", seen=0)
        assert "<script>alert" not in as_patient.get("/log/").content.decode()

    def test_it_costs_the_same_with_1_and_3_logs(self, as_patient, treatment):
        found = []
        for day in range(3):
            a_log(treatment, day)
            with CaptureQueriesContext(connection) as queries:
                as_patient.get("/log/")
            found.append(len(queries))
        assert len(set(found)) == 1


class TestUnderSettings:
    def test_it_says_what_stands(self, as_patient, patient):
        assert "You have not allowed photos. No photo is stored." in text(as_patient.get(OWN))
        allow_photos(patient)
        said = text(as_patient.get(OWN))
        assert ("You allowed photos on Wednesday 18 March." in said, ASK in said, "Take it back" in said) == (True, False, True)
        assert OWN in page(as_patient.get("/settings/")).links

    def test_allowing(self, as_patient, patient):
        response = as_patient.post(OWN, {"answer": "yes", "seen": key_of(patient)}, follow=True)
        assert "Photos are allowed. Add them with a day’s log." in text(response)
        assert Consent.objects.standing().get().patient == patient

    def test_it_says_what_happens_then_deletes(self, as_patient, treatment):
        log = a_log(treatment, 4).log
        for view in ("front", "left"):
            a_photo(log, view)
        said = text(as_patient.get(OWN))
        assert "All 2 photos are deleted at once, for you and for the clinic, and cannot be brought back." in said
        assert "Your logs stay, and logging goes on as before. You can allow photos again later." in said
        response = as_patient.post(OWN, {"answer": "no"}, follow=True)
        assert "Photos are not allowed any more. Your 2 photos are deleted." in text(response)
        assert (Photo.objects.count(), Log.objects.count(), Consent.objects.standing().count()) == (0, 1, 0)

    def test_twice_ends_where_once_does(self, as_patient, patient):
        allow_photos(patient)
        pages = [text(as_patient.post(OWN, {"answer": "no"}, follow=True)) for _ in range(2)]
        assert pages[0] == pages[1]
        assert "You have not allowed photos." in pages[0]

    @pytest.mark.parametrize("sent", [{}, {"answer": "maybe"}, {"answer": ""}, {"answer": "YES"}])
    def test_what_did_not_arrive_whole_changes_nothing(self, as_patient, patient, sent):
        allow_photos(patient)
        assert "This did not arrive whole. Press the button again." in text(as_patient.post(OWN, sent))
        assert Consent.objects.standing().count() == 1

    def test_a_yes_to_a_text_that_has_changed_is_asked_again(self, as_patient, patient, admin):
        seen = key_of(patient)
        publish_text(by=admin, kind="photos", language="en-gb", text="New words.", seen=0)
        said = text(as_patient.post(OWN, {"answer": "yes", "seen": seen}))
        assert ("This text was changed a moment ago." in said, "New words." in said, Consent.objects.count()) == (True, True, 0)

    def test_photos_from_before_there_was_the_question_can_be_deleted(self, as_patient, treatment):
        a_photo(a_log(treatment, 4).log)
        Consent.objects.all().delete()
        said = text(as_patient.get(OWN))
        assert "The photos that are there stay until you delete them. New ones need your yes." in said
        as_patient.post(OWN, {"answer": "no"})
        assert Photo.objects.count() == 0


def test_staff_see_on_the_patients_page_whether_photos_are_allowed(as_clinician, patient):
    path = reverse("clinic-patient", args=[patient.uuid])
    assert "Photos not allowed: the patient has not been asked or has not answered yet" in text(as_clinician.get(path))
    allow_photos(patient)
    assert "Photos allowed since 18 Mar 2026" in text(as_clinician.get(path))


def test_a_file_sent_by_a_page_from_before_the_withdrawal_is_not_kept(as_patient, patient):
    allow_photos(patient)
    opened = filled_in(as_patient.get("/log/"))
    as_patient.post(OWN, {"answer": "no"})
    sent = {"photo-front": SimpleUploadedFile("a.jpg", jpeg())}
    said = text(as_patient.post("/log/", {**ANSWERS, "date": opened["date"][0]} | sent, follow=True))
    assert ("you have not allowed photos" in said, Photo.objects.count(), Log.objects.count()) == (True, 0, 1)
