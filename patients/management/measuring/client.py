"""A browser reduced to what is measured: one signed-in request at a time, and forms with their CSRF token."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.management.base import CommandError

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `queries` only from a server that counts them."""

    status: int
    seconds: float
    body: str
    size: int
    queries: int | None
    csrf_cookie: str


class Browser:
    def __init__(self, port: int, session: str) -> None:
        self.port, self.session = port, session

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, cookies=f"sessionid={self.session}")

    def filled(self, path: str, fields: dict[str, str]) -> Callable[[], Answer]:
        """Opens the form of a page; what is returned sends it."""
        page = self.get(path)
        token = TOKEN.search(page.body)
        if page.status != 200 or token is None:
            raise CommandError(f"{path} answered {page.status} without a form")
        cookies = f"sessionid={self.session}; csrftoken={page.csrf_cookie}"
        body = urlencode(fields | {"csrfmiddlewaretoken": token[1]})
        return lambda: self._ask("POST", path, cookies=cookies, body=body)

    def _ask(self, method: str, path: str, *, cookies: str, body: str | None = None) -> Answer:
        headers = {"Cookie": cookies} | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        start = time.perf_counter()
        # One for each request: gunicorn's sync workers close it after the answer.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - start
        connection.close()
        queries = response.headers.get("X-Queries")
        cookie = re.search(r"csrftoken=([^;]+)", response.headers.get("Set-Cookie", ""))
        return Answer(
            response.status, seconds, content.decode(), len(content), int(queries) if queries else None, cookie[1] if cookie else ""
        )
