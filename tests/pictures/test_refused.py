"""Files that are not taken: each gets a sentence for the patient, and no other exception comes out."""

import random
import warnings
from io import BytesIO

import pytest
from PIL import Image

from recovery.pictures import cleaning
from recovery.pictures.cleaning import clean
from recovery.pictures.refusals import DAMAGED, Refused
from tests.pictures.accepted import ACCEPTED
from tests.pictures.refused import REFUSED
from tests.pictures.scene import jpeg


@pytest.fixture(params=REFUSED)
def case(request):
    return REFUSED[request.param]


def test_a_bad_file_is_refused_in_a_sentence(case):
    with pytest.raises(Refused) as refused:
        clean(BytesIO(case.make()))
    assert str(refused.value) == case.says


def test_each_sentence_says_what_to_do():
    sentences = {case.says for case in REFUSED.values()}
    assert len(sentences) == 8
    assert [says for says in sentences if "Choose" not in says or not says.endswith(".")] == []


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RecursionError(),
        SyntaxError("x"),
        OSError("x"),
        ValueError("x"),
        EOFError(),
        KeyError(1),
        Image.DecompressionBombError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_decoder_raises_is_a_refusal(monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(Refused) as refused:
        clean(BytesIO(jpeg()))
    assert (str(refused.value), refused.value.__cause__) == (DAMAGED, error)


def test_what_is_too_large_is_not_read_to_its_end():
    file = BytesIO(jpeg().ljust(40 * 1024 * 1024, b"\0"))
    with pytest.raises(Refused):
        clean(file)
    assert file.tell() == cleaning.MOST_BYTES + 1


@pytest.mark.parametrize("name", ["JPEG of 4 billion pixels", "PNG of 4 billion pixels", "WebP of 268 million pixels", "101 scans"])
def test_a_bomb_never_reaches_the_decoder(monkeypatch, name):
    monkeypatch.setattr(Image, "open", lambda *args, **kwargs: pytest.fail("was opened"))
    with pytest.raises(Refused):
        clean(BytesIO(REFUSED[name].make()))


def cleaned_or_refused(data):
    """The end of a JPEG, or of a sentence; any other exception is not caught."""
    try:
        return clean(BytesIO(data)).full
    except Refused as refused:
        return str(refused)


@pytest.mark.parametrize("name", ["turned 6", "progressive", "palette on white", "WebP turned", "animated WebP", "HEIC with GPS and XMP"])
def test_a_picture_with_spoilt_bytes_is_cleaned_or_refused(name):
    chance = random.Random(name)
    whole = ACCEPTED[name].make()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 10])):
            data[chance.randrange(12, len(data))] = chance.randrange(256)
        assert cleaned_or_refused(bytes(data))[-1:] in (".", b"\xd9")


def test_nothing_of_pillow_is_changed_for_others():
    before = (Image.MAX_IMAGE_PIXELS, sorted(Image.OPEN), sorted(Image.EXTENSION.items()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clean(BytesIO(ACCEPTED["HEIC"].make()))
        clean(BytesIO(ACCEPTED["turned 6"].make()))
    Image.init()
    assert "HEIF" not in Image.OPEN
    assert before[0] == Image.MAX_IMAGE_PIXELS == 89478485
