"""Each migration stopped at a statement taken at random, then run again: the schema is that of a run without a stop."""

import random
import re
import sqlite3

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.transaction import TransactionManagementError

from patients.management.commands.migrate import WholeMigrations

SEED = 6


class Stopped(Exception):
    pass


class Watching:
    """Counts the writing statements, and stops at one of them."""

    def __init__(self, limit=None):
        self.limit, self.count = limit, 0

    def __call__(self, execute, sql, params, many, context):
        if not re.match(r"\s*(SELECT|PRAGMA|SAVEPOINT|RELEASE|BEGIN|ROLLBACK)", str(sql)):
            self.count += 1
            if self.count == self.limit:
                raise Stopped(sql)
        return execute(sql, params, many, context)


class Counted(WholeMigrations):
    """As `manage.py migrate` does it; notes how many writing statements each has."""

    counts = {}

    def apply_migration(self, state, migration, **fake):
        with connection.execute_wrapper(watching := Watching()):
            state = super().apply_migration(state, migration, **fake)
        self.counts[migration] = watching.count
        return state


class Stopping(WholeMigrations):
    """Each of ours is stopped at a statement taken at random, and at the very last, which notes that it was applied."""

    chance, stops = random.Random(SEED), []

    def apply_migration(self, state, migration, **fake):
        if migration.app_label == "patients":
            last = Counted.counts[migration]
            for limit in {self.chance.randint(1, last), last}:
                self.stop(state.clone(), migration, limit)
        return super().apply_migration(state, migration, **fake)

    def stop(self, state, migration, limit):
        with pytest.raises((Stopped, TransactionManagementError)), connection.execute_wrapper(Watching(limit)):
            super().apply_migration(state, migration)
        if connection.vendor == "sqlite":
            # As where the process ends; Django’s editor leaves its transaction open when it is stopped within a bulk write.
            connection.connection.close()
            connection.connection = None
            connection.connect()
        assert (migration.app_label, migration.name) not in self.recorder.applied_migrations()
        self.stops.append(migration.name)


@pytest.fixture
def empty(db, tmp_path):
    """An empty database in place of the tests' own."""
    outer = connections["default"]
    name = outer.settings_dict["NAME"]
    if outer.vendor == "sqlite":
        outer.settings_dict["NAME"] = str(tmp_path / "empty.sqlite3")
    else:
        outer.close()
        outer.close_pool()  # of the tests' own database
        outer.settings_dict["NAME"] = f"{name}_empty"
        with outer._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}_empty" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}_empty"')
    connections["default"] = inner = connections.create_connection("default")
    try:
        yield
    finally:
        inner.close()
        if outer.vendor != "sqlite":
            inner.close_pool()
            with outer._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}_empty" WITH (FORCE)')
        connections["default"] = outer
        outer.settings_dict["NAME"] = name


def schema():
    """Everything that makes the tables what they are; and that what migrations fill in is there once."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
            found = cursor.fetchall()
        else:
            cursor.execute(
                "SELECT 'column', table_name, column_name, data_type || is_nullable || coalesce(column_default, '') "
                "FROM information_schema.columns WHERE table_schema = 'public' "
                "UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
                "UNION ALL SELECT 'trigger', event_object_table, trigger_name, event_manipulation || action_statement "
                "FROM information_schema.triggers UNION ALL "
                "SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid > 0"
            )
            found = cursor.fetchall()
        for table in ("band", "protocol", "claim", "symptom"):
            cursor.execute(f"SELECT count(*) FROM patients_{table}")
            found.append(("rows", table, str(cursor.fetchone()[0]), ""))
        cursor.execute("SELECT app, name FROM django_migrations")
        found += [("migration", *key, "") for key in cursor.fetchall()]
    return sorted({tuple(str(value) for value in row) for row in found})


def test_each_is_whole_or_not_there(empty):
    (newest,) = MigrationExecutor(connection).loader.graph.leaf_nodes("patients")
    Counted(connection).migrate([newest])
    whole = schema()
    _emptied()
    Stopping(connection).migrate([newest])
    assert len({*Stopping.stops}) == sum(migration.app_label == "patients" for migration in Counted.counts)
    assert schema() == whole


def test_manage_py_migrate_is_the_one_that_does_so(monkeypatch):
    used = []
    monkeypatch.setattr(migrate.Command, "handle", lambda *args, **options: used.append(migrate.MigrationExecutor))
    call_command("migrate")
    assert used == [WholeMigrations]
    assert migrate.MigrationExecutor is MigrationExecutor


def _emptied():
    if connection.vendor == "sqlite":
        connection.close()
        with sqlite3.connect(connection.settings_dict["NAME"]) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall()
            database.execute("PRAGMA foreign_keys = OFF")
            for (name,) in names:
                database.execute(f'DROP TABLE "{name}"')
            database.execute("DELETE FROM sqlite_sequence")
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
