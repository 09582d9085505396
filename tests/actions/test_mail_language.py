"""Mails are in the patient's language, whoever sends them; sign-in mails too."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import translation

from patients.actions import mail as mails
from patients.actions.erasure import erase_patient
from patients.actions.people import change_settings

FOOT = "Linden Skin Clinic lee los mensajes de lunes a viernes, de 9:00 a 18:00.\nTeléfono: 020 7946 0145. En una emergencia, llame al 999."


@pytest.fixture
def ana(patient):
    change_settings(by=patient.user, theme="light", language="es")
    return patient


@pytest.mark.parametrize("of_the_sender", ["en-gb", "es"])
@pytest.mark.parametrize(
    "send, subject, says",
    [
        (
            lambda patient: mails.invite(patient, "abc"),
            "Linden Skin Clinic: su acceso",
            "Hola, Ana:\n\nLinden Skin Clinic ha creado una página para usted.",
        ),
        (
            lambda patient: mails.remind(patient, mail.get_connection()),
            "Linden Skin Clinic: un minuto para su registro",
            "¿Tiene un minuto para su registro de hoy?",
        ),
        (mails.nudge, "Linden Skin Clinic quisiera saber de usted", "Hace tiempo que no sabemos de usted."),
        (mails.announce_reply, "Linden Skin Clinic le ha respondido", "Entre para leerlo:"),
    ],
)
def test_it_is_the_patients_and_not_the_senders(ana, of_the_sender, send, subject, says):
    with translation.override(of_the_sender):
        send(ana)
        assert translation.get_language() == of_the_sender
    assert [sent.subject for sent in mail.outbox] == [subject]
    assert says in mail.outbox[0].body
    assert FOOT in mail.outbox[0].body


@pytest.mark.parametrize(
    "language, subject", [("es", "Linden Skin Clinic: su cuenta se ha borrado"), ("en-gb", "Linden Skin Clinic: your account is deleted")]
)
def test_so_is_the_last_one_of_somebody_who_is_gone(patient, django_capture_on_commit_callbacks, language, subject):
    change_settings(by=patient.user, theme="light", language=language)
    with django_capture_on_commit_callbacks(execute=True):
        erase_patient(by=patient.user, patient=patient)
    assert [sent.subject for sent in mail.outbox] == [subject]
    assert (FOOT in mail.outbox[0].body) == (language == "es")


def test_a_new_address_is_confirmed_and_told_in_the_language_of_who_signs_in_with_it(ana, settings, django_capture_on_commit_callbacks):
    settings.ACCOUNT_RATE_LIMITS = False
    EmailAddress.objects.update_or_create(user=ana.user, email=ana.user.email, defaults={"verified": True, "primary": True})
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(ana.user)
    browser.post("/accounts/email/", {"email": "nueva@example.org", "action_add": "1"})
    code = re.search("^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", mail.outbox[0].body, re.MULTILINE)[0]
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/confirm-email/", {"code": code})
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["nueva@example.org"], "Su código para confirmar esta dirección"),
        ([ana.user.email], "Su dirección de correo se ha cambiado"),
    ]
    assert FOOT in mail.outbox[1].body


def test_a_patient_who_reads_english_gets_english_from_a_sender_who_does_not(patient):
    with translation.override("es"):
        mails.invite(patient, "abc")
    assert mail.outbox[0].subject == "Linden Skin Clinic: your sign-in"
    assert "In an emergency call 999." in mail.outbox[0].body


@pytest.mark.parametrize(
    "path, subject", [("/accounts/login/code/", "Su código para entrar"), ("/accounts/password/reset/", "Elija una contraseña nueva")]
)
@pytest.mark.parametrize("browser", ["en", "es"])
def test_so_are_the_mails_to_sign_in(ana, path, subject, browser):
    Client().post(path, {"email": ana.user.email}, headers={"accept-language": browser})
    assert [sent.subject for sent in mail.outbox] == [subject]
    assert FOOT in mail.outbox[0].body


@pytest.mark.parametrize("browser, subject", [("en", "No sign-in with this address"), ("es", "No hay ningún acceso con esta dirección")])
def test_an_unknown_address_is_answered_in_the_language_of_the_browser(db, frozen, browser, subject):
    Client().post("/accounts/login/code/", {"email": "nobody@example.org"}, headers={"accept-language": browser})
    assert [sent.subject for sent in mail.outbox] == [subject]


def test_staff_get_english(clinician):
    Client().post("/accounts/login/code/", {"email": clinician.email}, headers={"accept-language": "es"})
    assert mail.outbox[0].subject == "Your sign-in code"
