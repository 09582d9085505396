"""Restoring a backup: proven first, written beside, then put into its place. Safe to interrupt and to run again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from patients import photo_store
from patients.actions.keeping import note_backup_restored
from patients.management.keeping import leftovers, target
from patients.management.keeping.target import Begun
from recovery.archive import sealing
from recovery.archive.errors import Refused
from recovery.archive.manifest import Manifest
from recovery.archive.packing import DATABASE, LIST, Part, photo_name, unpacked


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    is_older: bool


def read_archive(path: Path, key: str) -> Manifest:
    """Proves each bit of it and restores nothing. Raises Refused."""
    sealing.check_key(key)
    with _opened(path) as file:
        return unpacked(file, key)


def restore_backup(path: Path, key: str) -> Restored:
    """Nothing is touched before the archive is proven and the target known to be empty. Raises Refused."""
    leftovers.remove(path)
    manifest = read_archive(path, key)
    _check_fits(manifest)
    _begin(path)
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR, prefix="restore-") as folder:
        place = _Place(Path(folder))
        with _opened(path) as file:
            unpacked(file, key, place.take)
        place.check_photos()
        target.put_database(place.database, manifest.tables)
        place.put_photos()
    is_older = {*manifest.migrations} < _known_migrations()
    call_command("migrate", verbosity=0)
    note_backup_restored({"made_at": manifest.made_at, "rows": manifest.rows, "photos": manifest.photos.count})
    target.marker().unlink()
    return Restored(manifest, is_older)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}). Name a file that `manage.py backup` has made.") from error


def _known_migrations() -> set[str]:
    return {".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def _check_fits(manifest: Manifest) -> None:
    if manifest.engine != connection.vendor:
        here = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        said = f"This archive holds a {here[manifest.engine]} database, and DATABASE_URL names {here[connection.vendor]}."
        raise Refused(f"{said} Set DATABASE_URL to a database of the same kind.")
    unknown = sorted({*manifest.migrations} - _known_migrations())
    if unknown:
        said = f"This archive was made by a newer version of this application (it knows {unknown[0]})."
        raise Refused(f"{said} Install that version, then restore.")


def _begin(path: Path) -> None:
    """Writes down what is restored where, so that what an interruption leaves is known to be nobody's."""
    with path.open("rb") as file:
        begun = Begun(file_digest(file, "sha256").hexdigest(), target.database(), target.photos())
    before = target.read_marker()
    if before is None:
        target.check_empty()
        target.write_marker(begun)
    elif (before.database, before.photos) != (begun.database, begun.photos):
        # What is there now may be a populated one, which nobody has asked about.
        said = f"A restore to another place was interrupted here: to the database {before.database}, with photos in {before.photos}."
        raise Refused(
            f"{said} Set DATABASE_URL, PHOTOS_URL and VAR_DIR as they were then and restore again, or set VAR_DIR to a new place."
        )
    elif before.archive != begun.archive:
        said = "Restoring another archive was interrupted here. Restore that one again, or set DATABASE_URL and VAR_DIR to new places."
        raise Refused(f"{said} The SHA-256 of that archive is {before.archive}.")


class _Place:
    """The parts of an archive beside their place."""

    def __init__(self, folder: Path) -> None:
        self.database, self._list, self._photos = folder / "database", folder / "list", photo_store.folder()
        self._new = None
        if self._photos is not None:
            # On the same disk as the folder itself, which may be another than that of VAR_DIR.
            self._new = self._photos.with_name(f".{self._photos.name}.restoring")
            shutil.rmtree(self._new, ignore_errors=True)  # of an interrupted run
            self._new.mkdir(mode=0o700, parents=True)

    def take(self, part: Part) -> None:
        name = photo_name(part)
        if name is None:
            _write({DATABASE: self.database, LIST: self._list}[part.name], part.chunks())
        elif self._new is not None:
            _write(self._new / name, part.chunks())
        else:
            photo_store.remove([name])  # of an interrupted run
            photo_store.take_in(name, part.chunks())

    def check_photos(self) -> None:
        """What lies there now, read again, is what the archive's list says."""
        with self._list.open() as lines:
            for line in lines:
                name, size, digest = line.split()
                if self._read(name) != (int(size), digest):
                    raise Refused(f"After restoring, the photo file {name} is not that of the archive. Restore again; look at the disk.")

    def _read(self, name: str) -> tuple[int, str]:
        with (self._new / name).open("rb") if self._new else photo_store.opened(name) as file:
            digest, count = sha256(), 0
            while data := file.read(sealing.CHUNK):
                digest.update(data)
                count += len(data)
        return count, digest.hexdigest()

    def put_photos(self) -> None:
        if self._new is None or self._photos is None:
            return
        photo_store.settle(self._new)
        # Empty, or of an interrupted run: that was asked before anything was written.
        shutil.rmtree(self._photos, ignore_errors=True)
        self._new.rename(self._photos)
        photo_store.settle(self._photos.parent)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
