"""Several people at the same moment, each with a connection of their own, in a copy of the test database that is thrown away."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier

from django.db import connections

from patients.actions import audit
from patients.errors import NotNow

COPY = "apart"
HELD = 0.15  # seconds that a change stays open before it is committed, so that the other one surely meets it


@contextmanager
def apart(folder):
    """A copy of the database in which every thread commits for good: the tests' own transaction is seen by one connection only."""
    outer = connections["default"]
    name = outer.settings_dict["NAME"]
    outer.settings_dict["NAME"] = _in_a_file(outer, folder) if outer.vendor == "sqlite" else _cloned(outer)
    connections["default"] = inner = connections.create_connection("default")
    try:
        yield
    finally:
        inner.close()
        if outer.vendor != "sqlite":
            inner.close_pool()
        connections["default"] = outer
        outer.settings_dict["NAME"] = name
        if outer.vendor != "sqlite":
            outer.creation.destroy_test_db(suffix=COPY, verbosity=0)


def _in_a_file(connection, folder):
    """SQLite in memory locks whole tables between threads; a file behaves as it does in earnest."""
    connection.connection.rollback()  # the test's own transaction, empty as yet, would lock out the copying
    path = folder / "apart.sqlite3"
    with closing(sqlite3.connect(path)) as target:
        connection.connection.backup(target)
    return str(path)


def _cloned(connection):
    # PostgreSQL copies a database only while nobody is connected to it.
    connection.close()
    connection.close_pool()
    connection.creation.clone_test_db(COPY, verbosity=0)
    return connection.creation.get_test_db_clone_settings(COPY)["NAME"]


def together(*tasks):
    """Starts all at the same moment; hands back what each returned, or the refusal that it met."""
    gate = Barrier(len(tasks))

    def run(task):
        try:
            gate.wait(10)
            return task()
        except NotNow as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result(60) for future in [pool.submit(run, task) for task in tasks]]


def held_open(monkeypatch):
    """Every change waits a moment before it is committed."""
    record = audit.record

    def slowly(*args, **kwargs):
        record(*args, **kwargs)
        time.sleep(HELD)

    monkeypatch.setattr(audit, "record", slowly)
