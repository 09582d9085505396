"""The two things that EXIF says of the pixels themselves. Read here, because a library that reads all of it can be made to
copy the same bytes thousands of times."""

import struct
from dataclasses import dataclass

HEADER = b"Exif\0\0"
MOST_ENTRIES = 512
ORIENTATION, EXIF_IFD, COLOUR_SPACE, INTEROPERABILITY_IFD, INTEROPERABILITY_INDEX = 0x0112, 0x8769, 0xA001, 0xA005, 0x0001


@dataclass(frozen=True)
class Exif:
    orientation: int = 1
    is_adobe_rgb: bool = False  # cameras say so here and embed no profile


def read_exif(data: bytes) -> Exif:
    """What a block of EXIF says, with or without its header; broken EXIF says nothing."""
    try:
        return _read(data.removeprefix(HEADER))
    except (struct.error, KeyError):
        return Exif()


def _read(tiff: bytes) -> Exif:
    order = {b"II*\0": "<", b"MM\0*": ">"}[tiff[:4]]
    main = _entries(tiff, order, struct.unpack_from(order + "I", tiff, 4)[0])
    orientation = _short(order, main.get(ORIENTATION, b""))
    camera = _linked(tiff, order, main.get(EXIF_IFD))
    rules = _linked(tiff, order, camera.get(INTEROPERABILITY_IFD))
    is_adobe_rgb = _short(order, camera.get(COLOUR_SPACE, b"")) == 2 or rules.get(INTEROPERABILITY_INDEX, b"")[:3] == b"R03"
    return Exif(orientation, is_adobe_rgb)


def _entries(tiff: bytes, order: str, at: int) -> dict[int, bytes]:
    """The first four bytes of each entry's value by its tag."""
    count = min(struct.unpack_from(order + "H", tiff, at)[0], MOST_ENTRIES)
    return dict(struct.unpack_from(order + "H6x4s", tiff, at + 2 + 12 * number) for number in range(count))


def _linked(tiff: bytes, order: str, value: bytes | None) -> dict[int, bytes]:
    """The entries that another's value points to. What is broken there must not hide the orientation."""
    if value is None:
        return {}
    try:
        return _entries(tiff, order, struct.unpack(order + "I", value)[0])
    except struct.error:
        return {}


def _short(order: str, value: bytes) -> int:
    return struct.unpack(order + "H", value[:2])[0] if value else 0
