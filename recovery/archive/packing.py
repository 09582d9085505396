"""An archive from its parts and back: `database`, then the photos, their list, and last the manifest. One part in memory at no time."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, cast

from recovery.archive.errors import NO_BACKUP, Damaged, Refused
from recovery.archive.manifest import Manifest, Sum, read_manifest
from recovery.archive.sealing import CHUNK, Reader, Writer

DATABASE, PHOTOS, LIST, MANIFEST = "database", "photos/", "photos.txt", "manifest.json"
Sink = Callable[[bytes], object]


class _Measured:
    """A file that is read once, and what was read of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self.count = file, sha256(), 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        self.count += len(data)
        return data

    @property
    def sum(self) -> Sum:
        return Sum(self.count, self._digest.hexdigest())


def _forget(tar: tarfile.TarFile) -> None:
    """It would remember each of a million photos otherwise."""
    tar.members = []  # type: ignore[attr-defined]


class Packer:
    """Packs one archive; `lines` takes the list of the photos meanwhile."""

    def __init__(self, out: Writer, lines: BinaryIO) -> None:
        self._out, self._lines, self._digest, self._count = out, lines, sha256(), 0
        self._tar = tarfile.TarFile(fileobj=cast(BinaryIO, out), mode="w", format=tarfile.PAX_FORMAT)

    def add(self, name: str, file: BinaryIO, size: int) -> Sum:
        """Raises OSError where the file is shorter than was said."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        measured = _Measured(file)
        self._tar.addfile(entry, cast(BinaryIO, measured))
        _forget(self._tar)
        return measured.sum

    def add_photo(self, name: str, file: BinaryIO, size: int) -> Sum:
        found = self.add(PHOTOS + name, file, size)
        self._lines.write(line := _line(name, found))
        self._digest.update(line)
        self._count += 1
        return found

    @property
    def photos(self) -> Sum:
        return Sum(self._count, self._digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        size = self._lines.tell()
        self._lines.seek(0)
        self.add(LIST, self._lines, size)
        self.add(MANIFEST, BytesIO(text := manifest.to_bytes()), len(text))
        self._tar.close()
        self._out.finish()


def _line(name: str, found: Sum) -> bytes:
    return f"{name} {found.count} {found.sha256}\n".encode()


class Part:
    """One file on its way out of an archive: its name, and its bytes once."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name, self._measured = name, _Measured(file)

    def chunks(self) -> Iterator[bytes]:
        while data := self._measured.read(CHUNK):
            yield data

    @property
    def sum(self) -> Sum:
        for _ in self.chunks():
            pass
        return self._measured.sum


def unpacked(file: BinaryIO, key: str, take: Callable[[Part], object] = lambda part: None) -> Manifest:
    """Hands each part to `take` and proves the whole at the end. Raises Refused; until it returns nothing is to be trusted."""
    reader = Reader(file, key)
    try:
        with tarfile.open(fileobj=cast(BinaryIO, reader), mode="r|") as tar:
            found = _walked(tar, take)
        reader.finish()
    except (tarfile.TarError, EOFError, UnicodeError, ValueError, OverflowError) as error:
        reader.finish()  # where a chunk does not open, that is the reason
        raise Damaged("its parts cannot be told apart") from error
    if found is None:
        raise Refused(NO_BACKUP)
    return found


def _walked(tar: tarfile.TarFile, take: Callable[[Part], object]) -> Manifest | None:
    """None where no manifest is reached: what follows a broken header looks like the end."""
    listed, count, database, lines = sha256(), 0, None, None
    while (entry := tar.next()) is not None:
        _forget(tar)
        file = tar.extractfile(entry) if entry.isreg() else None
        if file is None:
            raise Damaged(f"{entry.name} is no file")
        if entry.name == MANIFEST:
            return _proven(read_manifest(file.read()), database, Sum(count, listed.hexdigest()), lines)
        part = Part(entry.name, cast(BinaryIO, file))
        take(part)
        if entry.name == DATABASE:
            database = part.sum
        elif entry.name == LIST:
            lines = part.sum
        else:
            listed.update(_line(_photo_name(entry.name), part.sum))
            count += 1
    return None


def _photo_name(name: str) -> str:
    plain = name.removeprefix(PHOTOS)
    # Whoever made such an archive wanted to write elsewhere.
    if not name.startswith(PHOTOS) or "/" in plain or "\\" in plain or plain in ("", ".", ".."):
        raise Damaged("it holds a file that does not belong to it")
    return plain


def photo_name(part: Part) -> str | None:
    """The name in the storage; None for what is no photo."""
    return None if part.name in (DATABASE, LIST) else _photo_name(part.name)


def _proven(said: Manifest, database: Sum | None, photos: Sum, lines: Sum | None) -> Manifest:
    if said.database != database:
        raise Damaged("the database in it has another checksum")
    if said.photos != photos or lines is None or lines.sha256 != photos.sha256:
        raise Damaged("the photos in it have another checksum")
    return said
