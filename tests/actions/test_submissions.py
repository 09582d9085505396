"""The key of a form: what comes again under it, however late, changes nothing; what is new under it is taken."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.actions.photos import add_photos, remove_photo
from patients.models import AuditEvent, Flag, Log, Photo, Rating, Role, Submission, Treatment
from tests.at_once import apart, held_open, together
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_treatment, next_session
from tests.pictures.scene import jpeg, scene

ONE, TWO = UUID(int=1), UUID(int=2)
A, B = {"redness": 4}, {"redness": 2, "note": "Better."}
FRONT, OTHER = jpeg(), jpeg(scene(64, 96))
# What is sent, as (key, answers, day), and which of it counts in the end; how many events stand then.
ORDERS = {
    "once": ([(ONE, A, 4)], 0, 1),
    "again": ([(ONE, A, 4), (ONE, A, 4)], 0, 1),
    "late": ([(ONE, A, 4), (TWO, B, 4), (ONE, A, 4)], 1, 2),
    "late, twice": ([(ONE, A, 4), (TWO, B, 4), (ONE, A, 4), (ONE, A, 4)], 1, 2),
    "edited under the same key": ([(ONE, A, 4), (ONE, B, 4)], 1, 2),
    "edited under the same key, then the first late": ([(ONE, A, 4), (ONE, B, 4), (ONE, A, 4)], 1, 2),
    "changed back under a new key": ([(ONE, A, 4), (TWO, B, 4), (uuid4(), A, 4)], 2, 3),
    "the same under another key, late": ([(ONE, A, 4), (TWO, A, 4), (uuid4(), B, 4), (TWO, A, 4)], 2, 2),
    "the same key on another day": ([(ONE, B, 4), (ONE, A, 3)], 1, 2),
    "the same key on another day that has a log": ([(TWO, B, 3), (ONE, A, 4), (ONE, A, 3)], 2, 3),
    "late, with another day in between": ([(ONE, A, 3), (TWO, B, 3), (ONE, A, 4), (ONE, A, 3)], 1, 3),
    "without a key": ([(None, A, 4), (None, B, 4), (None, A, 4)], 2, 3),
    "without a key, then with one": ([(None, A, 4), (ONE, B, 4), (None, A, 4)], 2, 3),
}


def everything():
    """All that something sent again could have changed."""
    models = (Log, Rating, Flag, Photo, AuditEvent, Submission)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("name", ORDERS)
def test_the_newest_of_what_is_new_stands(treatment, name):
    sent, newest, events = ORDERS[name]
    for key, answers, day in sent:
        a_log(treatment, day, key=key, late=4 - day, **answers)
    _, answers, day = sent[newest]
    log = Log.objects.get(treatment=treatment, day=day)
    assert (log.severities["redness"], log.note) == (answers["redness"], answers.get("note", ""))
    assert AuditEvent.objects.filter(subject_type="log").count() == events


@pytest.mark.parametrize("later", [timedelta(), timedelta(minutes=5), timedelta(days=3)])
def test_what_comes_late_gets_the_answer_of_what_stands_and_writes_nothing(treatment, frozen, later):
    a_log(treatment, 4, key=ONE, at=frozen, **A)
    second = a_log(treatment, 4, key=TWO, at=frozen, **B)
    before = everything()
    late = a_log(treatment, 4, key=ONE, at=frozen + later, **A)
    assert everything() == before
    assert (late.log, late.findings, late.is_new, late.is_changed, late.is_overtaken) == (second.log, second.findings, False, False, True)
    assert (late.sent.key, late.sent.at, late.sent.is_repeat) == (ONE, frozen, True)


def test_what_comes_again_and_still_stands_is_no_older_than_what_stands(treatment):
    assert [a_log(treatment, 4, key=ONE, **A).is_overtaken for _ in range(2)] == [False, False]


def test_the_key_of_one_person_means_nothing_for_another(treatment, other_treatment):
    for of in (treatment, other_treatment):
        a_log(of, 4, key=ONE, **A)
        a_log(of, 4, key=TWO, **B)
    late = a_log(other_treatment, 4, key=ONE, **A)
    assert (late.log.treatment, late.is_overtaken) == (other_treatment, True)
    assert Submission.objects.filter(treatment=treatment).count() == 2


def test_nor_for_the_next_session_of_the_same_person(clinician, treatment):
    a_log(treatment, 0, key=ONE, **A)
    second = next_session(clinician, treatment.patient, TODAY)
    a_log(second, 0, key=TWO, **B)
    assert a_log(second, 0, key=ONE, **A).is_changed


def test_what_is_refused_leaves_its_key_unused(treatment, monkeypatch):
    before = everything()
    monkeypatch.setattr("patients.actions.logs.audit.record", lambda *args, **words: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        a_log(treatment, 4, key=ONE, **A)
    assert everything() == before
    monkeypatch.undo()
    assert a_log(treatment, 4, key=ONE, **A).is_new


def test_it_costs_one_query_for_a_new_log_and_two_for_a_change(treatment):
    def counted(key, **answers):
        with CaptureQueriesContext(connection) as seen:
            a_log(treatment, 4, key=key, **answers)
        return [query["sql"].split()[0] for query in seen if "patients_submission" in query["sql"]]

    assert [counted(ONE), counted(TWO, note="B"), counted(ONE), counted(None, note="C")] == [
        ["INSERT"],
        ["SELECT", "INSERT"],
        ["SELECT"],
        [],
    ]


def test_four_at_once_are_one(db, frozen, tmp_path, monkeypatch):
    with apart(tmp_path):
        key = a_treatment(a_member(a_clinic(), Role.CLINICIAN, "Mira Osei"), "Ana Ferreira", TREATED).pk
        held_open(monkeypatch)
        done = together(*[lambda: a_log(Treatment.objects.with_people().get(pk=key), 4, key=ONE, **A)] * 4)
        assert sorted(found.sent.is_repeat for found in done) == [False, True, True, True]
        assert [model.objects.count() for model in (Log, Rating, Flag, Submission)] == [1, 4, 1, 1]
        assert AuditEvent.objects.filter(subject_type="log").count() == 1


class TestPhotos:
    @pytest.fixture
    def send(self, treatment, photo_folder, photos_allowed, django_capture_on_commit_callbacks):
        """Answers with a photo, as one form."""

        def sent(key, answers, photo):
            with django_capture_on_commit_callbacks(execute=True):
                recorded = a_log(treatment, 4, key=key, at=None, **answers)
                recorded.log.treatment = treatment
                return add_photos(by=treatment.patient.user, log=recorded.log, files={"front": BytesIO(photo)}, sent=recorded.sent)

        return sent

    def test_again_is_once(self, send, photo_folder):
        send(ONE, A, FRONT)
        before, files = everything(), sorted(photo_folder.iterdir())
        assert send(ONE, A, FRONT).new == []
        assert (everything(), sorted(photo_folder.iterdir())) == (before, files)

    def test_one_that_was_replaced_does_not_come_back(self, send, photo_folder):
        send(ONE, A, FRONT)
        newer = send(TWO, A, OTHER).kept
        late = send(ONE, A, FRONT)
        assert (late.kept, late.new) == (newer, [])
        assert sorted(path.name for path in photo_folder.iterdir()) == sorted(newer[0].files)

    def test_one_that_was_removed_does_not_come_back(self, send, treatment, photo_folder, django_capture_on_commit_callbacks):
        photo = send(ONE, A, FRONT).kept[0]
        with django_capture_on_commit_callbacks(execute=True):
            remove_photo(by=treatment.patient.user, photo=photo)
        assert (send(ONE, A, FRONT).kept, list(photo_folder.iterdir())) == ([], [])

    def test_one_that_a_crash_kept_from_being_stored_is_stored(self, send, treatment):
        a_log(treatment, 4, key=ONE, **A)
        assert [photo.view for photo in send(ONE, A, FRONT).new] == ["front"]

    def test_another_picture_under_the_same_key_is_new(self, send):
        send(ONE, A, FRONT)
        assert [photo.view for photo in send(ONE, A, OTHER).new] == ["front"]
        assert Photo.objects.count() == 1
