"""Whether this installation can take a log at this moment: asked by `/health/` and before the site starts."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from patients import photo_store

LEAST_FREE_BYTES = 100_000_000  # below it a log could be lost in the middle of a write


def is_well() -> bool:
    return _has_room() and photo_store.is_writable() and _can_write()


def _can_write() -> bool:
    """The lock of a write is there to be had, nothing is written, and the tables are those of this version."""
    try:
        # SQLite takes its lock with the transaction, PostgreSQL that of the rows; both refuse it where they are read-only.
        with transaction.atomic():
            return not missing_migrations(is_locking=True)
    except DatabaseError:
        return False


def missing_migrations(*, is_locking: bool = False) -> list[str]:
    """Of the newest of each app, those that are not applied."""
    if not MigrationRecorder(connection).has_table():
        return sorted(".".join(key) for key in _newest())
    rows = MigrationRecorder.Migration.objects.all()
    applied = set((rows.select_for_update() if is_locking else rows).values_list("app", "name"))
    return sorted(".".join(key) for key in _newest() if key not in applied)


@cache
def _newest() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def _has_room() -> bool:
    places = {Path(settings.VAR_DIR), *filter(None, [photo_store.folder()])}
    return all(shutil.disk_usage(_there(place)).free >= LEAST_FREE_BYTES for place in places)


def _there(place: Path) -> Path:
    """The folder itself, or the one that it will be made in."""
    return place if place.exists() else _there(place.parent)
