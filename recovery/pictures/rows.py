"""Rows of a decoded picture, and how they shrink without holding another copy of the whole."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

STRIP = 128  # rows of the small picture that are made at once
REACH = 3  # Lanczos looks at this many pixels of the small picture to each side


@dataclass(frozen=True)
class Rows:
    """`crop(top, bottom)` gives these rows, in any mode of Pillow's."""

    width: int
    height: int
    crop: Callable[[int, int], Image.Image]


def rows_of(image: Image.Image) -> Rows:
    return Rows(image.width, image.height, lambda top, bottom: image.crop((0, top, image.width, bottom)))


def fitted(width: int, height: int, most: int) -> tuple[int, int]:
    """The size whose longer side is `most` at most; never larger than before."""
    scale = min(1.0, most / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrunk(rows: Rows, most: int) -> Image.Image:
    """The picture as L, RGB or CMYK on white, its longer side `most` at most.

    Each strip is filtered with the rows around it, which gives the same pixels as the whole at once.
    """
    width, height = fitted(rows.width, rows.height, most)
    if (width, height) == (rows.width, rows.height):
        return plain(rows.crop(0, height))
    scale = rows.height / height
    margin = math.ceil(REACH * scale) + 1
    whole = None
    for top in range(0, height, STRIP):
        bottom = min(height, top + STRIP)
        first, last = max(0, math.floor(top * scale) - margin), min(rows.height, math.ceil(bottom * scale) + margin)
        box = (0, top * scale - first, rows.width, min(bottom * scale - first, last - first))
        strip = plain(rows.crop(first, last)).resize((width, bottom - top), Image.Resampling.LANCZOS, box)
        whole = whole or Image.new(strip.mode, (width, height))
        whole.paste(strip, (0, top))
    assert whole is not None
    return whole


def plain(image: Image.Image) -> Image.Image:
    """In 8 bits as L, RGB or CMYK; what is transparent on white."""
    if image.mode.startswith("I"):
        # Pillow's own way from 16 bits to 8 cuts everything above 255 off.
        return image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.has_transparency_data:
        with_alpha = image.convert("LA" if image.mode in ("1", "L", "LA") else "RGBA")
        colours = with_alpha.convert("L" if with_alpha.mode == "LA" else "RGB")
        white = Image.new(colours.mode, colours.size, "white")
        return Image.composite(colours, white, with_alpha.getchannel("A"))
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")
