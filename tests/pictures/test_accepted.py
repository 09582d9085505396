"""Odd pictures that are taken: upright, in true colours, and nothing but pixels in the files that are kept."""

from io import BytesIO

import pytest
from PIL import Image

from recovery.pictures.cleaning import clean
from recovery.pictures.refusals import Refused
from tests.pictures.accepted import ACCEPTED, JPEGS, PNGS, WEBPS
from tests.pictures.making import tiny
from tests.pictures.scene import HEIGHT, RED, WIDTH, scene, stored_as

# What a JPEG needs: JFIF, tables, one frame, restart interval, one scan, the end.
NEEDED = {0xE0, 0xDB, 0xC0, 0xC4, 0xDD, 0xDA}
NEAR = 6


def markers(data):
    """The markers of a JPEG and the bytes of each of its segments up to the end, which must be the file's."""
    assert data[:2] == b"\xff\xd8"
    at, found = 2, []
    while data[at : at + 2] != b"\xff\xd9":
        assert data[at] == 0xFF
        length = 2 + int.from_bytes(data[at + 2 : at + 4])
        found.append((data[at + 1], data[at + 4 : at + length]))
        at += length
        if found[-1][0] == 0xDA:
            while data[at] != 0xFF or data[at + 1] in (0, *range(0xD0, 0xD8)):
                at += 1
    assert at + 2 == len(data)
    return found


def corners(image):
    """The colours at the top left, top right, bottom left and bottom right, a sixth of the way in."""
    x, y = image.width // 6, image.height // 6
    return [image.getpixel((left, top)) for top in (y, image.height - 1 - y) for left in (x, image.width - 1 - x)]


def far(colour, other):
    return max(abs(a - b) for a, b in zip(colour, other, strict=True))


@pytest.fixture(params=ACCEPTED)
def case(request):
    return ACCEPTED[request.param]


def test_an_odd_picture_becomes_upright_in_true_colours_and_bare(case):
    picture = clean(BytesIO(case.make()))
    full, thumbnail = Image.open(BytesIO(picture.full)), Image.open(BytesIO(picture.thumbnail))

    assert (picture.width, picture.height) == full.size == case.size
    assert max(thumbnail.size) == min(320, max(case.size))
    for image in (full, thumbnail):
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert [far(*pair) <= NEAR for pair in zip(corners(image), (case.red, *[case.sky] * 3), strict=True)] == [True] * 4, corners(image)
    for data in (picture.full, picture.thumbnail):
        found = markers(data)
        assert {marker for marker, _ in found} <= NEEDED
        assert [(marker, len(body)) for marker, body in found if marker == 0xE0] == [(0xE0, 14)]
        assert b"SECRET" not in data


@pytest.mark.parametrize("name", JPEGS | PNGS | WEBPS)
def test_the_decoder_gets_what_the_pixels_need(monkeypatch, name):
    asked = []
    monkeypatch.setattr(Image, "open", lambda file, formats: asked.append((file.read(), formats)))
    data = ACCEPTED[name].make()
    with pytest.raises(Refused):
        clean(BytesIO(data))
    [(handed, formats)] = asked
    assert formats == ["JPEG" if data[:2] == b"\xff\xd8" else "PNG" if data[1:4] == b"PNG" else "WEBP"]
    assert [word for word in (b"SECRET", b"Exif", b"ICC", b"iCCP", b"eXIf", b"MPF", b"tEXt") if word in handed] == []
    assert handed.count(b"ANMF") <= 1


def test_at_least_60_odd_pictures_are_tried():
    assert len(ACCEPTED) >= 60


def test_the_smallest_picture_stays_as_it_is():
    picture = clean(BytesIO(tiny()))
    assert (picture.width, picture.height) == (1, 1)
    assert far(Image.open(BytesIO(picture.full)).getpixel((0, 0)), RED) <= NEAR


def test_the_eight_ways_to_hold_a_camera_are_eight_different_pictures():
    stored = {(image.size, image.tobytes()) for image in (stored_as(n, scene()) for n in range(1, 9))}
    assert len(stored) == 8
    assert stored_as(6, scene()).size == (HEIGHT, WIDTH)


def test_a_thumbnail_is_what_the_picture_shows():
    picture = clean(BytesIO(ACCEPTED["a photo of 12 million"].make()))
    assert Image.open(BytesIO(picture.thumbnail)).size == (320, 240)


def test_cleaning_twice_changes_hardly_anything():
    once = clean(BytesIO(ACCEPTED["Display-P3 turned"].make()))
    twice = clean(BytesIO(once.full))
    assert (twice.width, twice.height) == (once.width, once.height)
    pairs = zip(corners(Image.open(BytesIO(once.full))), corners(Image.open(BytesIO(twice.full))), strict=True)
    assert max(far(*pair) for pair in pairs) <= 1
