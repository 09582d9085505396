"""Photos as files: whole or not there, for one user's eyes, and gone when removed."""

import logging
import os
import stat

import pytest
from django.core.files.storage import Storage, storages

from patients import photo_store

CONTENT = bytes(range(256)) * 400


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class Elsewhere(Storage):
    """A storage in another house, whose every call fails in a way of its own."""

    def fail(self, *args, **kwargs):
        raise LookupError("no such bucket")

    _open = _save = delete = exists = fail


def test_what_is_written_is_read_back(photo_folder):
    name = photo_store.write(CONTENT)
    assert photo_store.read(name) == CONTENT
    assert names(photo_folder) == [name]


def test_names_are_random_and_say_nothing(photo_folder):
    made = {photo_store.write(CONTENT) for _ in range(20)}
    assert len(made) == 20
    assert {(len(name), name[32:]) for name in made} == {(36, ".jpg")}


def test_nobody_else_can_read_them(photo_folder):
    before = os.umask(0)
    try:
        name = photo_store.write(CONTENT)
    finally:
        os.umask(before)
    assert (mode(photo_folder), mode(photo_folder / name)) == (0o700, 0o600)


def test_the_folder_lies_beside_what_is_served_not_in_it():
    from django.conf import settings

    from recovery import settings as ours

    kept = ours.STORAGES["photos"]["OPTIONS"]["location"]
    served = [ours.STATIC_ROOT, *ours.STATICFILES_DIRS]
    assert kept == ours.VAR_DIR / "photos"
    assert [folder for folder in served if kept.is_relative_to(folder)] == []
    assert settings.MEDIA_ROOT == ""


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_anyone_is_told(photo_folder, monkeypatch):
    photo_folder.mkdir()
    settled, fsync = [], os.fsync

    def watched(handle):
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"file of {os.fstat(handle).st_size}"
        settled.append((kind, [name.endswith(".part") for name in names(photo_folder)]))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    photo_store.write(CONTENT)
    assert settled == [(f"file of {len(CONTENT)}", [True]), ("folder", [False])]


def test_a_new_folder_is_on_the_disk_too(photo_folder, monkeypatch):
    settled = []
    monkeypatch.setattr(os, "fsync", lambda handle: settled.append(os.readlink(f"/proc/self/fd/{handle}")))
    photo_store.write(CONTENT)
    assert settled[0] == str(photo_folder.parent)


@pytest.mark.parametrize("failing", ["file", "folder"])
def test_a_full_disk_leaves_nothing(photo_folder, monkeypatch, failing):
    photo_folder.mkdir()

    def full(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode) == (failing == "folder"):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        photo_store.write(CONTENT)
    assert names(photo_folder) == []


def test_a_folder_that_is_none_is_an_os_error(photo_folder):
    photo_folder.write_text("in the way")
    with pytest.raises(OSError, match="photos"):
        photo_store.write(CONTENT)


def test_removing_takes_the_files_and_goes_on_where_one_is_gone(photo_folder):
    first, last, other = (photo_store.write(CONTENT) for _ in range(3))
    photo_store.remove([first, "gone.jpg", last])
    assert names(photo_folder) == [other]


def test_a_file_that_cannot_be_removed_stops_nothing_and_is_noted(photo_folder, caplog):
    (photo_folder / "odd.jpg" / "inside").mkdir(parents=True)
    name = photo_store.write(CONTENT)
    with caplog.at_level(logging.ERROR):
        photo_store.remove(["odd.jpg", name])
    assert names(photo_folder) == ["odd.jpg"]
    assert [record.getMessage() for record in caplog.records] == ["a photo's file could not be removed: odd.jpg"]


@pytest.mark.parametrize("name", ["../secret_key", "/etc/passwd", "a/../../b.jpg"])
def test_no_name_leads_out_of_the_folder(photo_folder, name):
    (photo_folder.parent / "secret_key").write_text("SECRET")
    with pytest.raises(OSError, match="storage failed"):
        photo_store.read(name)


def test_it_has_no_address_of_its_own(photo_folder):
    with pytest.raises(ValueError, match="served after a check"):
        storages["photos"].url(photo_store.write(CONTENT))


def test_whatever_fails_elsewhere_is_an_os_error(settings, caplog):
    settings.STORAGES = settings.STORAGES | {"photos": {"BACKEND": f"{__name__}.Elsewhere"}}
    for call in (lambda: photo_store.write(CONTENT), lambda: photo_store.read("a.jpg")):
        with pytest.raises(OSError, match="the photo storage failed"):
            call()
    photo_store.remove(["a.jpg"])
    assert [record.levelname for record in caplog.records] == ["ERROR"]
