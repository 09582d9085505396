"""A WebP cut down to what the pixels of its first frame need."""

from collections.abc import Iterator

from recovery.pictures.exif import read_exif
from recovery.pictures.refusals import DAMAGED, TOO_INTRICATE, Refused
from recovery.pictures.stored import MOST_PROFILE, Kind, Stored, check_size

PIXELS = (b"VP8 ", b"VP8L", b"ANMF")
KEPT = {b"VP8X", b"ANIM", b"ALPH"}
MOST_CHUNKS = 5_000


def read_webp(data: bytes) -> Stored:
    """Raises Refused before anything is decoded."""
    kept = []
    told: dict[bytes, bytes] = {}
    for name, body, whole in _chunks(data):
        # Of the pictures only the first; an alpha belongs to the picture after it.
        is_first = name in PIXELS and not any(pixels in told for pixels in PIXELS)
        if is_first or (name in KEPT and name not in told):
            kept.append(whole)
        told.setdefault(name, body)
    width, height = _size(told)
    check_size(Kind.WEBP, width, height)
    profile = told.get(b"ICCP", b"")
    orientation = read_exif(told.get(b"EXIF", b"")).orientation
    chunks = b"WEBP" + b"".join(kept)
    whole = b"RIFF" + len(chunks).to_bytes(4, "little") + chunks
    return Stored(Kind.WEBP, whole, width, height, orientation, profile if 0 < len(profile) <= MOST_PROFILE else None)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Each chunk's name, its body, and all of it with its padding."""
    at = 12
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    for _ in range(MOST_CHUNKS):
        if at + 8 > end:
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise Refused(DAMAGED)
        yield data[at : at + 4], body, data[at : at + 8] + body + bytes(length % 2)
        at += 8 + length + length % 2
    raise Refused(TOO_INTRICATE)


def _size(told: dict[bytes, bytes]) -> tuple[int, int]:
    """Of the canvas, or of the only picture (RFC 9649)."""
    extended, lossy, lossless = (told.get(name, b"") for name in (b"VP8X", b"VP8 ", b"VP8L"))
    if len(extended) >= 10:
        return int.from_bytes(extended[4:7], "little") + 1, int.from_bytes(extended[7:10], "little") + 1
    if len(lossy) >= 10:
        return int.from_bytes(lossy[6:8], "little") & 0x3FFF, int.from_bytes(lossy[8:10], "little") & 0x3FFF
    if len(lossless) >= 5:
        bits = int.from_bytes(lossless[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise Refused(DAMAGED)
