"""PostgreSQL's own programs, started for the database of the settings. The password goes by the environment, where `ps` shows none."""

from __future__ import annotations

import os
import subprocess  # noqa: S404 - starts only PostgreSQL's own programs
import time
from pathlib import Path

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from recovery.archive.errors import Refused

RUNNING = "The application is running on this database. Stop it first (and its timers), then restore, then start it."
OTHERS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
LOOKS, PAUSE = 20, 0.1  # a connection that was closed is still listed for a moment


def check_alone() -> None:
    """Raises Refused while others have the database open."""
    connection.close()
    close_pool()  # its connections are ours
    with connection.Database.connect(**connection.get_connection_params()) as own:  # type: ignore[attr-defined]
        for _ in range(LOOKS):
            if own.execute(OTHERS).fetchone() == (0,):
                return
            time.sleep(PAUSE)
    raise Refused(RUNNING)


def close_pool() -> None:
    if hasattr(connection, "close_pool"):
        connection.close_pool()


def dump(path: Path, snapshot: str) -> None:
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}"], [])


def restore(path: Path) -> None:
    """All of it in one transaction: after an interruption nothing of it is there."""
    _run(["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"], [str(path)])


def _run(words: list[str], last: list[str]) -> None:
    args, secrets = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    where, name = args[1:-1], args[-1]
    command = [*words, "--no-password", *where, f"--dbname={name}", *last]
    try:
        done = subprocess.run(command, env=os.environ | (secrets or {}), capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise Refused(f"{words[0]} is not installed. Install PostgreSQL’s client programs, of the server’s version or newer.") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it did not say why"])[0]
        raise Refused(f"{words[0]} failed: {said}")
