"""Patients read their own language, staff English, and who has not signed in what their browser asks for."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from patients.actions.links import log_token, off_token
from patients.actions.people import change_settings
from patients.actions.reminders import turn_off
from patients.language import norm_text
from patients.models import AuditEvent, Flag, Patient, Treatment
from tests import catalogs
from tests.conftest import TODAY
from tests.factories import CALM, a_log, a_patient, a_photo, a_review, a_treatment, next_session
from tests.pages import filled_in, text

SETTINGS = {"theme": "light", "time_zone": "Europe/London", "reminder_hour": "18"}
EVERY_CORE = {symptom: str(grade) for symptom, grade in CALM.items()}


def speak_spanish(patient):
    change_settings(by=patient.user, theme="light", language="es")


@pytest.fixture
def en_casa(as_patient, patient):
    """The patient's browser, in Spanish."""
    speak_spanish(patient)
    return as_patient


def lang(response):
    return re.search('<html lang="([^"]*)"', response.content.decode())[1]


class TestWhichLanguage:
    @pytest.mark.parametrize(
        "asked, shown",
        [
            ("", "en-gb"), ("es", "es"), ("es-MX,es;q=0.9,en;q=0.8", "es"), ("fr,es;q=0.5", "es"), ("en-US,es;q=0.9", "en-gb"),
            ("fr", "en-gb"), ("*", "en-gb"), ("es;q=nonsense", "en-gb"), ("x" * 3000, "en-gb"),
        ],
    )  # fmt: skip
    def test_signed_out_the_browser_is_asked(self, client, db, asked, shown):
        response = client.get("/", headers={"accept-language": asked})
        assert lang(response) == shown
        assert ("¿Es normal hoy?" in text(response)) == (shown == "es")
        assert "Accept-Language" in response["Vary"]

    @pytest.mark.parametrize("browser", ["as_clinician", "as_admin"])
    def test_staff_read_english_whatever_the_browser_asks_for(self, request, browser):
        response = request.getfixturevalue(browser).get("/norms/", headers={"accept-language": "es"})
        assert lang(response) == "en-gb"
        assert "Vary" not in response or "Accept-Language" not in response["Vary"]

    def test_a_patient_reads_the_language_they_chose(self, en_casa):
        response = en_casa.get("/log/", headers={"accept-language": "en"})
        assert lang(response) == "es"
        assert "¿Cómo está su piel hoy?" in text(response)

    def test_a_patient_who_chose_nothing_reads_english(self, as_patient):
        assert lang(as_patient.get("/log/", headers={"accept-language": "es"})) == "en-gb"

    def test_the_link_of_a_reminder_opens_the_log_in_the_patients_language(self, patient):
        speak_spanish(patient)
        response = Client().get(reverse("log-link", args=[log_token(patient)]), follow=True)
        assert lang(response) == "es"
        assert "Guardar el día 4" in text(response)

    @pytest.mark.parametrize("is_off", [False, True])
    def test_so_does_the_one_that_turns_reminders_off(self, patient, is_off):
        speak_spanish(patient)
        if is_off:
            turn_off(by=patient.user)
        response = Client().get(reverse("reminders-off", args=[off_token(patient)]), headers={"accept-language": "en"})
        assert lang(response) == "es"
        assert ("Los recordatorios están desactivados" if is_off else "¿Desactivar los recordatorios?") in text(response)

    def test_a_language_that_is_not_offered_any_more_is_english(self, as_patient, patient):
        Patient.objects.filter(pk=patient.pk).update(language="xx")
        response = as_patient.get("/settings/")
        assert lang(response) == "en-gb"
        assert filled_in(response)["language"] == ["en-gb"]

    def test_one_page_leaves_no_language_to_the_next(self, en_casa, as_clinician):
        en_casa.get("/log/")
        assert lang(as_clinician.get("/clinic/")) == "en-gb"

    @pytest.mark.parametrize("path, status, says", [
        ("/clinic/", 403, "Esta página es para los profesionales de una clínica."),
        ("/norms/", 403, "Su página de recuperación muestra lo que es habitual para usted."),
        ("/nothing/", 404, "Esta página no existe"),
        ("/log/2026-13-40/", 404, "“2026-13-40” no es una fecha que esta página pueda leer."),
        ("/log/2026-03-19/", 404, "Fecha elegida: jueves 19 de marzo. Es mañana; elija hoy"),
        ("/log/2026-03-20/", 404, "Fecha elegida: viernes 20 de marzo. Todavía no ha llegado"),
        ("/log/2026-03-01/", 404, "Fecha elegida: domingo 1 de marzo. Es anterior a su tratamiento"),
        ("/log/2026-03-14/", 404, "Fecha elegida: sábado 14 de marzo. Han pasado más de 3 días"),
    ])  # fmt: skip
    def test_refusals_are_said_in_it(self, en_casa, path, status, says):
        response = en_casa.get(path)
        assert response.status_code == status
        assert says in text(response)

    def test_a_page_that_was_open_too_long(self, patient):
        speak_spanish(patient)
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(patient.user)
        response = browser.post("/log/", EVERY_CORE)
        assert response.status_code == 403
        assert "Cargue la página otra vez, por favor" in text(response)


class TestSettings:
    def test_it_offers_each_language_by_its_own_name(self, as_patient):
        content = as_patient.get("/settings/").content.decode()
        assert '<span lang="es">Español</span>' in content
        assert '<span lang="en-gb">English</span>' in content

    def test_choosing_answers_in_the_language_chosen(self, as_patient, patient):
        response = as_patient.post("/settings/", SETTINGS | {"language": "es"}, follow=True)
        assert lang(response) == "es"
        assert "Guardado." in text(response)
        assert filled_in(response)["language"] == ["es"]
        event = AuditEvent.objects.get(action="language changed")
        assert (event.actor, event.before, event.after) == (patient.user, {"language": "en-gb"}, {"language": "es"})

    def test_and_back(self, en_casa, patient):
        response = en_casa.post("/settings/", SETTINGS | {"language": "en-gb"}, follow=True)
        assert (lang(response), "Saved." in text(response)) == ("en-gb", True)
        assert Patient.objects.get(pk=patient.pk).language == "en-gb"

    def test_the_same_again_is_no_event(self, as_patient):
        as_patient.post("/settings/", SETTINGS | {"language": "en-gb"})
        assert not AuditEvent.objects.filter(action="language changed").exists()

    @pytest.mark.parametrize("language", ["fr", "ES", "es-mx", " ", "es\0", "e" * 500])
    def test_what_is_not_offered_is_refused(self, as_patient, patient, language):
        response = as_patient.post("/settings/", SETTINGS | {"language": language})
        assert "not one of the available choices" in text(response)
        assert Patient.objects.get(pk=patient.pk).language == "en-gb"

    def test_a_page_from_before_the_question_leaves_it(self, en_casa, patient):
        en_casa.post("/settings/", SETTINGS)
        assert Patient.objects.get(pk=patient.pk).language == "es"

    def test_staff_have_no_choice(self, as_clinician, clinician):
        assert "language" not in filled_in(as_clinician.get("/settings/"))
        as_clinician.post("/settings/", {"theme": "dark", "language": "es"})
        assert lang(as_clinician.get("/settings/", headers={"accept-language": "es"})) == "en-gb"


class TestEnrolment:
    def enrol(self, browser, **more):
        fields = filled_in(browser.get(reverse("enrol")))
        data = {name: values[0] for name, values in fields.items()} | {"name": "Luz Vega", "email": "luz@example.org"} | more
        return browser.post(reverse("enrol"), data)

    @pytest.mark.parametrize("chosen, kept, subject", [
        ({"language": "es"}, "es", "Linden Skin Clinic: su acceso"), ({}, "en-gb", "Linden Skin Clinic: your sign-in"),
        ({"language": ""}, "en-gb", "Linden Skin Clinic: your sign-in"),
    ])  # fmt: skip
    def test_the_invitation_comes_in_the_language_chosen(
        self, as_clinician, clinician, django_capture_on_commit_callbacks, chosen, kept, subject
    ):
        a_treatment(clinician, "Ana Ferreira", TODAY)  # so that the page has a protocol to offer
        with django_capture_on_commit_callbacks(execute=True):
            self.enrol(as_clinician, protocol=str(Treatment.objects.first().protocol_id), **chosen)
        assert Patient.objects.get(user__email="luz@example.org").language == kept
        assert [sent.subject for sent in mail.outbox] == [subject]
        assert ("Nadie vigila este servicio en tiempo real." in mail.outbox[0].body) == (kept == "es")

    def test_a_language_that_is_not_offered_is_refused(self, as_clinician, clinician):
        assert "not one of the available choices" in text(self.enrol(as_clinician, language="fr"))
        assert not Patient.objects.exists()


class TestTheRecordStaysEnglish:
    """Staff read what a patient who speaks Spanish logs: reasons, rows, events."""

    def test_flags_and_queue(self, en_casa, treatment, as_clinician):
        answers = EVERY_CORE | {"redness": "4", "any_sign": "some", "signs": "fever", "look": "on"}
        response = en_casa.post("/log/", answers, follow=True)
        assert "Usted marcó: fiebre o escalofríos." in text(response)
        whys = " ".join(flag.why for flag in Flag.objects.of(treatment))
        assert "Redness 4 on day 4, expected" in whys
        assert "Warning sign on day 4: Fever or chills" in whys
        assert not re.search("Enrojecimiento|esperado|Fiebre|alarma", whys)
        treatment.refresh_from_db()
        reasons = str(treatment.open_reasons)
        assert "Fever or chills" in reasons
        assert "Enrojecimiento" not in reasons
        row = text(as_clinician.get("/clinic/"))
        assert "Redness 4" in row
        assert "Fever or chills" in row
        shown = text(as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid])))
        assert "Redness" in shown
        assert "Enrojecimiento" not in shown

    def test_the_same_answers_in_two_languages_are_the_same_record(self, as_patient, patient, treatment):
        answers = EVERY_CORE | {"redness": "3", "any_sign": "none"}
        as_patient.post("/log/", answers)
        before = list(Flag.objects.of(treatment).values_list("why", "urgency", "band"))
        speak_spanish(patient)
        assert "Usted ya había registrado este día. Dice lo mismo." in text(as_patient.post("/log/", answers, follow=True))
        assert list(Flag.objects.of(treatment).values_list("why", "urgency", "band")) == before != []


# No Spanish word, and no name on these pages.
ENGLISH = re.compile(r"\b(the|your|you|and|is|are|was|to|of|with|for|not|this|day|by|an|or|it|than|clinic)\b", re.IGNORECASE)


def visible(response):
    """All that a person reads or hears: text, titles, labels."""
    markup = re.sub("(?s)<script.*?</script>", "", response.content.decode())
    markup = re.sub('(?s)<ul [^>]*lang="en">.*?</ul>', "", markup)  # titles of sources stay as they were published
    attributes = re.findall(r'(?:aria-label|alt|placeholder|title)="([^"]*)"', markup)
    seen = " ".join([*attributes, re.sub("<[^>]*>", " ", markup)])
    return " ".join(unescape(seen).replace("Linden Skin Clinic", "").split())


def english(response):
    """Words and sentences of English that the page still has."""
    assert response.status_code != 302
    seen = visible(response)
    found = [seen[max(hit.start() - 30, 0) : hit.end() + 30] for hit in ENGLISH.finditer(seen)]
    for message in [*catalogs.messages("django"), *catalogs.messages("norms")]:
        for sentence in message.id:
            # What is between the placeholders; three words in a row are no chance.
            pieces = [" ".join(piece.split()) for piece in re.split(r"%\(\w+\)[sd]|\{\w+\}|<[^>]*>", sentence)]
            found += [piece for piece in pieces if len(piece.split()) >= 3 and piece in seen]
    return found


@pytest.fixture
def troubled(en_casa, treatment, clinician, photo_folder):
    """Logs of every urgency, a reply, photos; the browser of the patient."""
    a_log(treatment, 0, redness=0)
    a_photo(a_log(treatment, 1, "itchy_rash").log)
    a_log(treatment, 2, redness=4, swelling=4, itching=3, asked=True)
    a_photo(a_log(treatment, 3, "eye fever", note="hola", flaking=4).log)
    a_review(treatment, clinician, reply="Todo va bien.", seen=list(Flag.objects.of(treatment))[:2])
    return en_casa


PAGES = [
    *("/log/", "/log/2026-03-15/", "/log/2026-03-16/", "/log/2026-03-01/", "/recovery/", "/settings/"),
    *(f"/log/2026-03-{day}/saved/" for day in (14, 15, 16, 17)),
    *("/accounts/password/change/", "/accounts/password/set/", "/accounts/logout/", "/nothing/", "/clinic/"),
]
SIGNED_OUT = [
    *("/", "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/password/reset/done/"),
    *("/accounts/signup/", "/accounts/inactive/", "/accounts/confirm-email/", "/l/broken/", "/l/off/broken/", "/nothing/"),
    *("/accounts/password/reset/key/1-set-password/", "/accounts/password/reset/key/done/"),
]


class TestNothingIsLeftInEnglish:
    def test_the_search_finds_english(self, as_patient):
        assert len(english(as_patient.get("/log/"))) > 40

    @pytest.mark.parametrize("path", PAGES)
    def test_on_a_patients_page(self, troubled, path):
        response = troubled.get(path, follow=True)
        assert english(response) == []
        assert lang(response) == "es"

    def test_on_the_page_of_photos(self, troubled, treatment):
        path = reverse("photos-of", args=[treatment.uuid])
        for asked in ("", "?view=left", "?view=nothing", "?first=1-1&second=1-1", "?first=9-9", "?first=1-1&second=1-3"):
            assert english(troubled.get(path + asked)) == []

    @pytest.mark.parametrize("answers", [
        {}, {"any_sign": "some"}, {"any_sign": "none", "signs": "fever"}, {"signs": "nothing"}, {"redness": "7"}, {"date": "yesterday"},
        {"date": "2026-03-20"}, {"note": "x" * 3000}, {"same": "1"}, {"remove": "nothing"}, EVERY_CORE | {"any_sign": "none"},
        EVERY_CORE | {"any_sign": "none", "photo-left": "text"},
    ])  # fmt: skip
    def test_when_a_log_is_sent(self, troubled, answers):
        response = troubled.post("/log/", answers, follow=True)
        assert english(response) == []

    @pytest.mark.parametrize("names", [["photo-front"], ["photo-nowhere"]])
    def test_when_a_file_is_no_picture(self, en_casa, photos_allowed, names):
        files = {name: SimpleUploadedFile("a.jpg", b"not a picture", "image/jpeg") for name in names}
        response = en_casa.post("/log/", EVERY_CORE | {"any_sign": "none"} | files, follow=True)
        assert "Sus respuestas están guardadas. Una foto no." in text(response)
        assert english(response) == []

    @pytest.mark.parametrize("path", SIGNED_OUT)
    def test_signed_out(self, client, db, path):
        response = client.get(path, follow=True, headers={"accept-language": "es"})
        assert english(response) == []
        assert lang(response) == "es"

    def test_long_after(self, patient, treatment, signed_in, travel_to):
        speak_spanish(patient)
        travel_to(treatment.date_of(200))
        browser = signed_in(patient.user)
        a_log(treatment, 200, improvement=5)
        for path in ("/recovery/", "/log/", f"/log/{treatment.date_of(200)}/saved/"):
            assert english(browser.get(path)) == []
        travel_to(treatment.date_of(400))
        browser = signed_in(patient.user)
        a_log(treatment, 400)
        response = browser.get(f"/log/{treatment.date_of(400)}/saved/")
        assert "El día 400 es posterior al último día que podemos comparar." in text(response)
        assert english(response) == []

    def test_before_the_treatment_and_without_one(self, signed_in, clinician):
        patient = a_patient(clinician, "Nadie Aún")
        speak_spanish(patient)
        browser = signed_in(patient.user)
        for path in ("/log/", "/recovery/"):
            response = browser.get(path)
            assert "Todavía no hay tratamiento" in text(response)
            assert english(response) == []

    def test_worse_than_after_the_last_session(self, patient, treatment, clinician, signed_in, travel_to):
        speak_spanish(patient)
        a_log(treatment, 2)
        travel_to(TODAY + timedelta(days=30))
        second = next_session(clinician, patient, TODAY + timedelta(days=28))
        a_log(second, 2, swelling=2)
        response = signed_in(patient.user).get("/recovery/")
        assert "El día 2, más que después de su última sesión: hinchazón." in text(response)
        assert "Hinchazón: eligió 2; en este mismo día de su última sesión era 0." in text(response)
        assert english(response) == []


class TestSentences:
    @pytest.mark.parametrize("day, signs, answers, says", [
        (4, "", {}, "Su piel está como se espera para el día 4."),
        (4, "", {"redness": 3}, "Más de lo habitual para el día 4: enrojecimiento. Todo lo demás está como se espera."),
        (4, "eye", {}, "Usted marcó: dolor de ojos, visión borrosa, molestia con la luz, un ojo cerrado por la hinchazón, o ampollas cerca "
                       "de un ojo. Esto necesita atención ahora mismo."),
        (4, "fever", {}, "Usted marcó: fiebre o escalofríos. Por favor, llame hoy a su clínica."),
        (4, "", {"asked": True}, "Usted pidió a la clínica que revisara el día 4."),
    ])  # fmt: skip
    def test_the_verdict(self, en_casa, treatment, day, signs, answers, says):
        a_log(treatment, day, signs, **answers)
        assert says in text(en_casa.get("/recovery/"))

    def test_what_was_chosen_and_what_is_usual(self, en_casa, treatment):
        a_log(treatment, 4, redness=3)
        seen = text(en_casa.get("/log/2026-03-18/saved/"))
        assert "Enrojecimiento: eligió 3; lo habitual el día 4 es 0–2." in seen
        assert "Su clínica ya está avisada y le responde, a más tardar: viernes 20 de marzo, 18:00." in seen
        assert "3 moderado, habitual 0–2" in seen

    def test_what_the_clinic_worded_itself_stays_as_it_wrote_it(self):

        with translation.override("es"):
            assert norm_text("How does it tingle?") == "How does it tingle?"
            assert norm_text("How red is your skin?") == "¿Qué tan roja está su piel?"
            assert norm_text("") == ""

    def test_dates_and_hours(self, en_casa):
        seen = text(en_casa.get("/log/"))
        assert "Día 4, miércoles 18 de marzo" in seen
        assert "La clínica las lee de lunes a viernes, de 9:00 a 18:00." in seen

    def test_charts_have_points_and_no_commas(self, en_casa, treatment):
        a_log(treatment, 3)
        markup = en_casa.get("/recovery/").content.decode()
        assert "<title>Día 3: 1 mínimo, esperado 0–2</title>" in markup
        assert re.findall(r'(?:cx|cy|x|y|r|d|width|height|viewBox)="[^"]*\d,\d[^"]*"', markup) == []
