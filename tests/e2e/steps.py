"""What people do on the pages, as one would tell it."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.house import House

ZONE = ZoneInfo("Europe/London")
CALM = {"redness": 1, "swelling": 0, "flaking": 1, "breakouts": 0}
CORE = tuple(CALM)


def days_ago(number: int) -> date:
    """That date in the clinic's and the patients' own time zone."""
    return datetime.now(ZONE).date() - timedelta(days=number)


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def sign_in_by_code(page: Page, house: House, email: str) -> None:
    """As a patient does after enrolment: asks for a code, reads the mail, types it in."""
    page.goto("/accounts/login/code/")
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/code/confirm/")
    page.get_by_label("Code").fill(house.code_sent_to(email))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


def shown_by_app(secret: str, *, ahead: int = 0) -> str:
    """The code that an authenticator app with this secret shows now, or so many half minutes ahead."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def enrol(page: Page, name: str, email: str, *, treated: date, protocol: str = "Pen 0.5–1.5 mm") -> None:
    """The clinician's page for a new patient."""
    page.goto("/clinic/patients/new/")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Protocol").select_option(label=protocol)
    page.get_by_label("Date of the treatment").fill(treated.isoformat())
    page.get_by_role("button", name="Enrol").click()
    page.wait_for_url(lambda url: "/new/" not in url)


def allow_photos(page: Page) -> None:
    """The button in the place of the slots; once they are there it is gone."""
    if page.locator("button[name=consent]").count():
        with page.expect_navigation():
            page.locator("button[name=consent]").click()
    page.wait_for_selector(".slots")


def choose(page: Page, symptom: str, grade: int) -> None:
    """One tap on one of the five buttons."""
    page.locator(f"label[for='{symptom}-{grade}']").click()


def answer_all(page: Page, **grades: int) -> None:
    """The four symptoms and “None of these”."""
    for symptom, grade in (CALM | grades).items():
        choose(page, symptom, grade)
    page.get_by_text("None of these", exact=True).click()


def save(page: Page) -> None:
    page.locator(".savebar button").click()


def tell(page: Page, ago: int, sign: str = "", **grades: int) -> None:
    """Logs a day without drawing the page, where that is not what is tested."""
    page.goto("/log/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    form = {"csrfmiddlewaretoken": token, "date": days_ago(ago).isoformat(), "any_sign": "some" if sign else "none"}
    form |= {symptom: str(grade) for symptom, grade in (CALM | grades).items()} | ({"signs": sign} if sign else {})
    answer = page.context.request.post("/log/", form=form)
    assert answer.url.endswith("/saved/"), answer.text()[:2000]


def choose_theme(page: Page, theme: str) -> None:
    """On the settings page, as the person does."""
    page.goto("/settings/")
    page.get_by_label(theme, exact=True).check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(f"html[data-bs-theme={theme.lower()}]")


def address_of(page: Page) -> str:
    """The address a patient signs in with, as their settings show it."""
    page.goto("/settings/")
    return page.get_by_text("@demo.example").inner_text()


def decide(page: Page, disposition: str, reply: str = "") -> None:
    """A review on the recovery's page."""
    page.get_by_text(disposition, exact=True).click()
    page.locator("#reply").fill(reply)
    page.locator(".acts .btn-main").click()


def review(page: Page, name: str, disposition: str, reply: str = "") -> None:
    """From the queue's row to the decision."""
    page.goto("/clinic/")
    page.locator(".qrow").filter(has_text=name).get_by_role("link").first.click()
    page.wait_for_url("**/clinic/recoveries/**")
    decide(page, disposition, reply)
    reviewed(page, name)


def reviewed(page: Page, name: str) -> None:
    """Waits for the page after a review, be it the next recovery or the queue, which says so."""
    page.get_by_text(f"{name}: reviewed").wait_for()
