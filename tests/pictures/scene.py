"""What every picture of the tests shows: a red patch in the corner at the top left, sky around it."""

from io import BytesIO

from PIL import Image

RED, SKY, WHITE = (200, 40, 30), (130, 160, 190), (255, 255, 255)
WIDTH, HEIGHT = 96, 64
# EXIF 2.32, tag 0x0112: at which side of the picture its first stored row stands, at which its first stored column.
SIDES = {1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left"}
SIDES |= {5: "left top", 6: "right top", 7: "right bottom", 8: "left bottom"}


def scene(width=WIDTH, height=HEIGHT, red=RED, sky=SKY, mode="RGB"):
    image = Image.new(mode, (width, height), sky)
    image.paste(red, (0, 0, width // 3, height // 3))
    return image


def grey_scene(mode="L", dark=80, light=200):
    return scene(red=dark, sky=light, mode=mode)


def stored_as(orientation, image):
    """The picture as a camera that is held in this way stores it."""
    row, column = SIDES[orientation].split()
    if row in ("left", "right"):
        image = image.transpose(Image.Transpose.TRANSPOSE)
    if row in ("bottom", "right"):
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    if column in ("bottom", "right"):
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image


def saved(image, kind, **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(image=None, **options):
    return saved(image or scene(), "JPEG", **{"quality": 95, "subsampling": 0} | options)


def webp(image=None, **options):
    return saved(image or scene(), "WEBP", **{"quality": 95, "exact": True} | options)
