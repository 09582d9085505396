"""The record, the looks, the archive and the sign-in in Spanish, the archive also after its request is over."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from patients import photo_store
from patients.actions.photos import TOO_MANY_NOW, note_photo_seen
from patients.actions.seen import note_record_seen
from patients.models import Photo
from recovery.pictures.turns import Busy
from tests import catalogs
from tests.conftest import TODAY
from tests.factories import CALM, a_log, a_photo, a_treatment
from tests.pages import items, text
from tests.pictures.scene import jpeg
from tests.views.test_language import english, lang, speak_spanish

SEEN, DOWNLOAD, DELETE = (reverse(name) for name in ("record-seen", "record-download", "account-delete"))


@pytest.fixture
def en_casa(as_patient, patient):
    """The patient's browser, in Spanish."""
    speak_spanish(patient)
    return as_patient


@pytest.fixture
def looked_at(en_casa, treatment, clinician, photo_folder):
    """A log with a photo, seen by the clinic; the patient's browser."""
    photo = a_photo(a_log(treatment, 2, "fever", redness=4).log)
    note_record_seen(by=clinician, subject=treatment)
    note_photo_seen(by=clinician, photo=photo)
    return en_casa


@pytest.mark.parametrize("path", ["/settings/", DOWNLOAD, DELETE, "/accounts/email/"])
def test_no_page_of_one_s_own_is_left_in_english(looked_at, path):
    response = looked_at.get(path)
    assert english(response) == []
    assert lang(response) == "es"


def test_who_looked(looked_at):
    # The title of who looked stays as it was written down.
    seen = items(looked_at.get(SEEN))
    assert any(line.endswith("Mira Osei, nurse (clinician) miró una foto en su tamaño completo: sesión 1, día 2, frente") for line in seen)
    assert any(line.endswith("abrió su recuperación: sesión 1") for line in seen)
    assert any("Usted cambió el idioma" in line for line in items(looked_at.get(SEEN + "?who=all")))


@pytest.mark.parametrize("sent", [{}, {"email": "x@example.org"}, {"email": "x", "is_sure": "on"}])
def test_what_is_missing_for_the_end_of_the_account(looked_at, sent):
    assert english(looked_at.post(DELETE, sent)) == []


def test_the_page_after_the_end(en_casa, patient):
    response = en_casa.post(DELETE, {"email": patient.user.email, "is_sure": "on"})
    assert "Su cuenta se ha borrado" in text(response)
    assert english(response) == []


def test_the_archive_speaks_spanish_to_its_end(looked_at):
    lost = Photo.objects.get()
    photo_store.remove(lost.files)
    archive = ZipFile(io.BytesIO(b"".join(looked_at.post(DOWNLOAD).streaming_content)))
    readme = archive.read("README.txt").decode()
    assert readme.startswith("Esto es todo lo que Linden Skin Clinic tiene guardado aquí sobre Ana Ferreira.")
    assert "Por favor, avise a Linden Skin Clinic:\n  photos/session-1-day-02-front.jpg\n" in readme
    log = json.loads(archive.read("record.json"))["treatments"][0]["logs"][0]
    assert log["said_to_you"]["word"] == "Llame hoy"
    assert log["signs_in_words"] == ["Fiebre o escalofríos"]
    heads, row = archive.read("logs.csv").decode("utf-8-sig").splitlines()[:2]
    assert heads.startswith("session,day,date,entered_at,result,")
    assert ("Llame hoy" in row, "Fiebre o escalofríos" in row) == (True, True)


def test_before_the_first_treatment(clinician, signed_in):
    patient = a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=9)).patient
    speak_spanish(patient)
    response = signed_in(patient.user).get("/log/")
    assert "El registro empieza el viernes 27 de marzo, el día de su tratamiento" in text(response)
    assert english(response) == []


def test_too_many_photos_at_once(en_casa, treatment, photo_folder, photos_allowed, monkeypatch):
    def busy(*args, **kwargs):
        raise Busy

    monkeypatch.setattr("patients.actions.photos.a_turn", busy)
    answers = {symptom: str(grade) for symptom, grade in CALM.items()} | {
        "any_sign": "none",
        "photo-front": SimpleUploadedFile("a.jpg", jpeg()),
    }
    said = text(en_casa.post("/log/", answers, follow=True))
    assert {message.id[0]: message.said[0] for message in catalogs.messages("django")}[TOO_MANY_NOW] in said
