"""Pictures for the demo: a drawn patch of skin whose redness, flaking and breakouts are those of the log."""

import random
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (720, 960)
SKIN, RED, FLAKE, SPOT = (226, 188, 166), (196, 62, 52), (246, 232, 222), (186, 58, 54)


def skin(redness: int, flaking: int, breakouts: int, turned: int = 0) -> BytesIO:
    """A JPEG; grades 0–4. `turned`: which way the patch leans (-1 left, 0 front, 1 right)."""
    chance = random.Random(f"{redness}{flaking}{breakouts}{turned}")  # noqa: S311 - specks, nothing secret
    picture = Image.composite(Image.new("RGB", SIZE, RED), Image.new("RGB", SIZE, SKIN), _patch(redness, turned))
    draw = ImageDraw.Draw(picture)
    for colour, count, size in ((FLAKE, flaking * 60, 5), (SPOT, breakouts * 9, 9)):
        for _ in range(count):
            x, y = _somewhere(chance, turned)
            draw.ellipse((x, y, x + chance.randint(3, size), y + chance.randint(2, size)), fill=colour)
    grain = Image.effect_noise(SIZE, 26).filter(ImageFilter.GaussianBlur(1.2)).convert("RGB")
    out = BytesIO()
    ImageChops.overlay(picture.filter(ImageFilter.GaussianBlur(0.8)), grain).save(out, "JPEG", quality=88)
    out.seek(0)
    return out


def _patch(redness: int, turned: int) -> Image.Image:
    """How much red lies over the skin, as a mask: a soft patch, uneven like skin after needling."""
    wide, high = SIZE
    mask = Image.new("L", SIZE, 0)
    middle = wide / 2 + turned * wide / 6
    ImageDraw.Draw(mask).ellipse((middle - 250, high / 2 - 330, middle + 250, high / 2 + 330), fill=48 * redness)
    mottled = Image.effect_noise((90, 120), 60).resize(SIZE, Image.Resampling.BICUBIC)
    return ImageChops.multiply(mask.filter(ImageFilter.GaussianBlur(70)), ImageChops.add(mottled, Image.new("L", SIZE, 70)))


def _somewhere(chance: random.Random, turned: int) -> tuple[float, float]:
    wide, high = SIZE
    return chance.gauss(wide / 2 + turned * wide / 6, 120), chance.gauss(high / 2, 170)
