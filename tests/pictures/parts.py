"""Parts of files by hand: segments, chunks, EXIF, profiles."""

import struct
import zlib

from PIL import ImageCms

GPS = 0x8825


def segment(marker, body=b""):
    return bytes([0xFF, marker]) + (2 + len(body)).to_bytes(2) + body


def behind_start(data, *segments):
    """A JPEG with these segments at its beginning."""
    return data[:2] + b"".join(segments) + data[2:]


def exif(orientation=None, order=">", gps=False, links=(), thumbnail=b""):
    """A block of EXIF (TIFF 6.0). `links`: pairs of tag and the entries of the directory it points to."""
    entries = [(0x0112, 3, struct.pack(order + "HH", orientation, 0))] if orientation is not None else []
    directories = []
    at = 8 + 2 + 12 * (len(entries) + len(links) + gps) + 4
    pairs = [*links, *([(GPS, [(1, 2, b"N\0\0\0"), (3, 2, b"E\0\0\0")])] if gps else [])]
    for tag, inner in pairs:
        entries.append((tag, 4, struct.pack(order + "I", at)))
        directories.append(directory(inner, order))
        at += len(directories[-1])
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(order + "I", 8) + directory(entries, order) + b"".join(directories) + thumbnail


def directory(entries, order=">"):
    rows = b"".join(struct.pack(order + "HHI", tag, kind, 1) + value for tag, kind, value in entries)
    return struct.pack(order + "H", len(entries)) + rows + bytes(4)


def app1(block):
    return segment(0xE1, b"Exif\0\0" + block)


def profile_segments(profile, size=60_000):
    """An ICC profile in JPEG segments."""
    parts = [profile[at : at + size] for at in range(0, len(profile), size)]
    return [segment(0xE2, b"ICC_PROFILE\0" + bytes([number, len(parts)]) + part) for number, part in enumerate(parts, 1)]


def chunk(name, body=b""):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, rows, *, bits=8, kind=2, before=(), interlaced=0, split=None):
    """A PNG of these bytes, a row after the other; `kind` 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 all."""
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(b"\0" + row) for row in rows) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlaced))
    pieces = [data[at : at + (split or len(data))] for at in range(0, len(data), split or len(data))]
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(before) + b"".join(chunk(b"IDAT", piece) for piece in pieces) + chunk(b"IEND")


def behind_header(data, *chunks):
    """A PNG with these chunks after its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def riff(*chunks):
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def icc(space, tags, version=0x02400000, kind=b"mntr", connection=b"XYZ "):
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, value in tags:
        table += struct.pack(">4sII", name, start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    white = struct.pack(">3i", 63190, 65536, 54061)
    header = struct.pack(">I4xI4s4s4s12x4s28x12s48x", start + len(body), version, kind, space, connection, b"acsp", white)
    return header + struct.pack(">I", len(tags)) + table + body


def rgb_profile(columns, gamma=None):
    """From the XYZ of full red, green and blue under D50; the curve of sRGB where no gamma is given."""
    table = [(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4) for v in (n / 1023 for n in range(1024))]
    curve = struct.pack(">4s4xI1024H", b"curv", 1024, *(round(65535 * v) for v in table))
    if gamma:
        curve = struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))
    tags = [
        (name, struct.pack(">4s4x3i", b"XYZ ", *(round(v * 65536) for v in column)))
        for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    ]
    tags.append((b"wtpt", struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)))
    return icc(b"RGB ", tags + [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")])


def cmyk_profile(lab_of):
    """A printer's profile of its sixteen corners; `lab_of((c, m, y, k))` gives the colour of each."""
    corners = [lab_of((n >> 3 & 1, n >> 2 & 1, n >> 1 & 1, n & 1)) for n in range(16)]
    points = b"".join(bytes([round(light * 2.55), round(a + 128), round(b + 128)]) for light, a, b in corners)
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + bytes(range(256)) * 4 + points + bytes(range(256)) * 3
    return icc(b"CMYK", [(b"A2B0", table), (b"A2B1", table)], kind=b"prtr", connection=b"Lab ")


def grey_profile(gamma):
    return icc(
        b"GRAY",
        [
            (b"kTRC", struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))),
            (b"wtpt", struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)),
        ],
    )


def srgb_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
