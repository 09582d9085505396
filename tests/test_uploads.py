"""Uploads that meet a full disk: the rest of the form arrives, and the file says that it did not."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import RequestFactory

from patients.actions.photos import NOT_STORED, add_photos
from patients.models import Photo
from tests.factories import a_log, allow_photos
from tests.pictures.scene import jpeg

BY_DISK = 2_700_000  # bytes; from 2.5 MiB on, the files of a request go to the disk
FULL = "/dev/full"  # every write to it meets a full disk


def sent(content=b"x" * BY_DISK):
    return RequestFactory().post("/log/", {"note": "Better.", "photo-front": SimpleUploadedFile("../me.jpg", content)})


@pytest.fixture
def no_folder(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "gone")


def on_a_full_disk(buffering=-1):
    return lambda **kwargs: open(FULL, "w+b", buffering=buffering)  # noqa: SIM115 - whoever asked for it closes it


@pytest.fixture
def no_room(monkeypatch):
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", on_a_full_disk())


@pytest.fixture
def no_room_at_the_end(monkeypatch):
    """The buffer takes everything, and nothing of it reaches the disk."""
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", on_a_full_disk(2 * BY_DISK))


def test_with_room_it_is_a_file_as_ever(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    request = sent()
    file = request.FILES["photo-front"]
    assert (type(file), file.name, file.size) == (TemporaryUploadedFile, "me.jpg", BY_DISK)
    assert file.read() == b"x" * BY_DISK
    request.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("why", ["no_folder", "no_room", "no_room_at_the_end"])
def test_without_room_the_answers_arrive(request, why):
    request.getfixturevalue(why)
    came = sent()
    assert came.POST["note"] == "Better."
    file = came.FILES["photo-front"]
    assert (file.name, file.size) == ("me.jpg", BY_DISK)
    for reading in (file.read, lambda: list(file.chunks())):
        with pytest.raises(OSError, match="no room"):
            reading()
    came.close()


@pytest.mark.parametrize("why", ["no_folder", "no_room", "no_room_at_the_end"])
def test_the_person_is_told_and_the_log_is_kept(request, treatment, why):
    log = a_log(treatment, 4).log
    allow_photos(treatment.patient)
    request.getfixturevalue(why)
    files = {"front": sent().FILES["photo-front"], "left": BytesIO(jpeg())}
    added = add_photos(by=treatment.patient.user, log=log, files=files)
    assert added.refused == {"front": NOT_STORED}
    assert list(Photo.objects.values_list("log", "view")) == [(log.pk, "left")]
