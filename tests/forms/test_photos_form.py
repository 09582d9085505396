"""What is made of the pictures that come with a log."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from patients.forms.photos import MOST_TOGETHER, NOT_A_FILE, ONE_EACH, TOO_LARGE, Sent, not_taken, sent_photos

FILE, OTHER = SimpleUploadedFile("face.jpg", b"1"), SimpleUploadedFile("face.jpg", b"2")


@pytest.mark.parametrize(
    "typed, files, sent",
    [
        ({}, {}, Sent({}, {})),
        ({"photo-left": "", "note": "Sun"}, {}, Sent({}, {})),
        ({}, {"photo-left": [FILE]}, Sent({"left": FILE}, {})),
        (
            {},
            {"photo-right": [FILE], "photo-front": [OTHER], "photo-left": [FILE]},
            Sent({"front": OTHER, "left": FILE, "right": FILE}, {}),
        ),
        ({"photo-front": "face.jpg"}, {"photo-left": [FILE]}, Sent({"left": FILE}, {"front": NOT_A_FILE})),
        ({"photo-front": "face.jpg"}, {"photo-front": [FILE]}, Sent({"front": FILE}, {})),
        ({}, {"photo-front": [FILE, OTHER]}, Sent({}, {}, ONE_EACH)),
        ({}, {"photo-front": [FILE], "photo-back": [OTHER]}, Sent({}, {}, ONE_EACH)),
        ({}, {"note": [FILE]}, Sent({}, {}, ONE_EACH)),
    ],
)
def test_each_view_gets_its_file_or_a_sentence(typed, files, sent):
    assert sent_photos(typed, MultiValueDict(files)) == sent


@pytest.mark.parametrize("sizes, fault", [((MOST_TOGETHER,), ""), ((MOST_TOGETHER, 1), TOO_LARGE), ((30_000_000,) * 3, TOO_LARGE)])
def test_too_much_at_once_is_refused(sizes, fault):
    files = {name: [SimpleNamespace(size=size)] for name, size in zip(["photo-front", "photo-left", "photo-right"], sizes, strict=False)}
    assert sent_photos({}, MultiValueDict(files)).fault == fault


def test_sentences_stand_in_the_order_of_the_form():
    assert not_taken({"right": "Too large.", "front": "Empty."}) == ["Front: not taken. Empty.", "Right side: not taken. Too large."]
