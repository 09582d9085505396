"""HEIC files without an encoder: samples stored as they are (HEVC's PCM blocks) in boxes written by hand.

HEVC: ITU-T H.265. Boxes: ISO 14496-12 and 23008-12.
"""

import struct

BLOCK = 16
SRGB_FULL = struct.pack(">4sHHHB", b"nclx", 1, 13, 6, 0x80)
P3_FULL = struct.pack(">4sHHHB", b"nclx", 12, 13, 6, 0x80)
# How wide the unlikely part of an interval is after as many likely bins (H.265, table 9-52, last column).
UNLIKELY = bytes.fromhex(
    "f0e3d8cdc3b9afa69e968e87807a746e68635e5955504c4845413e3b383532302d2b29272523211f1e1c1b191817161514131211100f0e0e0d0c0c0b0b0a09"
)


class Bits:
    def __init__(self):
        self.text = ""

    def put(self, value, count):
        self.text += f"{value:0{count}b}" if count else ""

    def number(self, *values):
        """Exp-Golomb codes."""
        for value in values:
            self.text += "0" * ((value + 1).bit_length() - 1) + f"{value + 1:b}"

    def unit(self, kind):
        """A NAL unit of what was put."""
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        return unit(kind, int(text, 2).to_bytes(len(text) // 8))


def unit(kind, payload):
    """With the bytes that keep 00 00 00 to 00 00 03 from appearing in it."""
    out = bytearray([kind << 1, 1])
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def _profile_tier_level(bits):
    bits.put(3, 8)  # main still picture
    bits.put(0x70000000, 32)
    bits.put(0b1001, 4)
    bits.put(0, 44)
    bits.put(186, 8)


def parameter_sets(width, height):
    video, sequence, picture = Bits(), Bits(), Bits()
    video.put(0b0000_11_000000_000_1, 16)
    video.put(0xFFFF, 16)
    _profile_tier_level(video)
    video.put(1, 1)
    video.number(0, 0, 0)
    video.put(0, 6)
    video.number(0)
    video.put(0, 2)
    sequence.put(1, 8)
    _profile_tier_level(sequence)
    sequence.number(0, 1, width, height)  # colours at half the resolution
    sequence.put(0, 1)
    sequence.number(0, 0, 0)
    sequence.put(1, 1)
    sequence.number(0, 0, 0, 1, 0, 0, 2, 0, 0)  # blocks of 16
    sequence.put(0b0001, 4)
    sequence.put(0x77, 8)
    sequence.number(1, 0)
    sequence.put(1, 1)
    sequence.number(0)
    sequence.put(0, 5)
    picture.number(0, 0)
    picture.put(0, 7)
    picture.number(0, 0, 0)
    picture.put(0, 3)
    picture.number(0, 0)
    picture.put(0b0_0_0_0_0_0_0_1_0_1_0_0, 12)
    picture.number(0)
    picture.put(0, 2)
    return video.unit(32), sequence.unit(33), picture.unit(34)


def to_ycbcr(colour):
    red, green, blue = colour
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return tuple(min(255, max(0, round(v))) for v in (luma, 128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402))


def slice_of(colours):
    """A picture whose blocks have these colours, in reading order."""
    payload = bytearray(_slice_header())
    for number, colour in enumerate(colours):
        interval = 508 - (2 if number else 0)
        payload += ((interval - UNLIKELY[min(number, 62)] | 1) << 7).to_bytes(2)
        luma, blue, red = to_ycbcr(colour)
        payload += bytes([luma]) * BLOCK**2 + (bytes([blue]) * (BLOCK // 2) ** 2) + (bytes([red]) * (BLOCK // 2) ** 2)
    return unit(19, payload + ((508 | 1) << 7).to_bytes(2))


def _slice_header():
    bits = Bits()
    bits.put(0b10, 2)
    bits.number(0, 2, 0)
    bits.put(1, 1)
    bits.put(0, -len(bits.text) % 8)
    return int(bits.text, 2).to_bytes(len(bits.text) // 8)


def box(name, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name, *parts, version=0, flags=0):
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def configuration(units):
    arrays = b"".join(struct.pack(">BHH", 0x80 | part[0] >> 1, 1, len(part)) + part for part in units)
    return box(
        b"hvcC",
        b"\1\3" + struct.pack(">I", 0x70000000) + b"\x90\0\0\0\0\0\xba" + b"\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f",
        bytes([len(units)]),
        arrays,
    )


def heic(columns, rows, colour_of, *, colours=(SRGB_FULL,), turn=0, exif=b"", xmp=b""):
    """A HEIC of blocks; `colour_of(column, row)` gives each block's colour. `colours`: what its colour boxes hold."""
    width, height = columns * BLOCK, rows * BLOCK
    units = parameter_sets(width, height)
    data = slice_of(colour_of(column, row) for row in range(rows) for column in range(columns))
    items = [(b"hvc1", struct.pack(">I", len(data)) + data)]
    items += [(b"Exif", b"\0\0\0\0" + exif)] if exif else []
    items += [(b"mime", xmp)] if xmp else []
    size = full(b"ispe", struct.pack(">II", width, height))
    properties = [configuration(units), size, *(box(b"colr", colour) for colour in colours), box(b"irot", bytes([turn]))]
    return assembled(items, {1: properties}, [(b"cdsc", number, [1]) for number in range(2, len(items) + 1)])


def grid(columns, rows, tile=32, colour=(200, 40, 30)):
    """A HEIC as iPhones write it, a grid of tiles; all are the same tile."""
    units = parameter_sets(tile * BLOCK, tile * BLOCK)
    data = slice_of([colour] * tile**2)
    width, height = columns * tile * BLOCK, rows * tile * BLOCK
    layout = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    tiles = range(2, 2 + columns * rows)
    items = [(b"grid", layout)] + [(b"hvc1", struct.pack(">I", len(data)) + data)] * len(tiles)
    held = [configuration(units), full(b"ispe", struct.pack(">II", tile * BLOCK, tile * BLOCK)), box(b"colr", SRGB_FULL)]
    properties = {1: [full(b"ispe", struct.pack(">II", width, height)), box(b"colr", SRGB_FULL)], **dict.fromkeys(tiles, held)}
    return assembled(items, properties, [(b"dimg", 1, list(tiles))])


def assembled(items, properties, references):
    """A file of items (kind, bytes), the first its picture."""
    kinds = b"".join(
        full(b"infe", struct.pack(">HH4s", number, 0, kind) + b"\0" + (b"application/rdf+xml\0" if kind == b"mime" else b""), version=2)
        for number, (kind, _) in enumerate(items, 1)
    )
    held = list(dict.fromkeys(part for parts in properties.values() for part in parts))
    links = b"".join(
        struct.pack(">HB", item, len(parts)) + bytes(held.index(part) + 1 for part in parts) for item, parts in properties.items()
    )
    pointing = b"".join(box(kind, struct.pack(f">HH{len(to)}H", item, len(to), *to)) for kind, item, to in references)

    def meta(start):
        places, at, position = b"", {}, start
        for number, (_, data) in enumerate(items, 1):
            if data not in at:
                at[data], position = position, position + len(data)
            places += struct.pack(">HHHII", number, 0, 1, at[data], len(data))
        return full(
            b"meta",
            full(b"hdlr", b"\0\0\0\0pict" + bytes(13)),
            full(b"pitm", struct.pack(">H", 1)),
            full(b"iloc", struct.pack(">HH", 0x4400, len(items)) + places),
            full(b"iinf", struct.pack(">H", len(items)), kinds),
            full(b"iref", pointing) if pointing else b"",
            box(b"iprp", box(b"ipco", *held), full(b"ipma", struct.pack(">I", len(properties)), links)),
        )

    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", *dict.fromkeys(data for _, data in items))
