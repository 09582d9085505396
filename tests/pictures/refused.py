"""Files that are not taken: name -> how each is made and the sentence that refuses it."""

import struct
from typing import NamedTuple

from PIL import Image

from recovery.pictures import refusals as why
from tests.pictures import heics
from tests.pictures.accepted import ACCEPTED
from tests.pictures.making import archive
from tests.pictures.parts import behind_header, behind_start, chunk, png, riff, segment
from tests.pictures.scene import RED, jpeg, saved, scene, webp

PAGE = b"<!doctype html><script>alert(1)</script>"
PIXELS = why.TOO_MANY_PIXELS.format(limit=60)


class Case(NamedTuple):
    make: object
    says: str


def cut(make, share):
    """What arrives when the connection breaks off."""

    def short():
        data = make()
        return data[: int(len(data) * share)]

    return short


def ended(make, share, inside=None):
    """What some program made whole again after the connection broke off: cut in the data of a scan, and the end behind it."""

    def short():
        data = make()
        start = data.index(b"\xff\xda") if inside == "the first scan" else data.rindex(b"\xff\xda")
        end = data.find(b"\xff\xda", start + 2) if inside == "the first scan" else len(data)
        return data[: start + int((end - start) * share)].rstrip(b"\xff") + b"\xff\xd9"

    return short


def without_its_colours():
    """The brightness is there and ends well; the scans of the colours are not."""
    data = jpeg()
    at = data.index(b"\xff\xda")
    return data[:at] + segment(0xDA, b"\1\1\0\0\x3f\0") + data[at + 14 :]


def detailed(kind="JPEG", **options):
    """A picture whose data fill the file."""
    image = Image.merge("RGB", [Image.effect_noise((400, 300), 40)] * 3)
    return lambda: saved(image, kind, **options)


def with_frame(width, height, components=3, marker=0xC0):
    """A JPEG that tells another size than it has."""

    def told():
        data = jpeg()
        at = data.index(b"\xff\xc0")
        factors = b"".join(bytes([number, 0x11, 0]) for number in range(1, components + 1))
        frame = segment(marker, struct.pack(">BHHB", 8, height, width, components) + factors)
        return data[:at] + frame + data[at + 2 + int.from_bytes(data[at + 2 : at + 4]) :]

    return told


def scans(count, width=96, height=64):
    """The last scan of a progressive picture again and again."""

    def many():
        data = with_size(jpeg(progressive=True), width, height)
        last = data[data.rindex(b"\xff\xda") : -2]
        already = data.count(b"\xff\xda")
        return data[:-2] + last * (count - already) + b"\xff\xd9"

    return many


def with_size(data, width, height):
    at = data.index(b"\xff\xc2") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def png_of(width, height):
    return lambda: png(width, height, [b"\0" * 300])


def spoilt(data, at, by):
    return data[:at] + by + data[at + len(by) :]


def spoilt_png():
    data = saved(scene(), "PNG")
    return spoilt(data, data.index(b"IDAT") + 10, b"\0\xff\0\xff")


def webp_of(width, height):
    return lambda: riff(
        (b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")), (b"VP8L", b"/" + bytes(9))
    )


def heic_of(width, height, told=None, hidden=None):
    """One block of a picture said to be as large as this. `hidden`: the size of a part beside it."""
    units = heics.parameter_sets(width, height)
    data = heics.slice_of([RED])
    size = heics.full(b"ispe", struct.pack(">II", *(told or (width, height))))
    properties = {1: [heics.configuration(units), size, heics.box(b"colr", heics.SRGB_FULL)]}
    if hidden:
        properties[2] = [heics.full(b"ispe", struct.pack(">II", *hidden))]
    return lambda: heics.assembled([(b"hvc1", struct.pack(">I", len(data)) + data)], properties, [])


NO_PICTURES = {
    "text": Case(lambda: b"hello", why.NOT_A_PICTURE),
    "page": Case(lambda: PAGE, why.NOT_A_PICTURE),
    "drawing": Case(lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', why.NOT_A_PICTURE),
    "archive": Case(archive, why.NOT_A_PICTURE),
    "document": Case(lambda: saved(scene(), "PDF"), why.NOT_A_PICTURE),
    "GIF": Case(lambda: saved(scene(), "GIF"), why.NOT_A_PICTURE),
    "BMP": Case(lambda: saved(scene(), "BMP"), why.NOT_A_PICTURE),
    "TIFF": Case(lambda: saved(scene(), "TIFF"), why.NOT_A_PICTURE),
    "JPEG 2000": Case(lambda: saved(scene(), "JPEG2000"), why.NOT_A_PICTURE),
    "AVIF": Case(lambda: saved(scene(), "AVIF"), why.NOT_A_PICTURE),
    "AVIF that calls itself HEIF": Case(lambda: heics.box(b"ftyp", b"mif1\0\0\0\0avifmif1") + bytes(99), why.NOT_A_PICTURE),
    "film": Case(lambda: heics.box(b"ftyp", b"mp42\0\0\0\0isom") + bytes(99), why.NOT_A_PICTURE),
    "sound": Case(lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(99), why.NOT_A_PICTURE),
    "PostScript": Case(lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", why.NOT_A_PICTURE),
    "zero bytes": Case(lambda: b"", why.EMPTY),
    "one byte": Case(lambda: b"\xff", why.NOT_A_PICTURE),
    "zeros": Case(lambda: bytes(1000), why.NOT_A_PICTURE),
    "page behind a JPEG header": Case(lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + PAGE, why.DAMAGED),
    "archive behind a JPEG header": Case(lambda: b"\xff\xd8\xff" + archive(), why.DAMAGED),
    "page behind a PNG header": Case(lambda: b"\x89PNG\r\n\x1a\n" + PAGE, why.DAMAGED),
    "page behind a WebP header": Case(lambda: b"RIFF\x40\0\0\0WEBP" + PAGE, why.DAMAGED),
    "page behind a HEIC header": Case(lambda: heics.box(b"ftyp", b"heic\0\0\0\0mif1heic") + PAGE, why.DAMAGED),
    "JPEG that ends as it starts": Case(lambda: b"\xff\xd8\xff\xd9", why.DAMAGED),
    "PNG that ends as it starts": Case(lambda: b"\x89PNG\r\n\x1a\n", why.DAMAGED),
    "WebP that ends as it starts": Case(lambda: b"RIFF\4\0\0\0WEBP", why.DAMAGED),
    "HEIC that ends as it starts": Case(lambda: heics.box(b"ftyp", b"heic\0\0\0\0mif1heic"), why.DAMAGED),
}
LARGE = {
    "30 MB": Case(lambda: jpeg() + bytes(30_000_000), why.TOO_LARGE),
    "one byte over 25 MB": Case(lambda: jpeg().ljust(25 * 1024 * 1024 + 1, b"\0"), why.TOO_LARGE),
    "JPEG of 4 billion pixels": Case(with_frame(65500, 65500), PIXELS),
    "JPEG of one row over 60 million": Case(with_frame(10_000, 6001), PIXELS),
    "JPEG too wide": Case(with_frame(30_001, 64), why.TOO_LONG),
    "PNG of 4 billion pixels": Case(png_of(65535, 65535), PIXELS),
    "PNG too high": Case(png_of(100, 30_001), why.TOO_LONG),
    "PNG of 60 million by 1": Case(png_of(60_000_000, 1), why.TOO_LONG),
    "WebP of 268 million pixels": Case(webp_of(16383, 16383), why.TOO_MANY_PIXELS.format(limit=24)),
    "WebP of 25 million pixels": Case(webp_of(5000, 5000), why.TOO_MANY_PIXELS.format(limit=24)),
    "HEIC of 67 million pixels": Case(heic_of(8192, 8192), PIXELS),
    "HEIC of tiles of 77 million pixels": Case(lambda: heics.grid(16, 18), PIXELS),
    "HEIC with a part of 67 million pixels": Case(heic_of(16, 16, hidden=(8192, 8192)), PIXELS),
    "HEIC larger than it says": Case(heic_of(8192, 8192, told=(64, 64)), why.DAMAGED),
    "WebP larger than its canvas": Case(lambda: spoilt(ACCEPTED["WebP with XMP"].make(), 24, b"\x0f\0\0"), why.DAMAGED),
}
INTRICATE = {
    "101 scans": Case(scans(101), why.TOO_INTRICATE),
    "10,000 scans": Case(scans(10_000), why.TOO_INTRICATE),
    "20 scans of 40 million pixels": Case(scans(20, 8000, 5000), why.TOO_INTRICATE),
    "four colours of 60 million pixels held": Case(with_frame(7500, 8000, components=4, marker=0xC2), why.TOO_INTRICATE),
    "a million comments": Case(lambda: behind_start(jpeg(), segment(0xFE) * 1_000_000), why.TOO_INTRICATE),
    "a million texts": Case(lambda: behind_header(saved(scene(), "PNG"), chunk(b"tEXt", b"a\0") * 1_000_000), why.TOO_INTRICATE),
    "data in empty pieces": Case(lambda: behind_header(saved(scene(), "PNG"), chunk(b"IDAT") * 30_000), why.TOO_INTRICATE),
    "a million chunks of WebP": Case(lambda: riff((b"VP8L", b"/" + bytes(9)), *[(b"JUNK", b"")] * 1_000_000), why.TOO_INTRICATE),
    "frames without end": Case(lambda: riff((b"VP8X", b"\2" + bytes(9)), *[(b"ANMF", bytes(24))] * 100_000), why.TOO_INTRICATE),
}
BROKEN = (
    {f"JPEG cut off at {share:.0%}": Case(cut(detailed(quality=90), share), why.DAMAGED) for share in (0.02, 0.1, 0.5, 0.9, 0.99)}
    | {f"progressive JPEG cut off at {share:.0%}": Case(cut(detailed(progressive=True), share), why.DAMAGED) for share in (0.1, 0.5, 0.99)}
    | {f"JPEG that says its end at {share:.0%}": Case(ended(detailed(quality=90), share), why.DAMAGED) for share in (0.02, 0.1, 0.5, 0.9)}
    | {
        f"{name} JPEG that says its end too early": Case(ended(make, 0.5, "the first scan"), why.DAMAGED)
        for name, make in {
            "progressive": detailed(progressive=True),
            "grey": lambda: saved(Image.effect_noise((400, 300), 40), "JPEG"),
            "printer's": lambda: saved(Image.merge("CMYK", [Image.effect_noise((400, 300), 40)] * 4), "JPEG"),
            "large": lambda: jpeg(scene(4500, 3000), quality=85),
            "restarting": detailed(restart_marker_rows=2),
        }.items()
    }
    | {"JPEG without its colours": Case(without_its_colours, why.DAMAGED)}
    | {f"PNG cut off at {share:.0%}": Case(cut(detailed("PNG"), share), why.DAMAGED) for share in (0.1, 0.5, 0.99)}
    | {f"WebP cut off at {share:.0%}": Case(cut(detailed("WEBP"), share), why.DAMAGED) for share in (0.1, 0.5, 0.99)}
    | {f"HEIC cut off at {share:.0%}": Case(cut(ACCEPTED["HEIC"].make, share), why.DAMAGED) for share in (0.005, 0.1, 0.5, 0.99)}
    | {
        "JPEG without rows": Case(with_frame(96, 0), why.DAMAGED),
        "JPEG of no colours": Case(with_frame(96, 64, components=0), why.DAMAGED),
        "JPEG of five colours": Case(with_frame(96, 64, components=5), why.DAMAGED),
        "JPEG with two frames in one": Case(lambda: behind_start(jpeg(), segment(0xC0, b"\x08\0\x40\0\x60\1\1\x11\0")), why.DAMAGED),
        "JPEG without scans": Case(lambda: jpeg()[: jpeg().index(b"\xff\xda")] + b"\xff\xd9", why.DAMAGED),
        "JPEG whose segment has no length": Case(lambda: behind_start(jpeg(), b"\xff\xfe\0\0"), why.DAMAGED),
        "PNG without columns": Case(png_of(0, 64), why.DAMAGED),
        "PNG with another first chunk": Case(lambda: saved(scene(), "PNG")[:8] + chunk(b"tEXt") + saved(scene(), "PNG")[8:], why.DAMAGED),
        "PNG whose header is spoilt": Case(lambda: spoilt(saved(scene(), "PNG"), 24, b"\x07"), why.DAMAGED),
        "PNG whose data are spoilt": Case(spoilt_png, why.DAMAGED),
        "PNG without a palette": Case(lambda: png(96, 64, [bytes(96)] * 64, kind=3), why.DAMAGED),
        "PNG of too few bits": Case(lambda: png(96, 64, [bytes(36)] * 64, bits=3), why.DAMAGED),
        "WebP without pixels": Case(lambda: riff((b"VP8X", bytes(10))), why.DAMAGED),
        "WebP whose data are spoilt": Case(lambda: spoilt(webp(lossless=True), 25, b"\xff\0\xff\0" * 4), why.DAMAGED),
        "HEIC without boxes": Case(lambda: heics.box(b"ftyp", b"heic\0\0\0\0mif1heic") + heics.full(b"meta"), why.DAMAGED),
        "HEIC of an unknown coding": Case(lambda: ACCEPTED["HEIC"].make().replace(b"hvc1", b"vvc1"), why.DAMAGED),
    }
)
REFUSED = NO_PICTURES | LARGE | INTRICATE | BROKEN
