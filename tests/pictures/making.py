"""How the odd pictures are made: whole files with something unusual in them."""

import struct
import zipfile
from io import BytesIO

from PIL import Image

from tests.pictures.heics import heic
from tests.pictures.parts import app1, behind_header, behind_start, directory, exif, riff
from tests.pictures.scene import HEIGHT, RED, SKY, WIDTH, jpeg, saved, scene, stored_as, webp

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><tiff:Orientation>6</tiff:Orientation>SECRET</x:xmpmeta>'
SIZE = (WIDTH, HEIGHT)


def turned(orientation, order=">"):
    return lambda: behind_start(jpeg(stored_as(orientation, scene())), app1(exif(orientation, order)))


def with_segments(*segments, **options):
    return lambda: behind_start(jpeg(**options), *segments)


def with_chunks(*chunks, image=None):
    return lambda: behind_header(saved(image or scene(), "PNG"), *chunks)


def archive():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("page.html", "<script>SECRET</script>")
    return out.getvalue()


def two_frames():
    return saved(scene(), "MPO", save_all=True, append_images=[scene(red=(0, 255, 0))], quality=95, subsampling=0)


def rows_of(pack, red, sky):
    """The scene's rows, each colour packed for a PNG."""
    third = WIDTH // 3
    top = pack(red) * third + pack(sky) * (WIDTH - third)
    return [top if y < HEIGHT // 3 else pack(sky) * WIDTH for y in range(HEIGHT)]


def two_bits():
    return [b"\x55" * 8 + b"\xff" * 16] * (HEIGHT // 3) + [b"\xff" * 24] * (HEIGHT - HEIGHT // 3)


def sixteen(colour):
    return struct.pack(f">{len(colour)}H", *(257 * value for value in colour))


def palette():
    return saved(scene().quantize(2), "PNG")


def see_through(kind="PNG", **options):
    return saved(scene(red=(*RED, 255), sky=(0, 0, 0, 0), mode="RGBA"), kind, **options)


def see_through_palette():
    image = scene().quantize(2)
    clear = image.getpixel((WIDTH - 1, HEIGHT - 1))
    return saved(image, "PNG", transparency=clear)


def animated_png():
    return saved(scene(), "PNG", save_all=True, append_images=[scene(red=(0, 255, 0))] * 40)


def animated_webp(frames=40):
    others = [scene(red=(0, number % 256, number // 256)) for number in range(frames)]
    return webp(scene(), save_all=True, append_images=others, lossless=True, duration=20)


def webp_with(*chunks, image=None):
    """Extended WebP, with chunks after its pixels."""
    plain = webp(image, lossless=True)
    width, height = (image or scene()).size
    pixels = plain[20 : 20 + int.from_bytes(plain[16:20], "little")]
    flags = 0x20 * any(name == b"ICCP" for name, _ in chunks) + 0x08 * any(name == b"EXIF" for name, _ in chunks)
    extended = struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    before = [part for part in chunks if part[0] == b"ICCP"]
    return riff((b"VP8X", extended), *before, (b"VP8L", pixels), *(part for part in chunks if part[0] != b"ICCP"))


def phone(column, row):
    return RED if column < 4 and row < 3 else SKY


def apple(**options):
    return lambda: heic(12, 8, phone, **options)


def on_its_side(orientation=6):
    """Stored a quarter to the left; the file says how to turn it back, and so does EXIF, as phones do."""
    return heic(8, 12, lambda column, row: phone(11 - row, column), turn=3, exif=b"Exif\0\0" + exif(orientation))


def adobe_by_rules():
    """As cameras say it: EXIF points to a directory of its own, behind it one that names the rules."""
    behind = 8 + (2 + 2 * 12 + 4) + (2 + 12 + 4)
    block = exif(1, links=[(0x8769, [(0xA005, 4, struct.pack(">I", behind))])])
    return behind_start(jpeg(), app1(block + directory([(1, 2, b"R03\0")])))


def metadata_of_no_kind():
    """The kind of an item is no text; pi-heif 1.4 crashes on it."""
    data = heic(12, 8, phone, exif=b"Exif\0\0" + exif(6))
    at = data.index(b"Exif", data.index(b"iinf"))
    return data[:at] + b"E\xb8if" + data[at + 4 :]


def data_in_front():
    """A box with a long size before the others; the places move with it."""
    data = heic(12, 8, phone)
    start, box = data.index(b"meta") - 4, struct.pack(">I4sQ", 1, b"free", 16)
    at = data.index(struct.pack(">HHH", 1, 0, 1), data.index(b"iloc")) + 6
    place = int.from_bytes(data[at : at + 4]) + len(box)
    return data[:start] + box + data[start:at] + place.to_bytes(4) + data[at + 4 :]


def copying_exif():
    """A directory whose every entry is 60 kB long: read in full, it takes gigabytes."""
    entries = b"".join(struct.pack(">HHII", tag, 7, 60_000, 8) for tag in range(1, 5400))
    block = b"MM\0*" + struct.pack(">IH", 8, 5399) + entries
    return behind_start(jpeg(), app1(block))


def tiny():
    return saved(Image.new("RGB", (1, 1), RED), "PNG")
