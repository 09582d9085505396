"""Odd pictures that are taken: name -> how it is made, its size and the two colours it must show."""

import struct
import zlib
from typing import NamedTuple

from tests.pictures import colours as c
from tests.pictures.heics import P3_FULL, SRGB_FULL, box, grid, heic
from tests.pictures.making import (
    SIZE,
    XMP,
    adobe_by_rules,
    animated_png,
    animated_webp,
    apple,
    archive,
    copying_exif,
    data_in_front,
    metadata_of_no_kind,
    on_its_side,
    palette,
    phone,
    rows_of,
    see_through,
    see_through_palette,
    sixteen,
    turned,
    two_bits,
    two_frames,
    webp_with,
    with_chunks,
    with_segments,
)
from tests.pictures.parts import (
    app1,
    behind_header,
    behind_start,
    chunk,
    exif,
    grey_profile,
    png,
    profile_segments,
    segment,
    srgb_profile,
)
from tests.pictures.scene import RED, SKY, WHITE, grey_scene, jpeg, saved, scene, stored_as, webp

DARK, LIGHT, BLACK, GREY = (80, 80, 80), (200, 200, 200), (0, 0, 0), (128, 128, 128)
HEIC_SIZE = (192, 128)


class Case(NamedTuple):
    make: object
    size: tuple = SIZE
    red: tuple = RED
    sky: tuple = SKY


JPEGS = {f"turned {n}": Case(turned(n, "<>"[n % 2])) for n in range(1, 9)} | {
    "turned by an unknown number": Case(with_segments(app1(exif(9)))),
    "turned by zero": Case(with_segments(app1(exif(0)))),
    "turned by the first of two EXIF blocks": Case(with_segments(app1(exif(1)), app1(exif(6)))),
    "turned by XMP alone": Case(with_segments(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP))),
    "broken EXIF": Case(with_segments(app1(b"MM\0*\xff\xff\xff\xff"))),
    "EXIF that points into itself": Case(with_segments(app1(exif(1, links=[(0x8769, [(0xA005, 4, b"\0\0\0\x08")])])))),
    "EXIF that copies itself": Case(copying_exif),
    "GPS": Case(with_segments(app1(exif(1, gps=True)))),
    "comment": Case(lambda: jpeg(comment="SECRET")),
    "IPTC": Case(with_segments(segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0bSECRET"))),
    "embedded thumbnail": Case(lambda: behind_start(jpeg(), app1(exif(1, thumbnail=jpeg(scene(red=(0, 255, 0))))))),
    "two frames": Case(two_frames),
    "motion photo": Case(lambda: jpeg() + box(b"ftyp", b"mp42SECRET") + box(b"mdat", bytes(50_000))),
    # What a decoder paints where the data are missing is this grey; a picture may show it all the same.
    "middle grey in the last corner": Case(lambda: jpeg(scene(sky=GREY)), sky=GREY),
    "middle grey in the last corner, large": Case(lambda: jpeg(scene(4500, 3000, sky=GREY), progressive=True), (2048, 1365), sky=GREY),
    "middle grey, then a film": Case(lambda: jpeg(scene(sky=GREY)) + box(b"ftyp", b"mp42SECRET") + bytes(50_000), sky=GREY),
    "middle grey of a printer": Case(lambda: jpeg(scene(red=(0, 204, 217, 55), sky=(127, 127, 127, 0), mode="CMYK")), sky=(128, 128, 128)),
    "bytes between data and end": Case(lambda: jpeg(scene(sky=GREY))[:-2] + bytes(2000) + b"\xff\xd9", sky=GREY),
    "archive behind a picture": Case(lambda: jpeg() + archive()),
    "page in a comment": Case(with_segments(segment(0xFE, b"<script>SECRET</script>"))),
    "Display-P3": Case(lambda: jpeg(icc_profile=c.P3), red=c.P3_RED, sky=c.P3_SKY),
    "Display-P3 in pieces": Case(with_segments(*profile_segments(c.P3, 500)[::-1]), red=c.P3_RED, sky=c.P3_SKY),
    "Display-P3 turned": Case(
        lambda: behind_start(jpeg(stored_as(8, scene()), icc_profile=c.P3), app1(exif(8))), red=c.P3_RED, sky=c.P3_SKY
    ),
    "Adobe RGB": Case(lambda: jpeg(icc_profile=c.ADOBE), red=c.ADOBE_RED, sky=c.ADOBE_SKY),
    "Adobe RGB by EXIF": Case(with_segments(app1(exif(1, links=[(0x8769, [(0xA001, 3, b"\0\2\0\0")])]))), red=c.ADOBE_RED, sky=c.ADOBE_SKY),
    "Adobe RGB by EXIF's rules": Case(adobe_by_rules, red=c.ADOBE_RED, sky=c.ADOBE_SKY),
    "sRGB": Case(lambda: jpeg(icc_profile=srgb_profile())),
    "broken profile": Case(lambda: jpeg(icc_profile=c.P3[:200])),
    "profile of other colours": Case(lambda: jpeg(icc_profile=c.PRINTER)),
    "CMYK": Case(lambda: jpeg(scene(red=(0, 204, 217, 55), sky=(125, 95, 65, 0), mode="CMYK"))),
    "CMYK of a printer": Case(
        lambda: jpeg(scene(red=(0, 255, 255, 0), sky=(255, 0, 0, 0), mode="CMYK"), icc_profile=c.PRINTER),
        red=c.PRINTED_RED,
        sky=c.PRINTED_CYAN,
    ),
    "grey": Case(lambda: jpeg(grey_scene()), red=DARK, sky=LIGHT),
    "grey with a profile": Case(
        lambda: jpeg(grey_scene(), icc_profile=grey_profile(1.0)),
        red=c.true(DARK, c.IDENTITY, 1.0),
        sky=c.true(LIGHT, c.IDENTITY, 1.0),
    ),
    "grey with a profile of colours": Case(
        lambda: jpeg(grey_scene(), icc_profile=c.LINEAR_P3), red=c.true(DARK, c.IDENTITY, 1.0), sky=c.true(LIGHT, c.IDENTITY, 1.0)
    ),
    "progressive": Case(lambda: jpeg(progressive=True)),
    "half the colours": Case(lambda: jpeg(subsampling=2)),
    "restarts": Case(lambda: jpeg(restart_marker_blocks=3)),
    "filled markers": Case(lambda: jpeg().replace(b"\xff\xdb", b"\xff\xff\xff\xdb")),
    "the usual tables left out": Case(lambda: jpeg().replace(b"\xff\xc4", b"\xff\xe5")),
    "a photo of 12 million": Case(lambda: jpeg(scene(4032, 3024)), (2048, 1536)),
    "a photo of 48 million": Case(lambda: jpeg(scene(8064, 6048)), (2048, 1536)),
    "panorama": Case(lambda: jpeg(scene(16000, 800)), (2048, 102)),
    "upright panorama": Case(lambda: behind_start(jpeg(stored_as(6, scene(600, 6000))), app1(exif(6))), (205, 2048)),
    "one row too wide": Case(lambda: jpeg(scene(2049, 1025)), (2048, 1024)),
}
PNGS = {
    "PNG": Case(lambda: saved(scene(), "PNG")),
    "PNG turned": Case(lambda: behind_header(saved(stored_as(6, scene()), "PNG"), chunk(b"eXIf", exif(6)))),
    "PNG of 16 bits": Case(lambda: png(*SIZE, rows_of(sixteen, RED, SKY), bits=16)),
    "PNG of 16 bits on white": Case(lambda: png(*SIZE, rows_of(sixteen, (*RED, 255), (*SKY, 0)), bits=16, kind=6), sky=WHITE),
    "grey PNG of 16 bits": Case(lambda: png(*SIZE, rows_of(sixteen, (80,), (200,)), bits=16, kind=0), red=DARK, sky=LIGHT),
    "grey PNG of 2 bits": Case(lambda: png(*SIZE, two_bits(), bits=2, kind=0), red=(85, 85, 85), sky=WHITE),
    "black and white": Case(lambda: saved(grey_scene("1", 0, 255), "PNG"), red=BLACK, sky=WHITE),
    "grey PNG on white": Case(lambda: saved(scene(red=(80, 255), sky=(0, 0), mode="LA"), "PNG"), red=DARK, sky=WHITE),
    "palette": Case(palette),
    "palette on white": Case(see_through_palette, sky=WHITE),
    "transparent": Case(see_through, sky=WHITE),
    "half transparent": Case(lambda: saved(scene(red=(*RED, 255), sky=(0, 0, 0, 128), mode="RGBA"), "PNG"), sky=(127, 127, 127)),
    "one colour transparent": Case(lambda: saved(scene(), "PNG", transparency=SKY), sky=WHITE),
    "large and transparent": Case(
        lambda: saved(scene(3000, 2000, (*RED, 255), (0, 0, 0, 0), "RGBA"), "PNG", compress_level=1), (2048, 1365), sky=WHITE
    ),
    "large palette": Case(lambda: saved(scene(3000, 2000).quantize(2), "PNG"), (2048, 1365)),
    "PNG in Display-P3": Case(lambda: saved(scene(), "PNG", icc_profile=c.P3), red=c.P3_RED, sky=c.P3_SKY),
    "PNG in Display-P3 by number": Case(with_chunks(chunk(b"cICP", b"\x0c\x0d\0\1")), red=c.P3_RED, sky=c.P3_SKY),
    "PNG in Display-P3 by points": Case(
        with_chunks(
            chunk(b"gAMA", struct.pack(">I", 45455)),
            chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)),
        ),
        red=c.P3_RED,
        sky=c.P3_SKY,
    ),
    "PNG in linear light": Case(with_chunks(chunk(b"gAMA", struct.pack(">I", 100_000))), red=c.LINEAR_RED, sky=c.LINEAR_SKY),
    "PNG with a gamma of nothing": Case(with_chunks(chunk(b"gAMA", bytes(4)))),
    "PNG said to be sRGB": Case(with_chunks(chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 100_000)))),
    "PNG with texts": Case(
        with_chunks(
            chunk(b"tEXt", b"Author\0SECRET"),
            chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"SECRET")),
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        )
    ),
    "PNG with a bomb of text": Case(with_chunks(*[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(20_000_000)))] * 40)),
    "PNG with a bomb of a profile": Case(with_chunks(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100_000_000))))),
    "animated PNG": Case(animated_png),
    "archive behind a PNG": Case(lambda: saved(scene(), "PNG") + archive()),
}
WEBPS = {
    "WebP": Case(webp),
    "WebP without loss": Case(lambda: webp(lossless=True)),
    "WebP on white": Case(lambda: see_through(kind="WEBP", lossless=True), sky=WHITE),
    "lossy WebP on white": Case(lambda: see_through(kind="WEBP", quality=95), sky=WHITE),
    "animated WebP": Case(animated_webp),
    "WebP of 1000 frames": Case(lambda: animated_webp(1000)),
    "WebP turned": Case(lambda: webp_with((b"EXIF", exif(5)), image=stored_as(5, scene()))),
    "WebP turned, EXIF with its header": Case(lambda: webp_with((b"EXIF", b"Exif\0\0" + exif(3, "<")), image=stored_as(3, scene()))),
    "WebP in Display-P3": Case(lambda: webp_with((b"ICCP", c.P3)), red=c.P3_RED, sky=c.P3_SKY),
    "WebP with XMP": Case(lambda: webp_with((b"XMP ", XMP), (b"JUNK", b"SECRET"))),
    "large WebP": Case(lambda: webp(scene(3000, 4000), method=0), (1536, 2048)),
}
HEICS = {
    "HEIC": Case(apple(), HEIC_SIZE),
    "HEIC with metadata of no kind": Case(metadata_of_no_kind, HEIC_SIZE),
    "HEIC with its data in front": Case(data_in_front, HEIC_SIZE),
    "large HEIC": Case(lambda: heic(132, 88, lambda column, row: RED if column < 44 and row < 29 else SKY), (2048, 1365)),
    "HEIC turned": Case(on_its_side, HEIC_SIZE),
    "HEIC turned by EXIF alone": Case(apple(exif=b"Exif\0\0" + exif(6)), HEIC_SIZE),
    "HEIC with GPS and XMP": Case(apple(exif=b"Exif\0\0" + exif(1, gps=True), xmp=XMP), HEIC_SIZE),
    "HEIC in Display-P3": Case(apple(colours=(SRGB_FULL, b"prof" + c.P3)), HEIC_SIZE, c.P3_RED, c.P3_SKY),
    "HEIC in Display-P3 by number": Case(apple(colours=(P3_FULL,)), HEIC_SIZE, c.P3_RED, c.P3_SKY),
    "HEIC of tiles": Case(lambda: grid(6, 4, colour=SKY), (2048, 1365), SKY, SKY),
    "HEIC with a film": Case(lambda: heic(12, 8, phone) + box(b"mpvd", b"SECRET" * 1000), HEIC_SIZE),
}
ACCEPTED = JPEGS | PNGS | WEBPS | HEICS
