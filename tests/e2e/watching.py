"""Browser windows that notice what a person would not: errors, refused policies, other origins, missing styles."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
HEIGHTS = {320: 700, 390: 844, 640: 800, 768: 1024, 1280: 900}


def chromium_path() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def missing() -> str:
    """Why no browser test can run here, or nothing."""
    for module, package in {"playwright": "playwright", "axe_playwright_python": "axe-playwright-python"}.items():
        if find_spec(module) is None:
            return f"{package} is not installed: pip install -r requirements-dev.txt"
    path = chromium_path()
    if path is None or not Path(path).exists():
        return "there is no Chromium: apt-get install chromium, or set CHROMIUM to its path"
    return ""


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=chromium_path(), args=ARGS)


class Window:
    """A browser context of one person with a page in it, and everything that went wrong there."""

    def __init__(self, browser: Browser, origin: str, *, width: int, expect: Collection[int] = (), **options: Any) -> None:
        self.origin, self.expected, self.troubles = origin, set(expect), list[str]()
        self.styles: dict[str, int] = {}
        size = {"width": width, "height": HEIGHTS[width]}
        self.context: BrowserContext = browser.new_context(
            base_url=origin, viewport=size, locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce", **options
        )
        self.context.set_default_timeout(10_000)
        self.context.on("request", self._request)
        self.context.on("response", self._response)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.troubles.append(f"script error: {error.error}"))
        self.page: Page = self.context.new_page()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self.troubles.append(f"asked another origin: {request.url}")

    def _response(self, response: Response) -> None:
        if response.url.split("?")[0].endswith(".css"):
            self.styles[response.url] = response.status
        if response.status >= 400 and response.status not in self.expected:
            self.troubles.append(f"{response.status} for {response.request.method} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        """Errors and refusals of the content security policy; a status that is expected is no error."""
        if message.type not in ("error", "warning") or any(f"status of {status} " in message.text for status in self.expected):
            return
        self.troubles.append(f"console {message.type}: {message.text}")

    def check(self) -> None:
        """Fails with all that was noticed since the window was opened."""
        assert not self.troubles, "\n".join(self.troubles)
        assert len(self.styles) >= 2, f"the pages have no styles: {self.styles}"
        assert set(self.styles.values()) == {200}, self.styles
