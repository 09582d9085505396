"""A PNG cut down to what its pixels need."""

import struct
import zlib
from collections.abc import Iterator

from recovery.pictures.exif import read_exif
from recovery.pictures.profiles import DISPLAY_P3, SRGB, Space, profile_of
from recovery.pictures.refusals import DAMAGED, TOO_INTRICATE, Refused
from recovery.pictures.stored import MOST_PROFILE, Kind, Stored, check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
MOST_CHUNKS = 20_000  # the usual writers make chunks of 8 kB and more
BY_PALETTE = 3  # the kind of colours
SRGB_GAMMA = 45455


def read_png(data: bytes) -> Stored:
    """Raises Refused before anything is decoded."""
    kept = [SIGNATURE]
    told: dict[bytes, bytes] = {}
    for name, body, whole in _chunks(data):
        if name in KEPT:
            kept.append(whole)
        told.setdefault(name, body)
    header = told.get(b"IHDR", b"")
    if len(header) != 13 or not data[8:].startswith(b"\0\0\0\rIHDR"):
        raise Refused(DAMAGED)
    width, height = struct.unpack(">II", header[:8])
    if header[9] == BY_PALETTE and b"PLTE" not in told:  # Pillow would show greys
        raise Refused(DAMAGED)
    check_size(Kind.PNG, width, height)
    orientation = read_exif(told.get(b"eXIf", b"")).orientation
    return Stored(Kind.PNG, b"".join(kept), width, height, orientation, _profile(told))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each chunk's name, its body, and all of it, as far as the end of the picture or of the file."""
    at = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        length = int.from_bytes(data[at : at + 4])
        name, end = data[at + 4 : at + 8], at + 12 + length
        if len(name) < 4:
            return
        yield name, data[at + 8 : end - 4], data[at:end]
        if name == b"IEND":
            return
        at = end
    raise Refused(TOO_INTRICATE)


def _profile(told: dict[bytes, bytes]) -> bytes | None:
    """By the order of the PNG specification (third edition, 4.3): cICP, iCCP, sRGB, then gAMA and cHRM."""
    if told.get(b"cICP", b"")[:2] == b"\x0c\x0d":
        return profile_of(DISPLAY_P3)
    if b"cICP" in told or b"sRGB" in told:
        return None
    if b"iCCP" in told:
        return _unpacked(told[b"iCCP"])
    return _from_numbers(told.get(b"gAMA", b""), told.get(b"cHRM", b""))


def _unpacked(body: bytes) -> bytes | None:
    """Stops at a limit: a thousand bytes can unpack to a million."""
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(body.partition(b"\0")[2][1:], MOST_PROFILE)
    except zlib.error:
        return None
    return profile if unpacker.eof else None


def _from_numbers(gamma: bytes, points: bytes) -> bytes | None:
    """A profile of the colours that gAMA and cHRM tell; none where they tell sRGB's or nonsense."""
    try:
        [told] = struct.unpack(">I", gamma)
        white, red, green, blue = _points(points) if points else (SRGB.white, SRGB.red, SRGB.green, SRGB.blue)
        if abs(told - SRGB_GAMMA) > 500:
            return profile_of(Space(red, green, blue, white, 100_000 / told))
        is_srgb = all(
            abs(a - b) < 0.002
            for at, known in ((red, SRGB.red), (green, SRGB.green), (blue, SRGB.blue))
            for a, b in zip(at, known, strict=True)
        )
        return None if is_srgb else profile_of(Space(red, green, blue, white))
    except (struct.error, ZeroDivisionError):
        return None


def _points(body: bytes) -> tuple[tuple[float, float], ...]:
    values = [value / 100_000 for value in struct.unpack(">8I", body)]
    return tuple(zip(values[::2], values[1::2], strict=True))
