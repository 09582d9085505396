"""Turns a picture's own colours into sRGB, so that its profile can be dropped."""

from io import BytesIO

from PIL import Image, ImageCms

SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture (L, RGB or CMYK) as RGB in sRGB. A profile that is broken or of other colours counts as none."""
    if profile:
        try:
            return _transformed(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB")


def _transformed(image: Image.Image, profile: bytes) -> Image.Image:
    """By the measured colours, with black kept black."""
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    space = source.profile.xcolor_space
    if image.mode == "L" and space == SPACES["RGB"]:
        image = image.convert("RGB")
    if space != SPACES[image.mode]:
        raise ValueError(f"a profile of {space} in a picture of {image.mode}")
    result = ImageCms.profileToProfile(
        image,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert result is not None  # only a change in place gives none
    return result
