"""Whatever comes as a photo, through the log page: the log is kept, the person is told, and a stored name says nothing."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from patients.actions.photos import NOT_STORED, TOO_MANY_NOW
from patients.forms.photos import NOT_A_FILE, ONE_EACH, TOO_LARGE
from patients.models import AuditEvent, Log, Photo
from recovery.pictures import refusals
from recovery.pictures.turns import a_turn
from tests.conftest import TODAY
from tests.factories import CALM
from tests.pages import text
from tests.pictures.accepted import ACCEPTED
from tests.pictures.refused import REFUSED
from tests.pictures.scene import jpeg

pytestmark = pytest.mark.usefixtures("photos_allowed")
URL = reverse("log")
SAVED = "/log/2026-03-18/saved/"
ANSWERS = {"date": TODAY.isoformat(), **{code: str(grade) for code, grade in CALM.items()}, "any_sign": "none"}
KEPT = ""  # nothing to tell
SECRET = "ana-with-redness"


def a_file(content=None, name=f"{SECRET}.jpg", kind="image/jpeg"):
    """As a browser sends it; the name as it stands, whatever a library would make of it."""
    file = BytesIO(jpeg() if content is None else content)
    file.name, file.content_type = name, kind
    return file


def one(content=None, **fields):
    return lambda: {"photo-front": a_file(content, **fields)}


def made(case):
    return lambda: {"photo-front": a_file(case.make())}


def front(sentence):
    return f"Front: not taken. {sentence}"


NAMES = {
    "300 characters": "x" * 296 + ".jpg",
    "a folder up": "../../etc/passwd.jpg",
    "a folder up as on Windows": "..\\..\\x.jpg",
    "from the root": "/etc/passwd",
    "NUL": "a\0b.jpg",
    "right to left": "\u202egpj.exe",
    "emoji": "🙂.jpg",
    "percent": "%00%2e%2e.jpg",
    "quotes": 'a"b.jpg',
    "a header in it": "x;y=\r\nSet-Cookie: a=b.jpg",
    "a blank": " ",
    "a page": "<script>alert(1)</script>.jpg",
    "another kind": "photo.php",
}
KINDS = [
    "",
    "text/html",
    "application/x-msdownload",
    "image/png",
    "image/svg+xml",
    "multipart/mixed",
    "x" * 300,
    "image/jpeg; charset=utf-7",
]
# What is sent, and the sentence that answers it.
SENT = (
    {f"called {name}": (one(name=called), KEPT) for name, called in NAMES.items()}
    | {f"said to be {kind[:30]!r}": (one(kind=kind), KEPT) for kind in KINDS}
    | {
        "a PNG called JPEG": (made(ACCEPTED["PNG"]), KEPT),
        "a HEIC called JPEG": (made(ACCEPTED["HEIC"]), KEPT),
        "a motion photo": (made(ACCEPTED["motion photo"]), KEPT),
        "a page said to be a JPEG": (made(REFUSED["page"]), front(refusals.NOT_A_PICTURE)),
        "a page behind a JPEG header": (made(REFUSED["page behind a JPEG header"]), front(refusals.DAMAGED)),
        "an archive": (made(REFUSED["archive"]), front(refusals.NOT_A_PICTURE)),
        "cut off": (made(REFUSED["JPEG cut off at 50%"]), front(refusals.DAMAGED)),
        "zero bytes": (one(b""), front(refusals.EMPTY)),
        "26 MB": (one(bytes(26 * 1024 * 1024)), front(refusals.TOO_LARGE)),
        "two for a view": (lambda: {"photo-front": [a_file(), a_file()]}, ONE_EACH),
        "four for a view": (lambda: {"photo-front": [a_file() for _ in range(4)]}, ONE_EACH),
        "an unknown view": (lambda: {"photo-front": a_file(), "photo-back": a_file()}, ONE_EACH),
        "a view in capitals": (lambda: {"photo-FRONT": a_file()}, ONE_EACH),
        "a view without a name": (lambda: {"photo-": a_file()}, ONE_EACH),
        "a fourth view": (lambda: {f"photo-{view}": a_file() for view in ("front", "left", "right", "top")}, ONE_EACH),
        "as an answer": (lambda: {"redness": ["1", a_file()]}, ONE_EACH),
        "as text": (lambda: {"photo-front": "face.jpg"}, front(NOT_A_FILE)),
        "as a text of NUL": (lambda: {"photo-front": "\0"}, front(NOT_A_FILE)),
        "a hundred": (lambda: {"photo-front": [a_file(b"x") for _ in range(100)]}, ONE_EACH),
    }
)


def send(browser, files):
    return browser.post(URL, ANSWERS | files, follow=True)


def stored(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def check(response, says, folder):
    """The log is there, the page says this sentence or that nothing is wrong, and the files are those of the rows."""
    seen = text(response)
    assert response.redirect_chain == [(SAVED, 302)]
    assert Log.objects.get().severities == CALM
    assert says in seen
    assert ("not taken" in seen or "No photo was taken" in seen) == bool(says)
    assert Photo.objects.exists() == (not says)
    assert stored(folder) == sorted(name for photo in Photo.objects.all() for name in photo.files)
    assert [name for name in stored(folder) if not re.fullmatch(r"[0-9a-f]{32}\.jpg", name)] == []


@pytest.mark.parametrize("case", SENT)
def test_the_log_is_kept_and_the_person_told(as_patient, photo_folder, case):
    make, says = SENT[case]
    response = send(as_patient, make())
    check(response, says, photo_folder)
    kept = [response.content.decode(), *map(str, Photo.objects.values()), *map(str, AuditEvent.objects.values())]
    assert [words for words in kept if SECRET in words] == []


def test_a_file_without_a_name_is_none(as_patient, photo_folder):
    """What a browser sends where nothing was chosen."""
    part = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    fields = b"".join(part % (name.encode(), b"", value.encode()) for name, value in ANSWERS.items())
    body = fields + part % (b"photo-front", b'; filename=""\r\nContent-Type: application/octet-stream', b"") + b"--x--\r\n"
    response = as_patient.post(URL, body, content_type="multipart/form-data; boundary=x", follow=True)
    assert "hoto" not in text(response)
    assert (Log.objects.count(), stored(photo_folder)) == (1, [])


def test_three_of_the_most_are_opened_and_three_of_30_mb_are_not(as_patient, photo_folder):
    """The limits as they are, without a stand-in: 25 MiB a file, 80 MB together."""
    views, most = ("front", "left", "right"), 25 * 1024 * 1024
    response = send(as_patient, {f"photo-{view}": a_file(jpeg().ljust(most, b"\0")) for view in views})
    check(response, KEPT, photo_folder)
    assert Photo.objects.count() == 3
    assert TOO_LARGE in text(send(as_patient, {f"photo-{view}": a_file(bytes(30_000_000)) for view in views}))
    assert Photo.objects.count() == 3


class TestNoRoom:
    """The disk is full: while the files arrive, or while the photos are written."""

    BOTH = f"Your answers are saved. Some photos are not. {front(NOT_STORED)} Left side: not taken. {NOT_STORED}"

    @pytest.fixture
    def large(self):
        """Above 2.5 MiB, all files of a form go by the disk."""
        return {"photo-front": a_file(jpeg().ljust(2_700_000, b"\0")), "photo-left": a_file()}

    def test_while_it_arrives(self, as_patient, photo_folder, monkeypatch, large):
        # Every write to this file meets a full disk.
        monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", lambda **options: open("/dev/full", "w+b"))  # noqa: SIM115
        assert self.BOTH in text(send(as_patient, large))
        assert (Log.objects.get().severities, Photo.objects.count(), stored(photo_folder)) == (CALM, 0, [])

    def test_while_it_is_written(self, as_patient, photo_folder, monkeypatch, large):
        def full(handle):
            raise OSError(28, "No space left on device")

        photo_folder.mkdir()
        monkeypatch.setattr("os.fsync", full)
        assert self.BOTH in text(send(as_patient, large))
        assert (Log.objects.get().severities, Photo.objects.count(), stored(photo_folder)) == (CALM, 0, [])


def test_while_too_many_are_prepared_the_person_is_told(as_patient, photo_folder, settings, monkeypatch):
    settings.PHOTOS_AT_ONCE = 1
    monkeypatch.setattr("patients.actions.photos.PATIENCE", 0.1)
    with a_turn(settings.PHOTO_TURNS, 1, 5):
        check(send(as_patient, one()()), front(TOO_MANY_NOW), photo_folder)
    assert send(as_patient, {"photo-front": SimpleUploadedFile("a.jpg", jpeg())}).status_code == 200
    assert Photo.objects.count() == 1
