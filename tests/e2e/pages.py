"""Every page in the states that look different, and how to get there. A state is reached by working the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.e2e import steps

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.house import House

Go = Callable[["Page"], object]

SIGNED_OUT = [
    "/", "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-abc-def/", "/accounts/password/reset/key/done/", "/accounts/signup/", "/accounts/inactive/",
    "/accounts/confirm-email/", "/accounts/confirm-email/none/",
]  # fmt: skip
SIGNED_IN = ["/settings/", "/accounts/password/change/", "/accounts/logout/", "/accounts/email/", "/accounts/reauthenticate/"]
STAFF = [
    "/clinic/", "/clinic/patients/", "/clinic/patients/?q=nobody", "/clinic/patients/new/",
    "/norms/", "/norms/pen/", "/norms/radiofrequency/v1/?symptom=pain",
]  # fmt: skip


def at(path: str) -> tuple[str, Go]:
    return path, lambda page: page.goto(path)


def signed_out() -> Iterator[tuple[str, Go]]:
    yield from map(at, SIGNED_OUT)
    yield "sign in, refused", _sign_in_refused
    yield "code, asked for", _code_asked_for
    yield "code, refused", _code_refused


def of_the_patient() -> Iterator[tuple[str, Go]]:
    """In this order: the log of today goes from nothing to an emergency, and the pages after it with it."""
    yield "log, nothing yet", lambda page: page.goto("/log/")
    yield "recovery, nothing yet", lambda page: page.goto("/recovery/")
    yield "log, with errors", _log_with_errors
    yield "log, a sign ticked and an extra open", _log_with_a_sign
    yield "log, a day that cannot be", lambda page: page.goto("/log/05/01/2026/")
    yield "saved, as expected", lambda page: _saved(page, "As expected")
    yield "saved, noted", lambda page: _saved(page, "Noted", bleeding=1)
    yield "saved, watch", lambda page: _saved(page, "Higher than usual", redness=3)
    yield "saved, urgent", lambda page: _saved(page, "Call today", redness=4, swelling=4)
    yield "recovery, urgent", lambda page: page.goto("/recovery/")
    yield "saved, emergency", lambda page: _saved(page, "Emergency: act now", "breathing")
    yield "recovery, emergency", lambda page: page.goto("/recovery/")
    yield "recovery, everything opened", _recovery_opened
    yield "log, as the day before", _as_before
    yield "log, amending", lambda page: page.goto("/log/")
    yield "log, yesterday", lambda page: page.goto(f"/log/{steps.days_ago(1)}/")
    yield "a page that is not there", lambda page: page.goto("/recovery/none/")
    yield "a page of the clinic", lambda page: page.goto("/clinic/")
    yield from map(at, SIGNED_IN)


def of_the_clinic() -> Iterator[tuple[str, Go]]:
    yield from map(at, STAFF)
    yield "queue, past its end", lambda page: page.goto("/clinic/?after=2_0_2020-01-01T00:00:00%2B00:00_1")
    yield "enrolment, refused", _enrolment_refused
    yield "one recovery, with flags", _first_of_the_queue
    yield "one recovery, review refused", _review_refused
    yield "one patient", _one_patient
    yield "a further treatment", _further_treatment
    yield "a further treatment, refused", _further_treatment_refused
    yield "one recovery, nothing open", _calm_recovery
    yield "a recovery that is not there", lambda page: page.goto("/clinic/recoveries/00000000-0000-4000-8000-000000000000/")
    yield from map(at, SIGNED_IN)


def empty_clinic(house: House) -> str:
    """A second clinic with a clinician and a patient without a treatment, which no page makes; returns the clinician's password."""
    house.shell(
        "from allauth.account.models import EmailAddress\n"
        "from patients.models import *\n"
        "clinic, _ = Clinic.objects.get_or_create(name='Empty Clinic', phone='020 7946 0999')\n"
        "for name, role in (('idle', 'clinician'), ('untreated', 'patient')):\n"
        "    user = User.objects.create_user(name + '@demo.example', None, name=name.title() + ' Person', role=role, clinic=clinic)\n"
        f"    user.set_password({house.password!r}); user.save()\n"
        "    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)\n"
        "Patient.objects.create(user=user, clinic=clinic)\n"
    )
    return house.password


def _sign_in_refused(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_login").fill("nobody@demo.example")
    page.locator("#id_password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector(".alert, .invalid-feedback, .errors")


def _code_asked_for(page: Page) -> None:
    page.goto("/accounts/login/code/")
    page.locator("#id_email").fill("admin@demo.example")
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/code/confirm/")


def _code_refused(page: Page) -> None:
    page.locator("#id_code").fill("WRONG1")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".alert, .invalid-feedback, .errors")


def _log_with_errors(page: Page) -> None:
    page.goto("/log/")
    steps.save(page)
    page.wait_for_selector("#errors")


def _log_with_a_sign(page: Page) -> None:
    page.goto("/log/")
    steps.choose(page, "redness", 3)
    page.locator("label[for=add-itching]").click()
    steps.choose(page, "itching", 2)
    page.get_by_text("Yes, or not sure", exact=True).click()
    for sign in ("breathing", "fever", "firm_bumps"):
        page.locator(f"label[for=sign-{sign}]").click()


def _saved(page: Page, word: str, sign: str = "", **grades: int) -> None:
    steps.tell(page, 0, sign, **grades)
    page.goto(f"/log/{steps.days_ago(0)}/saved/")
    assert page.locator(".verdict .urg").inner_text() == word


def _recovery_opened(page: Page) -> None:
    page.goto("/recovery/")
    for summary in page.locator("summary").all():
        summary.click()


def _as_before(page: Page) -> None:
    steps.tell(page, 1, redness=2)
    page.goto("/log/")
    page.locator("button[name=same]").click()
    page.wait_for_selector(".notice")


def _enrolment_refused(page: Page) -> None:
    page.goto("/clinic/patients/new/")
    page.locator("#id_treated_on").fill("2199-01-01")
    page.get_by_role("button", name="Enrol").click()
    page.wait_for_selector(".invalid-feedback")


def _first_of_the_queue(page: Page) -> None:
    page.goto("/clinic/")
    page.locator(".qrow a").first.click()
    page.wait_for_url("**/clinic/recoveries/**")


def _review_refused(page: Page) -> None:
    _first_of_the_queue(page)
    page.locator("#reply").fill("A reply without a decision.")
    page.locator(".acts button").click()
    page.wait_for_url("**/review/")


def _one_patient(page: Page) -> None:
    page.goto("/clinic/patients/?q=Ferreira")
    page.locator(".sheet tbody a").first.click()
    page.wait_for_url(lambda url: "?q" not in url)


def _further_treatment(page: Page) -> None:
    _one_patient(page)
    page.get_by_role("link", name="Record a treatment").click()
    page.wait_for_url("**/treatments/new/")


def _further_treatment_refused(page: Page) -> None:
    _further_treatment(page)
    page.locator("#id_treated_on").fill("2199-01-01")
    page.get_by_role("button", name="Record").click()
    page.wait_for_selector(".invalid-feedback")


def _calm_recovery(page: Page) -> None:
    _one_patient(page)
    page.get_by_role("link", name="Session 1").click()
    page.wait_for_url("**/clinic/recoveries/**")
