"""A JPEG cut down to what its pixels need: the first picture of the file, without metadata and whatever follows it."""

import re
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from recovery.pictures.exif import HEADER, read_exif
from recovery.pictures.profiles import ADOBE_RGB, profile_of
from recovery.pictures.refusals import DAMAGED, TOO_INTRICATE, Refused
from recovery.pictures.stored import MOST_PROFILE, Kind, Stored, check_size

START, END, SCAN, APP0, APP1, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
# Not the escaped FF 00 of the data, nor restarts and FF 01, which have no length, nor FF FF, which fills.
MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
KEPT = FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, SCAN}  # frames, tables, restart interval, scans
PROFILE_HEADER = b"ICC_PROFILE\0"
END_OF_FILE = bytes([0xFF, END])
CORNER = 16  # pixels of each side; the filler of a short file is read as tens of them
MIDDLE_GREYS = (127, 128)  # the second where inks are stored
FILLER = bytes(range(1, 255)) * 2
MOST_SEGMENTS = 5_000
MOST_SCANS = 100
# A decoder walks over every block once for each scan: a photo in ten scans at 60 million pixels, more scans where it is smaller.
MOST_PIXELS_SCANNED = 700_000_000
MOST_COEFFICIENTS = 185_000_000  # two bytes each are held until the last scan


def read_jpeg(data: bytes) -> Stored:
    """Raises Refused before anything is decoded."""
    segments = list(_segments(data))
    width, height, components, sampled = _frame(segments)
    check_size(Kind.JPEG, width, height)
    _check_work(segments, width * height, components, sampled)
    exif = read_exif(next((body for marker, body, _ in segments if marker == APP1 and body.startswith(HEADER)), b""))
    profile = _profile(segments) or (profile_of(ADOBE_RGB) if exif.is_adobe_rgb else None)
    kept = b"".join(whole for marker, body, whole in segments if _is_kept(marker, body))
    # The end is handed on only where the file has one: a decoder that meets it too early paints the rest grey.
    end = END_OF_FILE if segments[-1][0] == END else b""
    return Stored(Kind.JPEG, b"\xff\xd8" + kept + end, width, height, exif.orientation, profile)


def ends_early(image: Image.Image, data: bytes) -> bool:
    """Whether the file says "end" before all its rows are there. `image` is decoded from `data`, at whatever scale.

    A decoder fills what is missing with middle grey and does not say so. Where the last corner is such a grey, the picture is
    decoded once more with other bytes before the end: nobody reads them in a whole file, in a short one they are taken for pixels.
    """
    corner = image.crop((max(0, image.width - CORNER), max(0, image.height - CORNER), image.width, image.height))
    if any(low < high or low not in MIDDLE_GREYS for low, high in _extremes(corner)):
        return False
    return _small(data) != _small(data.removesuffix(END_OF_FILE) + FILLER + END_OF_FILE)


def _extremes(image: Image.Image) -> list[tuple[float, float]]:
    return [band.getextrema() for band in image.split()]  # type: ignore[misc]


def _small(data: bytes) -> bytes:
    """An eighth of the size: quick, and each of its pixels is the mean of a block."""
    image = Image.open(BytesIO(data), formats=[Kind.JPEG])
    image.draft(None, (1, 1))
    return image.tobytes()


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each segment's marker, its body, and all of it; a scan's includes the data after it. Ends with the first picture."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        found = MARKER.search(data, at)
        if found is None:
            return
        marker, start, length_at = found[1][0], found.start(), found.end()
        if marker == END:
            yield END, b"", b""
            return
        if marker == START:
            at = length_at
            continue
        at = length_at + int.from_bytes(data[length_at : length_at + 2])
        if at < length_at + 2 or at > len(data):
            raise Refused(DAMAGED)
        body = data[length_at + 2 : at]
        if marker == SCAN:
            following = MARKER.search(data, at)
            at = following.start() if following else len(data)
        yield marker, body, data[start:at]
    raise Refused(TOO_INTRICATE)


def _frame(segments: list[tuple[int, bytes, bytes]]) -> tuple[int, int, int, float]:
    """Width, height, components, and how many values these have for each pixel."""
    frames = [body for marker, body, _ in segments if marker in FRAMES]
    if len(frames) != 1 or len(frames[0]) < 6 or len(frames[0]) < 6 + 3 * frames[0][5]:
        raise Refused(DAMAGED)
    body = frames[0]
    height, width, components = int.from_bytes(body[1:3]), int.from_bytes(body[3:5]), body[5]
    factors = [(body[7 + 3 * n] >> 4, body[7 + 3 * n] & 15) for n in range(components)]
    if not (width and height and factors and all(1 <= h <= 4 and 1 <= v <= 4 for h, v in factors)):
        raise Refused(DAMAGED)
    widest, tallest = max(h for h, _ in factors), max(v for _, v in factors)
    return width, height, components, sum(h * v for h, v in factors) / (widest * tallest)


def _check_work(segments: list[tuple[int, bytes, bytes]], pixels: int, components: int, sampled: float) -> None:
    """Refuses what would keep a decoder busy for minutes: one walk for each scan, and all values held in between."""
    scans = [body for marker, body, _ in segments if marker == SCAN]
    is_held = any(marker in PROGRESSIVE for marker, _, _ in segments) or any(body[:1] != bytes([components]) for body in scans)
    if not scans:
        raise Refused(DAMAGED)
    if len(scans) > MOST_SCANS or len(scans) * pixels > MOST_PIXELS_SCANNED or (is_held and pixels * sampled > MOST_COEFFICIENTS):
        raise Refused(TOO_INTRICATE)
    # A component without data, or without its first values where more follow later, would be painted grey.
    is_progressive = any(marker in PROGRESSIVE for marker, _, _ in segments)
    there = {number for body in scans if not (is_progressive and _first_value(body)) for number in body[1 : 1 + 2 * body[0] : 2]}
    if len(there) < components:
        raise Refused(DAMAGED)


def _first_value(scan: bytes) -> int:
    """Which of a block's 64 values a scan begins with."""
    return int.from_bytes(scan[1 + 2 * scan[0] :][:1])


def _is_kept(marker: int, body: bytes) -> bool:
    """JFIF's and Adobe's segments say in which colours the values are."""
    return marker in KEPT or (marker == APP0 and body.startswith(b"JFIF\0")) or (marker == APP14 and body.startswith(b"Adobe"))


def _profile(segments: list[tuple[int, bytes, bytes]]) -> bytes | None:
    """The ICC profile, put together in the order of its numbers."""
    parts = [body.removeprefix(PROFILE_HEADER) for marker, body, _ in segments if marker == APP2 and body.startswith(PROFILE_HEADER)]
    profile = b"".join(part[2:] for part in sorted(parts, key=lambda part: part[:1]))
    return profile if 0 < len(profile) <= MOST_PROFILE else None
