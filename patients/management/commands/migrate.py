"""Django's own `migrate`, safe to interrupt: a migration and the note that it was applied are one transaction.

Django writes that note after the transaction wherever a migration leaves indexes for its end. Stopped in between, the next run
meets tables that are there already, and no run comes further.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class WholeMigrations(MigrationExecutor):
    def apply_migration(self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False) -> ProjectState:
        if not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        with _whole(self.connection):
            return super().apply_migration(state, migration, fake, fake_initial)


@contextmanager
def _whole(connection: BaseDatabaseWrapper) -> Iterator[None]:
    # SQLite cannot switch its constraints off within a transaction, and rebuilds tables while they are off.
    was_on = connection.vendor == "sqlite" and connection.disable_constraint_checking()
    try:
        with transaction.atomic(connection.alias):
            yield
    finally:
        if was_on:
            connection.enable_constraint_checking()


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # The one place where Django's command takes its executor from.
        migrate.MigrationExecutor = WholeMigrations  # type: ignore[attr-defined]
        try:
            super().handle(*args, **options)
        finally:
            migrate.MigrationExecutor = MigrationExecutor  # type: ignore[attr-defined]
