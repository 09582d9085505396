"""What an archive says it holds, with a checksum of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from recovery.archive.errors import Damaged, Refused

VERSION = 1


@dataclass(frozen=True, slots=True)
class Sum:
    """Of a file its bytes, of a table its rows, of all photos how many; each with a SHA-256 over them."""

    count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    made_at: str
    engine: str  # "sqlite" or "postgresql": one cannot be restored into the other
    migrations: Sequence[str]  # "app.name", sorted
    tables: Mapping[str, Sum]
    database: Sum
    photos: Sum  # over the lines of photos.txt, which has one for each file: name, bytes, SHA-256
    wanting: Sequence[str] = field(default_factory=list)  # ids of photos that were missing or damaged already
    version: int = VERSION

    @property
    def rows(self) -> int:
        return sum(table.count for table in self.tables.values())

    def to_bytes(self) -> bytes:
        said = asdict(self)
        return json.dumps(said | {"sha256": _digest(said)}, indent=1, sort_keys=True).encode()


def _digest(said: Mapping[str, object]) -> str:
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def read_manifest(text: bytes) -> Manifest:
    """Raises Damaged, and Refused for one that a newer version has made."""
    try:
        said = json.loads(text)
        if said.get("version", 0) > VERSION:
            raise Refused("This archive was made by a newer version of this application. Install that version, then restore.")
        if said.pop("sha256") != _digest(said):
            raise Damaged("its manifest’s checksum is another")
        said |= {name: Sum(**said[name]) for name in ("database", "photos")}
        said["tables"] = {name: Sum(**values) for name, values in said["tables"].items()}
        return Manifest(**said)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Damaged("its manifest cannot be read") from error
