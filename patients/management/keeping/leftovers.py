"""What a killed backup or restore has left behind: the whole database, unencrypted."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings

OLD = 24 * 60 * 60  # seconds; a younger one may be of a run that is under way
NAMES = re.compile(r"(backup|restore)-[a-z0-9_]{8}")  # as tempfile makes them
DATABASE_AND_JOURNALS = {f"database{more}" for more in ("", "-journal", "-wal", "-shm")}
WRITTEN = DATABASE_AND_JOURNALS | {"photos", "list"}


def part_of(archive: Path) -> Path:
    """An archive's name until it is whole."""
    return archive.with_name(f".{archive.name}.part")


def remove(archive: Path) -> None:
    """One that cannot be removed stops nothing: it is tried again with the next run."""
    with suppress(OSError):
        part_of(archive).unlink()
    with suppress(OSError):
        for path in Path(settings.VAR_DIR).iterdir():
            if _is_left(path):
                shutil.rmtree(path, ignore_errors=True)


def _is_left(path: Path) -> bool:
    if not NAMES.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
        return False
    held = list(path.iterdir())
    # Somebody may keep archives in a folder of such a name.
    is_ours = all(one.name in WRITTEN and one.is_file() and not one.is_symlink() for one in held)
    return is_ours and max(one.lstat().st_mtime for one in (path, *held)) < time.time() - OLD
