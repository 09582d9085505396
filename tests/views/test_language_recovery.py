"""The recovery's pages in Spanish: what is usual, promises, the session before, the way to a planned one, the calendar file."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.conftest import TODAY
from tests.factories import a_log, a_photo, next_session
from tests.pages import text
from tests.views.test_language import english, speak_spanish


@pytest.fixture
def seen(patient, signed_in, travel_to):
    """A page of the patient's, so many days from today; in no word of English."""
    speak_spanish(patient)

    def look(path="/recovery/", days=0):
        travel_to(TODAY + timedelta(days=days))
        response = signed_in(patient.user).get(path)
        assert english(response) == []
        return text(response)

    return look


@pytest.fixture
def second(patient, treatment, clinician, travel_to):
    """A session after the first, of which days 2 and 3 are logged."""
    a_log(treatment, 2, redness=1)
    a_photo(a_log(treatment, 3, redness=2, flaking=1).log)
    travel_to(TODAY + timedelta(days=28))
    return next_session(clinician, patient, TODAY + timedelta(days=28))


def test_what_is_usual_today(seen, treatment):
    found = seen()
    assert "Qué es habitual hoy Enrojecimiento de 0 a 2, lo más habitual: 1 mínimo Hinchazón de 0 a 1, lo más habitual: 0 nada" in found
    assert "Curación inicial días 0–7 usted está aquí desde el 14 de marzo" in found
    assert "Días 3–5 mar 17 mar – jue 19 mar" in found


def test_past_the_table(seen, treatment):
    found = seen(days=400)
    assert (
        "Los valores habituales terminan con el día 365. Para el día 404 no tenemos valores habituales con los que comparar sus respuestas."
        in found
    )
    assert "El día 404 es posterior a la última fase." in found
    assert "Ya no toca ningún otro registro; aun así, puede hacer uno cualquier día." in found


def test_dates_of_another_year_say_so(seen, treatment):
    a_log(treatment, 290)
    assert "Día 290, martes 29 de diciembre de 2026" in seen(days=290)


def test_the_next_check_in(seen, treatment):
    a_log(treatment, 4)
    assert "Su próximo registro toca mañana, jueves 19 de marzo; puede hacer un registro cualquier día." in seen()


def test_promises_of_other_days(seen, treatment):
    for day in (1, 2, 3):
        a_log(treatment, day, asked=True)
    a_log(treatment, 4)
    found = seen()
    assert "Su clínica tenía que responder sobre el día 1 a más tardar: martes 17 de marzo, 18:00. Todavía no lo ha hecho." in found
    assert "Su clínica ya tiene los días 2 y 3 y le responde, a más tardar: hoy, 18:00." in found
    found = seen(days=1)
    assert "Su clínica tenía que responder sobre los días 1 y 2 a más tardar: martes 17 de marzo, 18:00." in found
    assert "Su clínica ya tiene el día 3 y le responde, a más tardar: hoy, 18:00." in found


@pytest.mark.parametrize("day, answers, says", [
    (2, {"redness": 0}, "El día 2 después de la sesión 1, enrojecimiento: 1; ahora: 0. Nada es más intenso que entonces."),
    (2, {"redness": 1}, "El día 2 después de la sesión 1, sus respuestas fueron las mismas."),
    (3, {"redness": 3, "flaking": 2},
     "El día 3 después de la sesión 1, enrojecimiento: 2; ahora: 3. También más que entonces: descamación."),
])  # fmt: skip
def test_beside_the_session_before(seen, second, day, answers, says):
    a_log(second, day, **answers)
    found = seen(days=32)
    assert says in found
    assert "sesión 1, el mismo día" in found
    assert "Enrojecimiento, sesión 1" in found


def test_photos_beside_those_of_the_session_before(seen, second):
    a_photo(a_log(second, 3).log)
    assert "Día 3, ahora y después de la sesión 1 Sesión 1, frente Ahora, frente Todas las fotos de esta sesión" in seen(days=32)


def test_an_earlier_session_leads_to_the_latest(seen, second, treatment):
    found = seen(reverse("recovery-of", args=[treatment.uuid]), days=32)
    assert "Esta es una sesión anterior, del sábado 14 de marzo de 2026. Ir a su última sesión" in found


@pytest.mark.parametrize("days, says", [
    (0, "Es dentro de 20 días, el martes 7 de abril. Hasta ese día, siga con su registro igual que ahora."),
    (0, "Para prepararse, hay cosas que hacer desde el martes 24 de marzo. Las encontrará aquí."),
    (19, "Es mañana, martes 7 de abril."),
])  # fmt: skip
def test_a_planned_session_beside_a_recovery(seen, patient, treatment, clinician, days, says):
    next_session(clinician, patient, TODAY + timedelta(days=20))
    assert says in seen(days=days)


@pytest.mark.parametrize("days, says", [
    (0, "Su próxima sesión es dentro de 20 días, el martes 7 de abril. La preparación empieza el martes 24 de marzo."),
    (8, "Haga ahora Informe a su clínica de todos los medicamentos"),
    (8, "Desde el mar 31 mar: evite Suspenda los retinoides"),
    (19, "Su próxima sesión es mañana, martes 7 de abril. Aquí está lo que debe hacer y evitar hasta entonces."),
])  # fmt: skip
def test_the_page_before_a_planned_session(seen, patient, treatment, clinician, days, says):
    planned = next_session(clinician, patient, TODAY + timedelta(days=20))
    assert says in seen(reverse("recovery-of", args=[planned.uuid]), days=days)


def test_the_calendar_file(as_patient, patient, treatment):
    """The window is found by its English title; the words are the patient's."""
    path = reverse("next-session-file", args=[treatment.uuid])
    before = as_patient.get(path).content.decode()
    speak_spanish(patient)
    after = as_patient.get(path).content.decode()
    assert "SUMMARY:Fechas para su próxima cita: Linden Skin Clinic" in after
    assert [line for line in after.splitlines() if line[:2] in ("DT", "UI")] == [x for x in before.splitlines() if x[:2] in ("DT", "UI")]


def test_the_window_is_that_of_the_norms(seen, treatment):
    assert "Fechas habituales para la próxima sesión: de sábado 11 de abril a sábado 25 de abril." in seen()
