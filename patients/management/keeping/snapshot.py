"""The database at one moment, while everybody goes on writing: a copy in a file, its rows counted and summed, its photos named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from patients.management.keeping import server
from recovery.archive.manifest import Sum

PHOTOS = 'SELECT "uuid", "full", "thumb", "size_bytes", "sha256" FROM patients_photo ORDER BY id'
ROWS_OF_FILE = 'SELECT * FROM "{}" ORDER BY rowid'
ROWS_OF_SERVER = "SELECT t::text FROM {} AS t ORDER BY {}"
MIGRATIONS = "SELECT app || '.' || name FROM django_migrations"


@dataclass(frozen=True, slots=True)
class Snapshot:
    tables: Mapping[str, Sum]
    migrations: list[str]


def take(copy: Path, photos: Path) -> Snapshot:
    """Writes the copy, and what its rows say of each photo, one a line."""
    with _source() as source:
        rows = source.copy_to(copy)
        with photos.open("w") as file:
            for row in rows(PHOTOS):
                file.write(json.dumps(row, default=str) + "\n")
        return Snapshot(source.sums(), sorted(name for (name,) in rows(MIGRATIONS)))


def sums_of_file(path: Path) -> dict[str, Sum]:
    with closing(sqlite3.connect(path)) as database:
        return _File(database).sums()


def sums_of_server() -> dict[str, Sum]:
    with transaction.atomic():
        return _Server().sums()


@contextmanager
def _source() -> Iterator[_File | _Server]:
    if connection.vendor == "sqlite":
        # A connection of its own, in one read transaction: what is summed is what is copied.
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=20, isolation_level=None)) as database:
            database.execute("BEGIN")
            yield _File(database)
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield _Server()


class _File:
    """A SQLite database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # Whatever stands there is summed, also what is no text.
        database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")

    def copy_to(self, path: Path) -> Any:
        names = self._names()  # the first question opens the snapshot
        with closing(sqlite3.connect(path)) as copy:
            self._database.backup(copy)
            assert names, "a database without tables"
        return self._database.execute

    def sums(self) -> dict[str, Sum]:
        return {name: _sum(map(_as_text, self._database.execute(ROWS_OF_FILE.format(name)))) for name in self._names()}

    def _names(self) -> list[str]:
        found = self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'")
        return sorted(name for (name,) in found)


class _Server:
    """A PostgreSQL database, within a transaction."""

    def copy_to(self, path: Path) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            server.dump(path, str(cursor.fetchone()[0]))
        return _streamed

    def sums(self) -> dict[str, Sum]:
        return {name: _sum(text for (text,) in _streamed(_in_key_order(name))) for name in _server_tables()}


def _server_tables() -> list[str]:
    with connection.cursor() as cursor:
        return sorted(table.name for table in connection.introspection.get_table_list(cursor) if table.type == "t")


def _in_key_order(table: str) -> str:
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        key = connection.introspection.get_primary_key_column(cursor, table)
        columns = {column.name: column for column in connection.introspection.get_table_description(cursor, table)}
    is_number = key is not None and connection.introspection.get_field_type(columns[key].type_code, columns[key]).endswith("IntegerField")
    # Text stands in another order where another language is set up, so it is ordered by its bytes.
    order = f"t.{quoted(key)}" if is_number and key else 't::text COLLATE "C"'
    return ROWS_OF_SERVER.format(quoted(table), order)


def _streamed(question: str) -> Iterator[tuple[Any, ...]]:
    """Read by a cursor of the server: a million rows are not held here."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(question)
        yield from cursor


def _as_text(row: tuple[Any, ...]) -> str:
    return json.dumps(row, default=bytes.hex)


def _sum(rows: Iterable[str]) -> Sum:
    digest, count = sha256(), 0
    for row in rows:
        digest.update(row.encode("utf-8", "surrogateescape") + b"\n")
        count += 1
    return Sum(count, digest.hexdigest())
