"""Photos of a log: what is kept, replaced, refused and removed, and what is written down of it."""

import os
from datetime import UTC, datetime, time, timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO

import pytest
from django.db import OperationalError
from django.forms.models import model_to_dict
from PIL import Image

from patients.actions import audit
from patients.actions.photos import NOT_STORED, THUMBNAILS_SEEN, add_photos, note_photo_seen, note_thumbnails_seen, remove_photo
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Log, Photo, Rating
from recovery.pictures.apart import clean_apart
from recovery.pictures.refusals import EMPTY, NOT_A_PICTURE
from tests.conftest import TODAY
from tests.factories import a_log, a_photo, a_treatment
from tests.pictures.scene import jpeg, scene

pytestmark = pytest.mark.usefixtures("photos_allowed")
OTHER = jpeg(scene(64, 96))  # another picture, upright


@pytest.fixture
def log(treatment, photo_folder):
    return a_log(treatment, 4).log


@pytest.fixture
def add(log, django_capture_on_commit_callbacks):
    """What becomes of contents by view, committed."""

    def added(**contents):
        with django_capture_on_commit_callbacks(execute=True):
            return add_photos(by=log.treatment.patient.user, log=log, files={v: BytesIO(c) for v, c in contents.items()})

    return added


@pytest.fixture
def stored(photo_folder):
    return lambda: sorted(path.name for path in photo_folder.iterdir()) if photo_folder.exists() else []


def rows():
    return list(Photo.objects.with_day().in_order().values_list("day", "view", "width", "height"))


def named():
    """Every file that a row names."""
    return sorted(name for photo in Photo.objects.all() for name in photo.files)


def events(*, known=()):
    found = AuditEvent.objects.filter(action__startswith="photo").order_by("pk")
    return list(found.values_list("action", "subject_type", "subject_id", "before", "after"))


def said(photo, view="front", width=96, height=64):
    return {"photo": str(photo.uuid), "view": view, "width": width, "height": height}


class TestAdding:
    def test_three_are_kept(self, add, stored):
        added = add(right=jpeg(), front=OTHER, left=jpeg())
        assert rows() == [(4, "front", 64, 96), (4, "left", 96, 64), (4, "right", 96, 64)]
        assert ({photo.view for photo in added.kept}, added.refused) == ({"front", "left", "right"}, {})
        assert stored() == named()
        assert len(stored()) == 6

    def test_the_files_hold_what_the_row_says(self, add, photo_folder):
        photo = add(front=jpeg(scene(3000, 2000))).kept[0]
        full = (photo_folder / photo.full).read_bytes()
        assert (photo.size_bytes, photo.sha256) == (len(full), sha256(full).hexdigest())
        assert Image.open(photo_folder / photo.full).size == (photo.width, photo.height) == (2048, 1365)
        assert Image.open(photo_folder / photo.thumb).size == (320, 213)

    def test_it_is_prepared_in_a_turn_that_the_child_holds_too(self, add, monkeypatch, settings):
        held = []

        def watched(file, keep):
            held.extend(os.fstat(handle).st_ino for handle in keep)
            return clean_apart(file, keep)

        monkeypatch.setattr("patients.actions.photos.clean_apart", watched)
        add(front=jpeg())
        assert held == [(settings.PHOTO_TURNS / "0.lock").stat().st_ino]

    def test_it_belongs_to_the_clinic_of_the_log(self, add, log):
        assert add(front=jpeg()).kept[0].clinic == log.clinic

    def test_nothing_to_add_writes_nothing(self, add, django_assert_num_queries):
        with django_assert_num_queries(0):
            added = add()
        assert (added.kept, added.refused, events()) == ([], {}, [])

    def test_an_event_says_which_and_never_what_the_file_was_called(self, add, log):
        photo = add(front=jpeg()).kept[0]
        assert events() == [("photo added", "log", str(log.uuid), None, said(photo))]
        event = AuditEvent.objects.get(action="photo added")
        assert (event.actor, event.clinic) == (log.treatment.patient.user, log.clinic)

    def test_the_log_is_not_touched(self, add, log):
        before = model_to_dict(Log.objects.get()), list(Rating.objects.values()), AuditEvent.objects.filter(subject_type="log").count()
        add(front=jpeg())
        assert (model_to_dict(Log.objects.get()), list(Rating.objects.values())) == before[:2]
        assert AuditEvent.objects.filter(subject_type="log").count() == before[2] + 1

    @pytest.mark.parametrize("views", [["back"], ["front", "FRONT"], [""], ["photo_front"]])
    def test_a_view_that_there_is_not_is_an_error_of_ours(self, add, stored, views):
        with pytest.raises(ValueError, match="no views of a photo"):
            add(**dict.fromkeys(views, jpeg()))
        assert (rows(), stored()) == ([], [])


class TestAgain:
    def test_the_same_picture_changes_nothing(self, add, stored):
        first = add(front=jpeg()).kept
        before, files = list(Photo.objects.values()), stored()
        again = add(front=jpeg())
        assert (again.kept, again.new) == (first, [])
        assert (list(Photo.objects.values()), stored(), len(events())) == (before, files, 1)

    def test_another_one_takes_its_place_and_its_address(self, add, log, stored):
        old = add(front=jpeg()).kept[0]
        new = add(front=OTHER).new[0]
        assert rows() == [(4, "front", 64, 96)]
        assert old.uuid != new.uuid
        assert stored() == sorted(new.files)
        assert events()[1:] == [("photo replaced", "log", str(log.uuid), said(old), said(new, width=64, height=96))]

    def test_the_other_views_and_days_stay(self, add, treatment):
        a_photo(a_log(treatment, 3, late=1).log)
        add(left=jpeg())
        add(front=OTHER)
        assert rows() == [(3, "front", 96, 64), (4, "front", 64, 96), (4, "left", 96, 64)]

    def test_the_same_picture_may_be_two_views(self, add):
        add(front=jpeg(), left=jpeg())
        assert [view for _, view, _, _ in rows()] == ["front", "left"]


class TestRefused:
    def test_what_is_no_picture_is_refused_in_a_sentence_and_the_others_are_kept(self, add, stored):
        added = add(front=b"<html>", left=b"", right=jpeg())
        assert added.refused == {"front": NOT_A_PICTURE, "left": EMPTY}
        assert [photo.view for photo in added.kept] == ["right"]
        assert stored() == named()

    def test_a_refused_one_leaves_the_one_that_stands(self, add, stored):
        add(front=jpeg())
        before = list(Photo.objects.values()), stored()
        add(front=b"<html>")
        assert (list(Photo.objects.values()), stored()) == before

    @pytest.mark.parametrize("days", [4, 100])
    def test_a_day_that_cannot_be_logged_any_more_takes_none(self, add, travel_to, stored, days):
        travel_to(TODAY + timedelta(days=days))
        with pytest.raises(NotNow, match="more than 3 days back"):
            add(front=jpeg())
        assert (rows(), stored()) == ([], [])

    def test_the_last_day_that_can_be_logged_takes_them_still(self, add, travel_to):
        travel_to(TODAY + timedelta(days=3))
        add(front=jpeg())
        assert len(rows()) == 1

    def test_others_add_none(self, log, clinician, admin, superuser, other_treatment, stored):
        neighbour = a_treatment(clinician, "Mei Chen", TODAY).patient.user
        for person in (clinician, admin, superuser, other_treatment.patient.user, neighbour):
            with pytest.raises(NotAllowed, match="Only the patient"):
                add_photos(by=person, log=log, files={"front": BytesIO(jpeg())})
        assert (rows(), stored()) == ([], [])


class TestFullDisk:
    @pytest.fixture
    def fails_at(self, monkeypatch, photo_folder):
        """The disk has room for so many steps: file, folder, file, folder."""

        def limited(room):
            steps, fsync = iter(range(room)), os.fsync

            def full(handle):
                if next(steps, None) is None:
                    raise OSError(28, "No space left on device")
                fsync(handle)

            photo_folder.mkdir(exist_ok=True)
            monkeypatch.setattr(os, "fsync", full)

        return limited

    @pytest.mark.parametrize("room", range(4))
    def test_the_person_is_told_and_nothing_is_left(self, add, log, stored, fails_at, room):
        fails_at(room)
        added = add(front=jpeg())
        assert (added.kept, added.refused) == ([], {"front": NOT_STORED})
        assert (rows(), stored(), events()) == ([], [], [])
        assert list(Log.objects.all()) == [log]

    def test_what_had_room_is_kept(self, add, stored, fails_at):
        fails_at(5)
        added = add(front=jpeg(), left=jpeg())
        assert ([photo.view for photo in added.kept], added.refused) == (["front"], {"left": NOT_STORED})
        assert stored() == named()

    def test_the_one_that_stands_is_kept(self, add, stored, fails_at):
        add(front=jpeg())
        before = list(Photo.objects.values()), stored()
        fails_at(2)
        assert add(front=OTHER).refused == {"front": NOT_STORED}
        assert (list(Photo.objects.values()), stored()) == before

    def test_a_file_of_the_request_that_cannot_be_read(self, log, monkeypatch):
        class Gone(BytesIO):
            def read(self, *args):
                raise OSError(5, "Input/output error")

        assert add_photos(by=log.treatment.patient.user, log=log, files={"front": Gone()}).refused == {"front": NOT_STORED}

    @pytest.mark.parametrize("replaces", [False, True])
    def test_a_database_without_room_is_the_same(self, add, stored, monkeypatch, replaces):
        if replaces:
            add(front=jpeg())
        before = list(Photo.objects.values()), stored()
        monkeypatch.setattr(audit, "record", partial(failing, OperationalError("database or disk is full")))
        added = add(front=OTHER, left=OTHER)
        assert (added.kept, added.refused) == ([], {"front": NOT_STORED, "left": NOT_STORED})
        assert (list(Photo.objects.values()), stored()) == before

    def test_an_error_of_ours_leaves_no_file_either(self, add, stored, monkeypatch):
        monkeypatch.setattr(audit, "record", partial(failing, RuntimeError("ours")))
        with pytest.raises(RuntimeError, match="ours"):
            add(front=jpeg())
        assert (rows(), stored()) == ([], [])


def failing(error, *args, **kwargs):
    raise error


class TestRemoving:
    @pytest.fixture
    def remove(self, django_capture_on_commit_callbacks):
        def removed(photo, by=None):
            with django_capture_on_commit_callbacks(execute=True):
                remove_photo(by=by or photo.log.treatment.patient.user, photo=photo)

        return removed

    def test_row_and_files_go(self, add, log, remove, stored):
        front, left = add(front=jpeg(), left=jpeg()).kept
        remove(front)
        assert (rows(), stored()) == ([(4, "left", 96, 64)], sorted(left.files))
        assert events()[2:] == [("photo removed", "log", str(log.uuid), said(front), None)]

    def test_twice_is_once(self, add, remove):
        photo = add(front=jpeg()).kept[0]
        remove(photo)
        remove(photo)
        assert [action for action, *_ in events()] == ["photo added", "photo removed"]

    def test_long_after_the_day_too(self, add, remove, travel_to):
        photo = add(front=jpeg()).kept[0]
        travel_to(TODAY + timedelta(days=300))
        remove(photo)
        assert rows() == []

    def test_nobody_else_removes_it(self, add, remove, stored, clinician, admin, superuser, other_treatment):
        photo = add(front=jpeg()).kept[0]
        for person in (clinician, admin, superuser, other_treatment.patient.user):
            with pytest.raises(NotAllowed):
                remove(photo, by=person)
        assert (len(rows()), stored()) == (1, named())

    def test_the_files_stay_until_it_is_committed(self, add, stored):
        photo = add(front=jpeg()).kept[0]
        remove_photo(by=photo.log.treatment.patient.user, photo=photo)
        assert stored() == sorted(photo.files)


class TestSeen:
    def seen(self):
        found = AuditEvent.objects.filter(action__in=["photo seen", THUMBNAILS_SEEN]).order_by("pk")
        return list(found.values_list("action", "actor__name", "subject_type", "subject_id", "after"))

    def test_a_photo_is_written_down_each_time(self, add, log, clinician):
        photo = add(front=jpeg()).kept[0]
        for _ in range(2):
            note_photo_seen(by=clinician, photo=photo)
        after = {"photo": str(photo.uuid), "day": 4, "view": "front"}
        assert self.seen() == [("photo seen", "Mira Osei", "treatment", str(log.treatment.uuid), after)] * 2

    def test_thumbnails_once_for_each_person_and_recovery(self, treatment, other_treatment, clinician):
        for person, recovery in [(clinician, treatment), (treatment.patient.user, treatment), (clinician, other_treatment)] * 2:
            note_thumbnails_seen(by=person, treatment=recovery)
        assert [(name, subject) for _, name, _, subject, _ in self.seen()] == [
            ("Mira Osei", str(treatment.uuid)),
            ("Ana Ferreira", str(treatment.uuid)),
            ("Mira Osei", str(other_treatment.uuid)),
        ]

    @pytest.mark.parametrize("at, written", [(time(0), 1), (time.max, 2)])
    def test_the_day_is_the_clinic_s(self, treatment, clinician, travel_to, at, written):
        """Summer in London: midnight is at 23:00 of the day before."""
        travel_to(datetime(2026, 7, 15).date(), time(12))
        before = datetime(2026, 7, 14, 23 if written == 1 else 22, 59 if written == 2 else 0, tzinfo=UTC)
        AuditEvent.objects.create(
            action=THUMBNAILS_SEEN, actor=clinician, subject_type="treatment", subject_id=str(treatment.uuid), at=before
        )
        note_thumbnails_seen(by=clinician, treatment=treatment)
        assert len(self.seen()) == written
