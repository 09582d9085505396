"""`manage.py sweep_photos`: what no photo names and nobody is writing any more."""

import io
import os
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from patients import photo_store
from patients.models import Photo, Submission
from tests.conftest import TODAY
from tests.factories import a_log, a_photo

NOW = datetime.combine(TODAY, time(12), UTC).timestamp()
NO_KEYS = "0 keys of forms older than 30 days {}.\n"
OLD, YOUNG = NOW - 90_000, NOW - 80_000  # a day has 86,400 seconds


def run(*words):
    out = io.StringIO()
    call_command("sweep_photos", *words, stdout=out)
    return out.getvalue().replace(NO_KEYS.format("would be deleted. Nothing was" if words else "deleted"), "")


@pytest.fixture
def folder(treatment, photo_folder):
    """Two files of a photo; of others, two old ones, a young one, one half written, and what somebody else put there."""
    a_photo(a_log(treatment, 4).log)
    names = [photo_store.write(b"x") for _ in range(3)]
    os.rename(photo_folder / photo_store.write(b"x"), photo_folder / f".{'0' * 32}.jpg.part")
    (photo_folder / "holiday.jpg").write_bytes(b"x")
    for path in photo_folder.iterdir():
        at = YOUNG if path.name == names[2] else OLD
        os.utime(path, (at, at))
    return photo_folder, names


def test_it_deletes_what_is_old_and_of_no_photo(folder):
    path, names = folder
    kept = set(os.listdir(path)) - {*names[:2], f".{'0' * 32}.jpg.part"}
    assert (run(), set(os.listdir(path))) == ("3 files of no photo deleted.\n", kept)
    assert len(kept) == 4
    assert run() == "0 files of no photo deleted.\n"


def test_a_dry_run_counts_and_deletes_nothing(folder):
    path, _ = folder
    known = set(os.listdir(path))
    assert run("--dry-run") == "3 files of no photo would be deleted. Nothing was.\n"
    assert set(os.listdir(path)) == known


BROKEN = [
    ("full", lambda path: path.unlink(), "the picture is missing"),
    ("full", lambda path: path.write_bytes(b"12345"), "the picture has 5 bytes in place of {size:,}"),
    ("thumb", lambda path: path.unlink(), "the thumbnail is missing"),
    ("thumb", lambda path: path.write_bytes(b""), "the thumbnail is empty"),
]


@pytest.mark.parametrize("which, broken, says", BROKEN)
def test_a_check_names_photos_whose_files_are_not_theirs(folder, which, broken, says):
    path, _ = folder
    photo = Photo.objects.get()
    assert run("--check") == "3 files of no photo would be deleted. Nothing was.\n"
    broken(path / getattr(photo, which))
    known, out = set(os.listdir(path)), io.StringIO()
    with pytest.raises(CommandError, match=r"^1 photo not as stored\. Restore the files from a backup\.$"):
        call_command("sweep_photos", "--check", stdout=out)
    assert out.getvalue().splitlines()[1] == f"Photo {photo.uuid}: {says.format(size=photo.size_bytes)}."
    assert set(os.listdir(path)) == known


def test_before_the_first_photo_there_is_nothing(db, photo_folder):
    assert run() == "0 files of no photo deleted.\n"


def test_more_than_a_batch_is_looked_up_in_batches(folder, monkeypatch):
    monkeypatch.setattr("patients.actions.erasure.BATCH", 2)
    assert run() == "3 files of no photo deleted.\n"


def test_a_storage_that_does_not_answer_is_said_without_details(db, monkeypatch):
    def fail(moment):
        raise OSError("secret-bucket")

    monkeypatch.setattr(photo_store, "names_before", fail)
    with pytest.raises(CommandError, match=r"^The photo storage cannot be read: OSError\.$"):
        run()


@pytest.fixture
def keys(treatment, frozen):
    """Two forms of exactly 30 days ago, one of a second before."""
    for seconds in (0, 0, 1):
        a_log(treatment, 1, key=uuid4(), late=1)
        Submission.objects.filter(pk=Submission.objects.latest("pk").pk).update(at=frozen - timedelta(days=30, seconds=seconds))


def test_keys_of_forms_go_after_thirty_days(keys, photo_folder, monkeypatch):
    old = Submission.objects.latest("pk").pk
    assert run("--dry-run").startswith("1 key of forms older than 30 days would be deleted. Nothing was.\n")
    assert Submission.objects.count() == 3
    assert run().startswith("1 key of forms older than 30 days deleted.\n")
    assert (Submission.objects.count(), Submission.objects.filter(pk=old).exists()) == (2, False)


def test_keys_go_even_where_the_photo_storage_does_not_answer(keys, monkeypatch):
    def fail(moment):
        raise OSError

    monkeypatch.setattr(photo_store, "names_before", fail)
    with pytest.raises(CommandError):
        run()
    assert Submission.objects.count() == 2


def test_many_keys_go_in_parts(keys, photo_folder, monkeypatch, frozen):
    Submission.objects.update(at=frozen - timedelta(days=31))
    monkeypatch.setattr("patients.actions.submissions.BATCH", 2)
    assert run().startswith("3 keys of forms older than 30 days deleted.\n")
    assert not Submission.objects.exists()
