"""HEIC, read by the library itself: registering it with Pillow would make every Image.open of the process open HEIC."""

import re
from io import BytesIO

from pi_heif import HeifFile, HeifImage
from PIL import Image

from recovery.pictures.profiles import DISPLAY_P3, profile_of
from recovery.pictures.refusals import DAMAGED, Refused
from recovery.pictures.rows import Rows
from recovery.pictures.stored import MOST_PROFILE, Kind, Stored, check_size

TOLD_SIZE = re.compile(rb"ispe\0{4}(.{4})(.{4})", re.DOTALL)
DISPLAY_P3_PRIMARIES = 12  # ITU-T H.273


def read_heif(data: bytes) -> Stored:
    """Raises Refused before anything is decoded. EXIF's orientation does not count in HEIC: the file turns the picture itself."""
    # Of every part: one that nobody looks at, such as an alpha, is decoded with the picture, but never larger than told here.
    for part in TOLD_SIZE.finditer(data):
        check_size(Kind.HEIF, int.from_bytes(part[1]), int.from_bytes(part[2]))
    data = _without_metadata(data)
    main = _main(data)
    width, height = main.size
    return Stored(Kind.HEIF, data, width, height, profile=_profile(main))


def heif_rows(data: bytes) -> Rows:
    """The rows out of the decoder's own memory, so that the whole picture is held once."""
    main = _main(data)
    pixels = memoryview(main.data)
    width, height = main.size
    check_size(Kind.HEIF, width, height)

    def crop(top: int, bottom: int) -> Image.Image:
        part = pixels[top * main.stride : bottom * main.stride]
        return Image.frombytes(main.mode, (width, bottom - top), part, "raw", main.mode, main.stride)

    return Rows(width, height, crop)


def _without_metadata(data: bytes) -> bytes:
    """With the links from metadata to pictures renamed: pi-heif 1.4 crashes where the kind of one is no text."""
    at = 0
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:  # the size stands behind the name
            size = int.from_bytes(data[at + 8 : at + 16])
        if name == b"meta":
            end = at + size if size else len(data)
            return data[:at] + data[at:end].replace(b"cdsc", b"free") + data[end:]
        if size < 8:
            break
        at += size
    raise Refused(DAMAGED)


def _main(data: bytes) -> HeifImage:
    file = HeifFile(BytesIO(data), convert_hdr_to_8bit=True)
    return file[file.primary_index]


def _profile(main: HeifImage) -> bytes | None:
    profile = main.info.get("icc_profile")
    if profile:
        return profile if len(profile) <= MOST_PROFILE else None
    told = main.info.get("nclx_profile") or {}
    return profile_of(DISPLAY_P3) if told.get("color_primaries") == DISPLAY_P3_PRIMARIES else None
