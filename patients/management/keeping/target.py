"""Where an archive is restored to: whether nothing is there that could be lost, and how the database is put there."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from patients import photo_store
from patients.management.keeping import server, snapshot
from patients.models import User
from recovery.archive.errors import Refused
from recovery.archive.manifest import Sum

PEOPLE = User._meta.db_table
COUNT = "SELECT count(*) FROM {}"
AWAY = "A backup is only restored where nothing can be lost: move what is there away, or set DATABASE_URL and VAR_DIR to new places."


def check_empty() -> None:
    """Raises Refused where people or photos are there."""
    if _count_people():
        raise Refused(f"This database holds people. {AWAY}")
    if not photo_store.is_empty():
        raise Refused(f"The place of the photos holds files. {AWAY}")


def put_database(copy: Path, tables: Mapping[str, Sum]) -> None:
    """In the place of what is there, proven. Raises Refused."""
    if connection.vendor == "sqlite":
        _compare(tables, snapshot.sums_of_file(copy))
        _put_file(copy)
    else:
        _clear_server()
        server.restore(copy)
        _compare(tables, snapshot.sums_of_server())


def _compare(said: Mapping[str, Sum], found: Mapping[str, Sum]) -> None:
    other = sorted(name for name in {*said, *found} if said.get(name) != found.get(name))
    if other:
        raise Refused(
            f"After restoring, the table {other[0]} does not hold the rows of the archive. Restore again, or take another archive."
        )


def _count_people() -> int:
    if connection.vendor == "sqlite":
        return _count_in_file(_file())
    with connection.cursor() as cursor:
        return User.objects.count() if PEOPLE in connection.introspection.table_names(cursor) else 0


def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _count_in_file(path: Path) -> int:
    if not path.exists() or not path.stat().st_size:
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=1)) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [PEOPLE]).fetchone():
                return 0
            return int(database.execute(COUNT.format(PEOPLE)).fetchone()[0])
    except sqlite3.Error as error:
        raise Refused(f"{path} is there and cannot be read as a database ({error}). {AWAY}") from error


def _put_file(copy: Path) -> None:
    path = _file()
    connection.close()
    if path.exists():
        _leave_wal(path)
    copy.chmod(0o600)
    copy.replace(path)
    photo_store.settle(path.parent)


def _leave_wal(path: Path) -> None:
    """Nobody else has it open, and no journal is left beside it that SQLite would take for the new one's."""
    try:
        with closing(sqlite3.connect(path, timeout=1)) as database:
            mode = database.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise Refused(server.RUNNING) from error
    if mode != "delete":
        raise Refused(server.RUNNING)


def _clear_server() -> None:
    """Takes away the empty tables of a fresh installation; they may be of another version than the archive's."""
    server.check_alone()
    with transaction.atomic(), connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(name)} CASCADE")
        cursor.execute("SELECT p.oid::regprocedure FROM pg_proc p WHERE p.proname LIKE 'patients\\_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {name}")
    connection.close()


@dataclass(frozen=True, slots=True)
class Begun:
    """The archive whose restore has begun, by its SHA-256, and where it goes."""

    archive: str
    database: str
    photos: str


def database() -> str:
    """Which one it is, without who signs in to it."""
    said = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite {_file().resolve()}"
    return f"{connection.vendor} {said['HOST']}:{said['PORT']}/{said['NAME']}"


def photos() -> str:
    folder = photo_store.folder()
    if folder is not None:
        return str(folder.resolve())
    said = settings.STORAGES["photos"].get("OPTIONS", {})
    return f"{said.get('endpoint_url', '')}/{said.get('bucket_name', '')}"


def marker() -> Path:
    """Says what was begun here; while it lies there, neither the site nor a command starts (patients.checks)."""
    return Path(settings.VAR_DIR) / settings.RESTORING


def read_marker() -> Begun | None:
    """None where no restore was interrupted. Raises Refused where that cannot be told."""
    try:
        return Begun(**json.loads(marker().read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        said = f"A restore was interrupted here, and {marker()} does not say which."
        raise Refused(f"{said} Set DATABASE_URL and VAR_DIR to new places and restore there.") from error


def write_marker(begun: Begun) -> None:
    """Whole or not at all."""
    path = marker()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("w") as out:
        json.dump(asdict(begun), out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    photo_store.settle(path.parent)
