"""A patient who reads Spanish, on a phone: from the settings to the recovery page."""

import os
from pathlib import Path

import pytest

from tests.e2e import steps
from tests.e2e.looking import axe_findings, overflow, small_targets

pytestmark = pytest.mark.browser


def look(page, name: str) -> None:
    found = axe_findings(page) + overflow(page)
    assert found == [], "\n".join(map(str, found))
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_from_the_settings_to_the_recovery_page(new_patient):
    phone = new_patient("Luz Vega")
    phone.goto("/settings/")
    phone.get_by_label("Español").check()
    phone.get_by_role("button", name="Save").click()
    phone.wait_for_selector("text=Guardado.")
    look(phone, "ajustes")
    phone.get_by_role("link", name="Hoy").click()
    assert phone.locator("h1").inner_text() == "¿Cómo está su piel hoy?"
    steps.save(phone)
    assert "Enrojecimiento: elija una de las cinco respuestas." in phone.locator("#errors").inner_text()
    look(phone, "errores")
    for symptom, grade in (steps.CALM | {"redness": 3}).items():
        steps.choose(phone, symptom, grade)
    phone.get_by_text("Sequedad y tirantez", exact=True).click()
    steps.choose(phone, "dryness", 1)
    phone.get_by_text("Sí, o tengo dudas", exact=True).click()
    phone.locator("label[for='sign-fever']").click()
    phone.locator("label[for='sign-eye']").click()
    assert "Vaya ahora mismo a urgencias oftalmológicas" in phone.locator(".sign .advice:visible").first.inner_text()
    assert small_targets(phone) == []
    look(phone, "registro")
    phone.locator("label[for='sign-eye']").click()
    steps.save(phone)
    phone.wait_for_url("**/saved/")
    assert "Usted marcó: fiebre o escalofríos. Por favor, llame hoy a su clínica." in phone.locator("h1").inner_text()
    look(phone, "guardado")
    phone.get_by_role("link", name="Ver mi recuperación").click()
    phone.wait_for_url("**/recovery/")
    phone.get_by_text("Ver esto como tabla").click()
    look(phone, "recuperacion")
