"""A server for the whole folder, a browser, and windows that fail a test for what they notice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import house as houses
from tests.e2e import steps, watching

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NUMBERS = count(1)


@pytest.fixture(scope="package", autouse=True)
def can_browse() -> None:
    """One reason for the whole folder. Where a browser is a must (CI), its absence is a failure."""
    reason = watching.missing()
    if reason and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, but {reason}", pytrace=False)
    if reason:
        pytest.skip(f"no browser tests: {reason}")


@pytest.fixture(scope="package")
def house(can_browse: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[houses.House]:
    with houses.running(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="package")
def chromium(can_browse: None) -> Iterator[Browser]:
    """Stopped with the folder's last test: its event loop would keep later modules from Django's database."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = watching.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def signed_in(house: houses.House, chromium: Browser) -> Callable[[str], Any]:
    """The cookies of a demo account, signing in once each."""
    kept: dict[str, Any] = {}

    def state(name: str) -> Any:
        if name not in kept:
            window = watching.Window(chromium, house.url, width=1280)
            steps.sign_in(window.page, f"{name}@demo.example", house.password)
            kept[name] = window.context.storage_state()
            window.check()
            window.context.close()
        return kept[name]

    return state


@pytest.fixture
def open_window(house: houses.House, chromium: Browser, signed_in: Callable[[str], Any]) -> Iterator[Callable[..., Page]]:
    """Opens a window of a given width, signed in as a demo account if one is named."""
    windows: list[watching.Window] = []

    def opened(width: int, account: str = "", **options: Any) -> Page:
        if account:
            options["storage_state"] = signed_in(account)
        windows.append(watching.Window(chromium, house.url, width=width, **options))
        return windows[-1].page

    yield opened
    for window in windows:
        window.context.close()
    for window in windows:
        window.check()


@pytest.fixture(scope="package")
def reception(house: houses.House, chromium: Browser, signed_in: Callable[[str], Any]) -> watching.Window:
    """The clinician's window in which every invented patient is enrolled; the browser closes it."""
    return watching.Window(chromium, house.url, width=1280, storage_state=signed_in("clinician"))


@pytest.fixture(scope="package")
def session_of(house: houses.House) -> Iterator[Callable[[str], str]]:
    with houses.doorman(house) as session_of:
        yield session_of


@pytest.fixture
def enrolled(reception: watching.Window) -> Callable[..., str]:
    """Enrols an invented patient on the clinician's page; returns the address they sign in with."""

    def enrolled(name: str = "Rosa Lindqvist", *, day: int = 4) -> str:
        email = f"e2e{next(NUMBERS)}@demo.example"
        steps.enrol(reception.page, name, email, treated=steps.days_ago(day))
        reception.check()
        return email

    return enrolled


@pytest.fixture
def new_patient(
    enrolled: Callable[..., str], session_of: Callable[[str], str], open_window: Callable[..., Page], house: houses.House
) -> Callable[..., Page]:
    """The window of an invented patient who is signed in."""

    def patient(name: str = "Rosa Lindqvist", *, day: int = 4, width: int = 390, **options: Any) -> Page:
        page = open_window(width, **options)
        session = session_of(enrolled(name, day=day))
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": house.url}])
        return page

    return patient
