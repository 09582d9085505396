"""The true sRGB colour of values in other spaces, by the published matrices, and profiles of these spaces."""

from tests.pictures.parts import cmyk_profile, rgb_profile
from tests.pictures.scene import RED, SKY

# Linear light of the space to linear sRGB; both have D65 as white.
P3_TO_SRGB = ((1.2249402, -0.2249402, 0.0), (-0.0420570, 1.0420570, 0.0), (-0.0196376, -0.0786361, 1.0982735))
ADOBE_TO_SRGB = ((1.3983557, -0.3983557, 0.0), (0.0, 1.0, 0.0), (0.0, -0.0429290, 1.0429290))
ADOBE_GAMMA = 563 / 256
# XYZ of full red, green and blue under D50, as their makers' profiles hold them.
P3_COLUMNS = [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)]
P3, LINEAR_P3 = rgb_profile(P3_COLUMNS), rgb_profile(P3_COLUMNS, 1.0)
ADOBE = rgb_profile([(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)], ADOBE_GAMMA)
INKS = {(0, 1, 1, 0): (48.0, 68.0, 48.0), (1, 0, 0, 0): (56.0, -36.0, -50.0), (0, 0, 0, 0): (100.0, 0.0, 0.0)}  # as printed on coated paper
PRINTER = cmyk_profile(lambda corner: INKS.get(corner, (0.0, 0.0, 0.0)))


def light(value):
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def coded(value):
    value = min(1.0, max(0.0, value))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def true(colour, matrix, gamma=None):
    """The sRGB colour of a colour whose space has this matrix and gamma."""
    linear = [(value / 255) ** gamma if gamma else light(value / 255) for value in colour]
    return tuple(round(255 * coded(sum(a * b for a, b in zip(row, linear, strict=True)))) for row in matrix)


IDENTITY = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
P3_RED, P3_SKY = true(RED, P3_TO_SRGB), true(SKY, P3_TO_SRGB)
ADOBE_RED, ADOBE_SKY = true(RED, ADOBE_TO_SRGB, ADOBE_GAMMA), true(SKY, ADOBE_TO_SRGB, ADOBE_GAMMA)
LINEAR_RED, LINEAR_SKY = true(RED, IDENTITY, 1.0), true(SKY, IDENTITY, 1.0)


def from_lab(colour):
    """The sRGB colour of CIE Lab under D50, by the definition and the Bradford matrix."""
    lightness, a, b = colour
    middle = (lightness + 16) / 116
    xyz = [
        white * (f**3 if f**3 > 216 / 24389 else (116 * f - 16) * 27 / 24389)
        for white, f in zip((0.9642, 1.0, 0.8249), (middle + a / 500, middle, middle - b / 200), strict=True)
    ]
    matrix = ((3.1338561, -1.6168667, -0.4906146), (-0.9787684, 1.9161415, 0.0334540), (0.0719453, -0.2289914, 1.4052427))
    return tuple(round(255 * coded(sum(m * v for m, v in zip(row, xyz, strict=True)))) for row in matrix)


PRINTED_RED, PRINTED_CYAN = from_lab(INKS[0, 1, 1, 0]), from_lab(INKS[1, 0, 0, 0])
