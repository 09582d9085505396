"""Makes a file that somebody sent into a picture that is safe to keep and to show.

Nothing of Pillow's is set for the process: no limit, no format registered. The pixels are limited here, before Pillow,
whose own limit (179 million) stays as it is. It warns from 89 million, which are never reached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image

from recovery.pictures.colour import to_srgb
from recovery.pictures.heif import heif_rows, read_heif
from recovery.pictures.jpeg import ends_early, read_jpeg
from recovery.pictures.png import SIGNATURE, read_png
from recovery.pictures.refusals import DAMAGED, EMPTY, NOT_A_PICTURE, TOO_LARGE, Refused
from recovery.pictures.rows import Rows, fitted, rows_of, shrunk
from recovery.pictures.stored import Kind, Stored
from recovery.pictures.webp import read_webp

MOST_BYTES = 25 * 1024 * 1024
MOST_SIDE = 2048
THUMBNAIL_SIDE = 320
QUALITY = 88
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """Two JPEGs, upright and in sRGB, with nothing but pixels in them. Width and height are those of `full`."""

    full: bytes
    thumbnail: bytes
    width: int
    height: int


def clean(file: BinaryIO) -> Picture:
    """Raises Refused, whose text is for the person who sent the file, and nothing else, whatever the file holds.

    Its name and what it calls itself do not count, only its content. Takes up to 500 MB of memory.
    What comes from strangers goes through `clean_apart`, which survives a decoder that crashes.
    """
    data = whole(file)
    read = _reader(data)
    try:
        return _cleaned(read(data))
    except Refused:
        raise
    except Exception as error:  # decoders raise nearly everything when a file is broken, MemoryError among it
        raise Refused(DAMAGED) from error


def whole(file: BinaryIO) -> bytes:
    """All of the file; Refused where there is nothing or too much."""
    data = file.read(MOST_BYTES + 1)
    if not data:
        raise Refused(EMPTY)
    if len(data) > MOST_BYTES:
        raise Refused(TOO_LARGE)
    return data


def _reader(data: bytes) -> Callable[[bytes], Stored]:
    if data.startswith(b"\xff\xd8\xff"):
        return read_jpeg
    if data.startswith(SIGNATURE):
        return read_png
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return read_webp
    # AVIF calls itself mif1 as well; its decoder is not here.
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS and b"avif" not in data[12 : min(64, int.from_bytes(data[:4]))]:
        return read_heif
    raise Refused(NOT_A_PICTURE)


def _cleaned(stored: Stored) -> Picture:
    image = to_srgb(shrunk(_decoded(stored), MOST_SIDE), stored.profile)
    if stored.orientation in TURNS:
        image = image.transpose(TURNS[stored.orientation])
    thumbnail = image.resize(fitted(*image.size, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return Picture(_jpeg(image), _jpeg(thumbnail), *image.size)


def _decoded(stored: Stored) -> Rows:
    """Rows that are decoded as soon as one is asked for, always to the end: a file that is cut off raises."""
    if stored.kind == Kind.HEIF:
        return heif_rows(stored.data)
    image = Image.open(BytesIO(stored.data), formats=[stored.kind])
    if image.size != (stored.width, stored.height):
        raise Refused(DAMAGED)
    if stored.kind == Kind.JPEG:
        # The decoder halves a large picture as often as it stays at least as large as wanted.
        image.draft(None, fitted(stored.width, stored.height, MOST_SIDE))
        if ends_early(image, stored.data):
            raise Refused(DAMAGED)
    return rows_of(image)


def _jpeg(image: Image.Image) -> bytes:
    """Colour in full: a thin red line would turn grey at half the resolution."""
    pixels = Image.new("RGB", image.size)  # a new picture, because what a picture was read from can follow it into the file
    pixels.paste(image)
    out = BytesIO()
    pixels.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()
