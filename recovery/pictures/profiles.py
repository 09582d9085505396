"""ICC profiles for pictures that name their colours in another way."""

import struct
from dataclasses import dataclass

Point = tuple[float, float]
Matrix = list[list[float]]

D50 = (0.9642, 1.0, 0.8249)  # the white of every profile (ICC.1)
D65: Point = (0.3127, 0.3290)
# Bradford: how eyes that adapt to another white see colours (ICC.1, annex E)
BRADFORD: Matrix = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]


@dataclass(frozen=True)
class Space:
    """An RGB colour space: chromaticities of red, green, blue and white. `gamma` None means the curve of sRGB."""

    red: Point
    green: Point
    blue: Point
    white: Point = D65
    gamma: float | None = None


SRGB = Space((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))  # IEC 61966-2-1
DISPLAY_P3 = Space((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))  # SMPTE EG 432-1 with the curve of sRGB
ADOBE_RGB = Space((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), gamma=563 / 256)  # Adobe RGB (1998)


def profile_of(space: Space) -> bytes:
    """Raises ZeroDivisionError or struct.error where no such colours exist."""
    columns = _columns(space)
    curve = struct.pack(">4s4xHxx5i", b"para", 3, *map(_fixed, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    if space.gamma is not None:
        curve = struct.pack(">4s4xHxxi", b"para", 0, _fixed(space.gamma))
    tags = [(b"wtpt", _xyz(D50)), *zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, columns), strict=True)]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return _file(tags)


def _columns(space: Space) -> list[tuple[float, ...]]:
    """The XYZ of full red, green and blue under D50; together they are its white."""
    primaries = _transposed([_from_xy(point) for point in (space.red, space.green, space.blue)])
    white = _from_xy(space.white)
    shares = _times(_inverse(primaries), white)
    cones = [new / old for new, old in zip(_times(BRADFORD, list(D50)), _times(BRADFORD, white), strict=True)]
    adapted = [
        _times(_inverse(BRADFORD), [cone * value for cone, value in zip(cones, _times(BRADFORD, column), strict=True)])
        for column in _transposed(primaries)
    ]
    return [tuple(share * value for value in column) for share, column in zip(shares, adapted, strict=True)]


def _from_xy(point: Point) -> list[float]:
    x, y = point
    return [x / y, 1.0, (1 - x - y) / y]


def _transposed(matrix: Matrix) -> Matrix:
    return [list(row) for row in zip(*matrix, strict=True)]


def _times(matrix: Matrix, vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _inverse(matrix: Matrix) -> Matrix:
    """Of three by three, by cofactors."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    cofactors = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    return [[value / whole for value in row] for row in cofactors]


def _fixed(value: float) -> int:
    """A number as s15Fixed16."""
    return round(value * 65536)


def _xyz(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *map(_fixed, values))


def _file(tags: list[tuple[bytes, bytes]]) -> bytes:
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags:
        table += struct.pack(">4sII", name, start + len(body), len(value))
        body += value
    header = struct.pack(">I4xI4s4s4s12x4s28x3i48x", start + len(body), 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp", *map(_fixed, D50))
    return header + struct.pack(">I", len(tags)) + table + body
