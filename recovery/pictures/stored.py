"""A picture as its file stores it, before anything is decoded."""

from dataclasses import dataclass
from enum import StrEnum

from recovery.pictures.refusals import TOO_LONG, TOO_MANY_PIXELS, Refused

# One million times this many pixels. WebP less, because its decoder holds the canvas four times.
MOST_MEGAPIXELS = 60
MOST_MEGAPIXELS_WEBP = 24
MOST_SIDE = 30_000  # the filter that shrinks needs memory by the square of how much it shrinks
MOST_PROFILE = 4_000_000  # bytes; those of printers have two million


class Kind(StrEnum):
    """The formats that are opened, by Pillow's names."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    HEIF = "HEIF"


@dataclass(frozen=True)
class Stored:
    """`data` holds what the pixels need and nothing else; width and height are those before turning.

    `orientation` is EXIF's, where all but 2 to 8 mean upright; `profile` an ICC profile, or None where the file names none.
    """

    kind: Kind
    data: bytes
    width: int
    height: int
    orientation: int = 1
    profile: bytes | None = None


def check_size(kind: Kind, width: int, height: int) -> None:
    """Raises Refused where decoding would take too much memory."""
    limit = MOST_MEGAPIXELS_WEBP if kind == Kind.WEBP else MOST_MEGAPIXELS
    if width * height > limit * 1_000_000:
        raise Refused(TOO_MANY_PIXELS.format(limit=limit))
    if max(width, height) > MOST_SIDE:
        raise Refused(TOO_LONG)
