"""Where the files of photos lie: written whole or not at all, read and removed by random names that say nothing.

Everything that goes wrong is an OSError, whichever storage is set up (settings.STORAGES["photos"]).
"""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

logger = logging.getLogger(__name__)
IN_MEMORY = 8_000_000  # bytes of a file on its way; more goes by the disk


def write(content: bytes) -> str:
    """Stores a JPEG for good; its name in the storage."""
    with _failing_as_os_error():
        return storages["photos"].save(f"{secrets.token_hex(16)}.jpg", ContentFile(content))


def read(name: str) -> bytes:
    with _failing_as_os_error(), storages["photos"].open(name) as file:
        return bytes(file.read())


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """For what is too much to be held at once."""
    with _failing_as_os_error(), storages["photos"].open(name) as file:
        yield cast(BinaryIO, file)


def size_of(name: str) -> int | None:
    """In bytes; None where there is no such file."""
    with _failing_as_os_error():
        storage = storages["photos"]
        # Asked first: each storage has its own way of failing for what is not there.
        try:
            return storage.size(name) if storage.exists(name) else None
        except FileNotFoundError:
            return None


def take_in(name: str, content: Iterable[bytes]) -> None:
    """Stores a file under the name that it had in another installation."""
    with _failing_as_os_error(), tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as whole:
        for chunk in content:
            whole.write(chunk)
        whole.seek(0)
        kept = storages["photos"].save(name, File(whole, name))
    if kept != name:
        remove([kept])
        raise FileExistsError(name)


def folder() -> Path | None:
    """Where the files lie on this machine; None where they lie elsewhere."""
    storage = storages["photos"]
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


def is_empty() -> bool:
    with _failing_as_os_error():
        try:
            return not any(storages["photos"].listdir(""))
        except FileNotFoundError:
            return True


def is_writable() -> bool:
    """Whether this system's user may write there; of a storage elsewhere that shows at the first photo only."""
    found = folder()
    while found is not None and not found.exists():
        found = found.parent
    return found is None or os.access(found, os.W_OK | os.X_OK)


def remove(names: Iterable[str]) -> None:
    """Never raises: the rows are gone by now, and nobody could do anything about a file that stays."""
    for name in names:
        try:
            with _failing_as_os_error():
                storages["photos"].delete(name)
        except OSError:
            logger.exception("a photo's file could not be removed: %s", name)


def names_before(moment: datetime) -> list[str]:
    """What was stored before a moment, half-written files included."""
    with _failing_as_os_error():
        storage = storages["photos"]
        try:
            _, names = storage.listdir("")
        except FileNotFoundError:
            return []  # the folder comes with the first photo
        return [name for name in names if _is_older(storage, name, moment)]


def _is_older(storage: Storage, name: str, moment: datetime) -> bool:
    try:
        return bool(storage.get_modified_time(name) < moment)
    except FileNotFoundError:
        return False  # removed by somebody else since the list was made


@contextmanager
def _failing_as_os_error() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as error:  # a storage elsewhere raises its own kinds
        raise OSError("the photo storage failed") from error


class PrivateFiles(FileSystemStorage):
    """Files that only this system's user can read, in a folder that no web server hands out."""

    def _save(self, name: str, content: Any) -> str:
        """Under its name there is the whole file or none, a power cut in between included."""
        path = Path(self.path(name))
        _make(path.parent)
        temporary = path.with_name(f".{path.name}.part")
        try:
            _write_through(temporary, content.chunks())
            temporary.rename(path)
            settle(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return name

    def url(self, name: str | None) -> str:
        raise ValueError("photos have no address of their own: each is served after a check")


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settle(folder.parent)


def _write_through(path: Path, chunks: Iterable[bytes]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """What was made or renamed in it is on the disk afterwards, not only what is in the files."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
