"""The real server as a subprocess: its own files, its own database, the demo clinic in it."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
LONGEST_START = 120  # seconds; the demo migrates and seeds first
NOT_INHERITED = ("DATABASE_URL", "ALLOWED_HOSTS", "DEBUG", "PHOTOS_URL", "PHOTOS_AT_ONCE", "SECRET_KEY")


@dataclass(frozen=True, slots=True)
class House:
    """One running installation. `environ` is what its commands run with."""

    url: str
    folder: Path
    environ: Mapping[str, str]

    @property
    def password(self) -> str:
        return self.environ["DEMO_PASSWORD"]

    def shell(self, code: str) -> str:
        """Runs Python inside the installation, for what no page can do; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
            cwd=ROOT, env=dict(self.environ), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def latest_mail_to(self, address: str) -> str:
        """The newest mail to one address; mails are files, in the order they were sent."""
        mails = sorted((self.folder / "mail").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        found = [text for text in (path.read_text() for path in mails) if f"To: {address}\n" in text]
        assert found, f"no mail to {address}"
        return found[-1]

    def code_sent_to(self, address: str) -> str:
        """The sign-in code that was mailed last."""
        found = re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", self.latest_mail_to(address), re.MULTILINE)
        assert found, self.latest_mail_to(address)
        return found[1]


# Answers an address with the key of a new session: signing in dozens of people by code would meet the rate limits.
DOORMAN = """
import sys
from importlib import import_module
from django.conf import settings
from django.contrib import auth
from patients.models import User
for line in sys.stdin:
    user = User.objects.get(email=line.strip())
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[auth.SESSION_KEY] = str(user.pk)
    session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(session.session_key, flush=True)
"""


@contextmanager
def doorman(house: House) -> Iterator[Callable[[str], str]]:
    """A function from an address to a session key, for as long as the block lasts."""
    words = [sys.executable, "manage.py", "shell", "-v", "0", "-c", DOORMAN]
    with subprocess.Popen(words, cwd=ROOT, env=dict(house.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def session_of(address: str) -> str:
            print(address, file=process.stdin, flush=True)
            return process.stdout.readline().strip()

        yield session_of
        process.stdin.close()


@contextmanager
def running(folder: Path) -> Iterator[House]:
    """`manage.py demo` on a free port until the block ends."""
    with own_database() as database:
        house = House(f"http://127.0.0.1:{free_port()}", folder, {})
        house = House(house.url, folder, _environ(house, database))
        log = folder / "server.log"
        with log.open("w") as out:
            server = subprocess.Popen(
                [sys.executable, "manage.py", "demo"],
                cwd=ROOT, env=dict(house.environ), stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                _wait_for(house.url + "/health/", server, log)
                yield house
            finally:
                _stop(server)


def _environ(house: House, database: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return inherited | dict(database) | {
        "VAR_DIR": str(house.folder / "var"),
        "EMAIL_URL": f"filemail:///{house.folder / 'mail'}",
        "DEMO_PASSWORD": secrets.token_urlsafe(12),
        "BASE_URL": house.url,
        "BIND": urlsplit(house.url).netloc,
        "WORKERS": "2",
    }  # fmt: skip


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def own_database() -> Iterator[dict[str, str]]:
    """A database of its own in the PostgreSQL cluster of DATABASE_URL; otherwise SQLite in the folder."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres://", "postgresql://")):
        yield {}
        return
    import psycopg  # only where PostgreSQL is used

    name = f"e2e_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as cluster:
        cluster.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        finally:
            cluster.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + LONGEST_START
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")


def _stop(server: subprocess.Popen) -> None:
    """Its whole process group: gunicorn and its workers."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, sign)
            server.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return
