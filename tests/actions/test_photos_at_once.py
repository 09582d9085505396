"""The same form sent five times at once, and photos that meet on one view: one row, its two files, nothing else."""

import sys
from functools import partial
from io import BytesIO

import pytest
from django.db import transaction

from patients.actions.photos import TOO_MANY_NOW, add_photos, note_thumbnails_seen, remove_photo
from patients.models import AuditEvent, Log, Photo, Role, Treatment
from tests.at_once import apart, held_open, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_photo, a_treatment, allow_photos
from tests.pictures.scene import jpeg, scene

PICTURES = [jpeg(scene(96, 64 + 2 * number)) for number in range(3)]


@pytest.fixture
def log(db, tmp_path, photo_folder, travel_to, monkeypatch):
    """Of a recovery in a database where several can write at once."""
    travel_to(TREATED)
    with apart(tmp_path):
        made = a_log(a_treatment(a_member(a_clinic(), Role.CLINICIAN, "Mira Osei"), "Ana Ferreira", TREATED), 0).log
        allow_photos(made.treatment.patient)
        held_open(monkeypatch)
        yield made


def adding(log, content, view="front"):
    """As a request does it: with a log of its own, not one that the others change."""

    def add():
        own = Log.objects.select_related("treatment__patient__user", "treatment__clinic").get(pk=log.pk)
        return add_photos(by=own.treatment.patient.user, log=own, files={view: BytesIO(content)}, now=log.entered_at)

    return add


def actions():
    return list(AuditEvent.objects.filter(action__startswith="photo").order_by("pk").values_list("action", flat=True))


def stored(folder):
    return sorted(path.name for path in folder.iterdir())


def test_five_of_the_same_store_one(log, photo_folder):
    outcomes = together(*[adding(log, PICTURES[0])] * 5)
    photo = Photo.objects.get()
    assert [outcome.kept for outcome in outcomes] == [[photo]] * 5
    assert (stored(photo_folder), actions()) == (sorted(photo.files), ["photo added"])


def test_of_three_for_one_view_the_last_stands(log, photo_folder):
    together(*(adding(log, picture) for picture in PICTURES))
    photo = Photo.objects.get()
    assert (stored(photo_folder), actions()) == (sorted(photo.files), ["photo added", "photo replaced", "photo replaced"])


def test_three_views_at_once_are_all_kept(log, photo_folder):
    together(*(adding(log, PICTURES[0], view) for view in Photo.View.values))
    assert set(Photo.objects.values_list("view", flat=True)) == set(Photo.View.values)
    assert stored(photo_folder) == sorted(name for photo in Photo.objects.all() for name in photo.files)


SLOWLY = "import runpy, time; time.sleep(1.5); runpy.run_module('recovery.pictures.apart', run_name='__main__')"


@pytest.mark.parametrize("patience, kept", [(0.2, 2), (20, 3)])
def test_of_three_slow_ones_two_are_prepared_at_once_and_the_third_waits_or_is_told(
    log, photo_folder, monkeypatch, settings, patience, kept
):
    settings.PHOTOS_AT_ONCE = 2
    monkeypatch.setattr("recovery.pictures.apart.COMMAND", [sys.executable, "-c", SLOWLY])
    monkeypatch.setattr("patients.actions.photos.PATIENCE", patience)
    outcomes = together(*(adding(log, PICTURES[0], view) for view in Photo.View.values))
    assert sorted(sentence for outcome in outcomes for sentence in outcome.refused.values()) == [TOO_MANY_NOW] * (3 - kept)
    assert Photo.objects.count() == kept
    assert stored(photo_folder) == sorted(name for photo in Photo.objects.all() for name in photo.files)


def test_removed_twice_while_another_takes_its_place(log, photo_folder):
    photo = a_photo(log, content=PICTURES[0])
    by = log.treatment.patient.user
    together(*(partial(remove_photo, by=by, photo=of(photo)) for _ in range(2)), adding(log, PICTURES[1]))
    left = Photo.objects.get()
    assert (left.height, stored(photo_folder)) == (66, sorted(left.files))
    assert actions() in (["photo added", "photo removed", "photo added"], ["photo added", "photo replaced"])


def of(photo):
    return Photo.objects.with_recovery().get(pk=photo.pk)


def test_a_page_full_of_thumbnails_is_one_event(log):
    by = log.treatment.patient.user
    seen = [partial(note_thumbnails_seen, by=by, treatment=treatment) for treatment in [*Treatment.objects.with_people()] * 5]
    together(*seen)
    assert AuditEvent.objects.filter(action="thumbnails seen").count() == 1


def test_a_process_told_to_exit_after_the_commit_takes_no_file_from_a_row(log, photo_folder, monkeypatch):
    """Removing the file of the photo before hangs, and the server ends the worker."""
    adding(log, PICTURES[0])()
    monkeypatch.setattr("patients.actions.photos._remove_later", lambda photo: transaction.on_commit(sys.exit))
    with pytest.raises(SystemExit):
        adding(log, PICTURES[1])()
    assert set(Photo.objects.get().files) <= set(stored(photo_folder))
