"""A gunicorn of its own over a throwaway database, and how much CPU its workers have used."""

from __future__ import annotations

import os
import socket
import subprocess  # noqa: S404 - starts only this project's own programs
import sys
import time
from pathlib import Path
from types import TracebackType

from django.conf import settings
from django.core.management.base import CommandError

SETTINGS = "tests.bench.settings"
TASKS = "/proc/{pid}/task"
# What an installation may set otherwise.
CHANGED = {"DEBUG", "WORKERS", "BASE_URL", "ALLOWED_HOSTS", "PHOTOS_URL", "PHOTOS_AT_ONCE", "FROM_EMAIL", "GUNICORN_CMD_ARGS"}
PATIENCE = 30.0


def environment(var: Path, database: Path | str) -> dict[str, str]:
    """The environment of a child: the shipped defaults, but nothing of this installation's data. `database`: a file or a URL."""
    kept = {name: value for name, value in os.environ.items() if name not in CHANGED}
    return kept | {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "VAR_DIR": str(var),
        "DATABASE_URL": database if isinstance(database, str) else f"sqlite:///{database}",
        "SECRET_KEY": "only-for-measuring-" * 4,
        "EMAIL_URL": "dummymail://",
    }


def cpu_ns(pids: list[int]) -> int:
    """CPU time of all threads of these processes so far, in nanoseconds; user and system together."""
    return sum(_thread_ns(task) for pid in pids for task in Path(TASKS.format(pid=pid)).iterdir())


def _thread_ns(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except FileNotFoundError:  # a kernel without scheduler statistics: clock ticks are coarser, but there
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class Server:
    """Gunicorn as shipped, on a free port, until the `with` block ends."""

    def __init__(self, var: Path, database: Path, *, counts_queries: bool = False) -> None:
        self.port = _free_port()
        self._env = environment(var, database) | {"BIND": f"127.0.0.1:{self.port}"}
        if counts_queries:
            self._env["BENCH_COUNTS_QUERIES"] = "1"

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "gunicorn", "--log-level", "warning", "recovery.wsgi"]
        self._process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self._env)  # noqa: S603 - fixed words
        self._wait()
        self.workers = _children(self._process.pid)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(timeout=PATIENCE)

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                time.sleep(1)  # the listening socket is there before the workers are
                return
        self._process.kill()
        raise CommandError("gunicorn did not start; its words are above.")

    @property
    def cpu_ns(self) -> int:
        return cpu_ns(self.workers)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # ended in the meantime
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
