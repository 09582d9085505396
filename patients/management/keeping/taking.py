"""Taking a backup: one file with the database and its photos as they were at one moment."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from patients import photo_store
from patients.actions.keeping import note_backup_taken
from patients.management.keeping import leftovers, snapshot
from patients.models import Photo
from recovery.archive import sealing
from recovery.archive.errors import Refused
from recovery.archive.manifest import Manifest
from recovery.archive.packing import DATABASE, Packer, unpacked

TRIES = 3
PHOTO_COLUMNS = ("uuid", "full", "thumb", "size_bytes", "sha256")  # as snapshot.PHOTOS asks for them


@dataclass(frozen=True, slots=True)
class Taken:
    manifest: Manifest
    size: int
    sha256: str
    unnoted: str = ""  # why it could not be written down in the audit


class _Overtaken(Exception):
    """A photo was removed by its owner since the snapshot was taken: an archive with its row would be no whole one."""


def take_backup(path: Path, key: str, *, may_miss: bool = False) -> Taken:
    """Under its name there is a whole archive, read back and proven, or none. Raises Refused."""
    sealing.check_key(key)
    _check_place(path)
    leftovers.remove(path)
    for _ in range(TRIES):
        try:
            taken = _take(path, key, may_miss)
        except _Overtaken:
            continue
        try:
            note_backup_taken(_said(taken, key))
        except DatabaseError as error:
            return replace(taken, unnoted=f"{type(error).__name__}: {error}")
        return taken
    raise Refused(f"Photos were removed while the backup was taken, {TRIES} times in a row. Take it at a quieter time.")


def _check_place(path: Path) -> None:
    if path.exists():
        raise Refused(f"{path} is there already, and nothing is overwritten. Name a file that is not there.")
    if not path.parent.is_dir():
        raise Refused(f"The folder {path.parent} is not there. Make it, or name another one.")


def _take(path: Path, key: str, may_miss: bool) -> Taken:
    # Beside the data, not beside the archive: what is written here is not encrypted.
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR, prefix="backup-") as folder, _put_in_place(path) as out:
        copy, photos = Path(folder, "database"), Path(folder, "photos")
        found = snapshot.take(copy, photos)
        with Path(folder, "list").open("w+b") as lines:
            writer = sealing.writer(out, key)
            packer = Packer(writer, lines)
            with copy.open("rb") as file:
                database = packer.add(DATABASE, file, copy.stat().st_size)
            copy.unlink()
            wanting = [uuid for row in _rows(photos) for uuid in _pack(packer, row, may_miss)]
            made_at = timezone.now().isoformat(timespec="seconds")
            packer.finish(Manifest(made_at, connection.vendor, found.migrations, found.tables, database, packer.photos, wanting))
        return _read_back(out, key)


@contextmanager
def _put_in_place(path: Path) -> Iterator[BinaryIO]:
    part = leftovers.part_of(path)
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
        photo_store.settle(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _read_back(out: BinaryIO, key: str) -> Taken:
    out.flush()
    out.seek(0)
    manifest = unpacked(out, key)
    out.seek(0)
    digest, size = sha256(), 0
    while data := out.read(sealing.CHUNK):
        digest.update(data)
        size += len(data)
    return Taken(manifest, size, digest.hexdigest())


def _rows(photos: Path) -> Iterator[dict[str, Any]]:
    with photos.open() as lines:
        for line in lines:
            uuid, *others = json.loads(line)
            yield dict(zip(PHOTO_COLUMNS, (str(UUID(uuid)), *others), strict=True))


def _pack(packer: Packer, row: dict[str, Any], may_miss: bool) -> list[str]:
    """Its id where it is not as its row says. Raises Refused where that is not allowed."""
    problems = [problem for problem in (_pack_full(packer, row), _pack_file(packer, row["thumb"])) if problem]
    if not problems:
        return []
    if not Photo.objects.filter(full=row["full"]).exists():
        raise _Overtaken
    if not may_miss:
        said = "Look for it in an older backup, or take this one with --allow-missing."
        raise Refused(f"The photo {row['uuid']}: {problems[0]} in the system itself, so no backup can have it. {said}")
    return [row["uuid"]]


def _pack_full(packer: Packer, row: dict[str, Any]) -> str:
    return _pack_file(packer, row["full"], (row["size_bytes"], row["sha256"]))


def _pack_file(packer: Packer, name: str, said: tuple[int, str] | None = None) -> str:
    """What is wrong with it, in words."""
    try:
        size = photo_store.size_of(name)
        if size is None:
            return "its file is missing"
        with photo_store.opened(name) as file:
            found = packer.add_photo(name, file, size)
    except FileNotFoundError:
        return "its file is missing"
    return "its file is damaged" if said and said != (found.count, found.sha256) else ""


def _said(taken: Taken, key: str) -> dict[str, Any]:
    made = taken.manifest
    said = {"made_at": made.made_at, "rows": made.rows, "photos": made.photos.count, "sha256": taken.sha256, "encrypted": bool(key)}
    return said | ({"wanting": list(made.wanting)} if made.wanting else {})
