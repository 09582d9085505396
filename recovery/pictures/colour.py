"""Turns a picture's own colours into sRGB, so that its profile can be dropped."""

from io import BytesIO

from PIL import Image, ImageCms


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
    if image.mode == "L" and source.profile.xcolor_space == "RGB ":
        image = image.convert("RGB")
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
