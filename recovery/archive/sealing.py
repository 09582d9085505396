"""The bytes of an archive on their way to the disk and back, so that no bit of them can change unseen.

Without a key: the bytes as they are (a tar that any program opens), then their SHA-256. With one: AES-256-GCM in chunks of
1 MB, the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár as age uses it. The nonce is the chunk's number and
whether it is the last, so that chunks cut off, swapped, doubled or left out do not open; the header is part of each.
No library that is kept up does this for Python without far more around it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from hashlib import scrypt, sha256
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recovery.archive.errors import NO_BACKUP, Damaged, Refused, WrongKey

MAGIC = b"RECOVERY-SEALED1"
SALT, PROOF, TAG, DIGEST = 16, 16, 16, 32  # bytes
CHUNK = 1024 * 1024
COST = 2**15  # of trying one key: 32 MB and about a tenth of a second
SHORTEST_KEY = 20  # characters
HEADER = len(MAGIC) + SALT + PROOF


class Writer(Protocol):
    def write(self, data: bytes) -> int: ...
    def tell(self) -> int: ...
    def finish(self) -> None: ...


def writer(file: BinaryIO, key: str) -> Writer:
    return _Sealed(file, key) if key else _Plain(file)


def check_key(key: str) -> None:
    if key and len(key) < SHORTEST_KEY:
        raise WrongKey(f"BACKUP_KEY is too short to keep anything secret. Use {SHORTEST_KEY} characters or more, made at random.")


def _keys(key: str, salt: bytes) -> tuple[AESGCM, bytes]:
    """The cipher, and what says in the header that this was the key."""
    check_key(key)
    made = scrypt(key.encode(), salt=salt, n=COST, r=8, p=1, maxmem=2**26, dklen=32 + PROOF)
    return AESGCM(made[:32]), made[32:]


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class _Plain:
    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest = file, sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def tell(self) -> int:
        return 0  # tarfile asks where it begins

    def finish(self) -> None:
        self._file.write(self._digest.digest())


class _Sealed:
    def __init__(self, file: BinaryIO, key: str) -> None:
        salt = secrets.token_bytes(SALT)
        self._cipher, proof = _keys(key, salt)
        self._file, self._header, self._waiting, self._number = file, MAGIC + salt + proof, bytearray(), 0
        file.write(self._header)

    def write(self, data: bytes) -> int:
        self._waiting += data
        # One byte more than a chunk: until then it may be the last.
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def tell(self) -> int:
        return 0

    def finish(self) -> None:
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last), chunk, self._header))
        self._number += 1


class Reader:
    """Reads what a writer wrote. Raises Damaged, at the latest at the end: nothing is to be trusted before `finish`."""

    def __init__(self, file: BinaryIO, key: str) -> None:
        head = file.read(len(MAGIC))
        file.seek(0)
        self._parts = _opened(file, key) if head == MAGIC else _checked(file, key)
        self._waiting = bytearray()

    def read(self, size: int) -> bytes:
        while len(self._waiting) < size and (part := next(self._parts, b"")):
            self._waiting += part
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        return data

    def finish(self) -> None:
        """Nothing follows but the zeros that end a tar."""
        while part := self.read(CHUNK):
            if part.strip(b"\0"):
                raise Damaged("something follows its end")


def _opened(file: BinaryIO, key: str) -> Iterator[bytes]:
    if not key:
        raise WrongKey("This archive is encrypted. Set BACKUP_KEY to the key that it was made with.")
    header = file.read(HEADER)
    cipher, proof = _keys(key, header[len(MAGIC) : len(MAGIC) + SALT])
    if not hmac.compare_digest(proof, header[len(MAGIC) + SALT :]):
        raise WrongKey("BACKUP_KEY is not the key that this archive was made with, or the archive’s first bytes are damaged.")
    number, chunk = 0, file.read(CHUNK + TAG)
    while True:
        following = file.read(CHUNK + TAG)
        try:
            part = cipher.decrypt(_nonce(number, not following), chunk, header)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"part {number + 1} does not open") from error
        if part:
            yield part
        if not following:
            return
        number, chunk = number + 1, following


def _checked(file: BinaryIO, key: str) -> Iterator[bytes]:
    digest, waiting = sha256(), file.read(CHUNK)
    if waiting[257:262] != b"ustar":
        raise Refused(NO_BACKUP)
    if key:
        # Anybody can make one; only who knows the key can make an encrypted one.
        raise WrongKey("This archive is not encrypted. Unset BACKUP_KEY if you mean to use it.")
    while following := file.read(CHUNK):
        both = waiting + following
        part, waiting = both[:-DIGEST], both[-DIGEST:]
        digest.update(part)
        yield part
    part, said = waiting[:-DIGEST], waiting[-DIGEST:]
    digest.update(part)
    if digest.digest() != said:
        raise Damaged("its checksum is another")
    yield part
