"""Consent to photos: the patient's alone, told from everything else, taken back with all that it allowed."""

import os

import pytest
from django.db.models import QuerySet

from patients import photo_store
from patients.actions import audit
from patients.actions.consents import give_photo_consent, withdraw_photo_consent
from patients.actions.photos import NOT_ALLOWED, add_photos
from patients.actions.texts import publish_text, text_for
from patients.errors import NotAllowed, NotNow, Overtaken
from patients.models import AuditEvent, Consent, Log, Photo
from tests.conftest import TREATED
from tests.factories import a_log, a_photo, a_treatment, allow_photos
from tests.pictures.scene import jpeg
from tests.views.test_log_photos import a_file

KINDS = ["consent to photos given", "consent to photos withdrawn"]


def said():
    """What the audit has of consents: action, who, what came of it."""
    return [(e.action, e.actor.name, e.after) for e in AuditEvent.objects.filter(action__in=KINDS).order_by("pk")]


def withdraw(patient, commits):
    with commits(execute=True):
        return withdraw_photo_consent(by=patient.user, patient=patient)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


class TestGiving:
    def test_the_row_holds_who_when_and_the_words_that_were_read(self, patient, frozen):
        allow_photos(patient)
        row = Consent.objects.get()
        assert (row.patient, row.clinic, row.kind, row.given_at) == (patient, patient.clinic, "photos", frozen)
        assert (row.language, row.number, row.withdrawn_at, row.lapsed_at) == ("en-gb", 0, None, None)
        assert "Only you and the clinicians of Linden Skin Clinic see them." in row.text
        assert said() == [(KINDS[0], "Ana Ferreira", {"language": "en-gb", "number": 0})]

    def test_again_it_does_nothing(self, patient):
        allow_photos(patient)
        allow_photos(patient)
        give_photo_consent(by=patient.user, patient=patient, seen="an old page")
        assert (Consent.objects.count(), len(said())) == (1, 1)

    @pytest.mark.parametrize("seen", ["", "x", "0" * 20])
    def test_it_is_no_consent_to_what_was_not_read(self, patient, seen):
        with pytest.raises(Overtaken, match="This text was changed a moment ago. Please read it again"):
            give_photo_consent(by=patient.user, patient=patient, seen=seen)
        assert (Consent.objects.count(), said()) == (0, [])

    def test_a_text_that_changes_while_it_is_read_is_read_again(self, patient, admin):
        seen = text_for(patient.clinic, "photos", "en-gb").key
        publish_text(by=admin, kind="photos", language="en-gb", text="Other words.", seen=0)
        with pytest.raises(Overtaken):
            give_photo_consent(by=patient.user, patient=patient, seen=seen)
        allow_photos(patient)
        assert list(Consent.objects.values_list("number", "text")) == [(1, "Other words.")]

    @pytest.mark.parametrize("who", ["clinician", "admin", "superuser", "neighbour"])
    @pytest.mark.parametrize("act", [withdraw_photo_consent, lambda **kw: give_photo_consent(seen="", **kw)])
    def test_nobody_else_answers_for_them(self, request, treatment, clinician, who, act):
        by = a_treatment(clinician, "Mei Chen", TREATED).patient.user if who == "neighbour" else request.getfixturevalue(who)
        with pytest.raises(NotAllowed, match="This belongs to the patient alone"):
            act(by=by, patient=treatment.patient)


class TestWithoutIt:
    def test_no_photo_is_kept_and_no_picture_is_even_opened(self, treatment, photo_folder, monkeypatch):
        log = a_log(treatment, 4).log
        monkeypatch.setattr("patients.actions.photos.clean_apart", None)
        with pytest.raises(NotNow, match="you have not allowed photos. Your log is kept."):
            add_photos(by=treatment.patient.user, log=log, files={"front": a_file()})
        assert (Photo.objects.count(), photo_folder.exists(), Log.objects.count()) == (0, False, 1)

    def test_taken_back_while_the_picture_was_cleaned_nothing_is_kept(self, treatment, photo_folder, monkeypatch):
        log = a_log(treatment, 4).log
        allow_photos(treatment.patient)
        write = photo_store.write

        def meanwhile(content):
            Consent.objects.update(withdrawn_at=log.entered_at)
            return write(content)

        monkeypatch.setattr(photo_store, "write", meanwhile)
        with pytest.raises(NotNow, match=NOT_ALLOWED):
            add_photos(by=treatment.patient.user, log=log, files={"front": a_file()})
        assert (Photo.objects.count(), os.listdir(photo_folder)) == (0, [])

    def test_photos_from_before_there_was_the_question_stay(self, treatment, clinician):
        photo = a_photo(a_log(treatment, 4).log)
        Consent.objects.all().delete()
        assert Photo.objects.visible_to(clinician).get() == photo
        with pytest.raises(NotNow):
            add_photos(by=treatment.patient.user, log=photo.log, files={"left": a_file()})


class TestWithdrawing:
    @pytest.fixture
    def photos(self, treatment, other_treatment, photo_folder):
        theirs = a_photo(a_log(other_treatment, 4).log)
        for day in (3, 4):
            log = a_log(treatment, day, note="stays").log
            for view in ("front", "left"):
                a_photo(log, view, jpeg(quality=60 + day))
        return theirs

    def test_rows_and_files_go_and_the_logs_stay(self, patient, photos, photo_folder, commits):
        assert withdraw(patient, commits) == 4
        assert list(Photo.objects.all()) == [photos]
        assert sorted(os.listdir(photo_folder)) == sorted(photos.files)
        assert list(Log.objects.filter(treatment__patient=patient).values_list("note", flat=True)) == ["stays", "stays"]
        assert list(Consent.objects.standing().values_list("patient__user__name", flat=True)) == ["Lea Krog"]

    def test_each_photo_and_the_withdrawal_are_written_down(self, patient, photos, commits):
        withdraw(patient, commits)
        assert AuditEvent.objects.filter(action="photo removed", actor=patient.user, subject_type="log").count() == 4
        assert said()[-1] == (KINDS[1], "Ana Ferreira", {"photos": 4})

    def test_again_it_does_nothing(self, patient, photos, commits):
        withdraw(patient, commits)
        known = AuditEvent.objects.count()
        assert (withdraw(patient, commits), AuditEvent.objects.count()) == (0, known)

    def test_before_anything_was_allowed_it_does_nothing(self, patient, commits):
        assert (withdraw(patient, commits), said()) == (0, [])

    def test_it_deletes_what_was_there_before_the_question_too(self, patient, photos, commits):
        Consent.objects.all().delete()
        assert (withdraw(patient, commits), said()[-1][2]) == (4, {"photos": 4})

    def test_a_crash_on_the_way_leaves_all_of_it(self, patient, photos, photo_folder, monkeypatch, commits):
        files, record = sorted(os.listdir(photo_folder)), audit.record

        def crash(action, *args, **kwargs):
            if action in KINDS:
                raise RuntimeError("the power is out")
            record(action, *args, **kwargs)

        monkeypatch.setattr(audit, "record", crash)
        with pytest.raises(RuntimeError):
            withdraw(patient, commits)
        assert (Photo.objects.count(), Consent.objects.standing().count()) == (5, 2)
        assert sorted(os.listdir(photo_folder)) == files

    def test_it_can_be_given_again(self, patient, photos, commits):
        withdraw(patient, commits)
        allow_photos(patient)
        a_photo(Log.objects.filter(treatment__patient=patient).select_related("treatment__patient__user").last())
        rows = Consent.objects.to_photos_of(patient)
        assert (rows.count(), rows.standing().count(), [action for action, *_ in said()][-2:]) == (2, 1, [KINDS[1], KINDS[0]])


class TestAskingAgain:
    def ask(self, admin, **changes):
        return publish_text(by=admin, **{"kind": "photos", "language": "en-gb", "text": "New words.", "seen": 0, **changes})

    def test_a_changed_text_undoes_no_consent(self, patient, admin):
        allow_photos(patient)
        self.ask(admin)
        assert Consent.objects.to_photos_of(patient).standing().get().number == 0

    def test_a_yes_to_the_old_words_stands_under_no_new_ones(self, patient, admin, monkeypatch):
        """The text is published after the page was read and before the first lock of the answer is held."""
        seen, lock = text_for(patient.clinic, "photos", "en-gb").key, QuerySet.select_for_update

        def meanwhile(self, *args, **kwargs):
            monkeypatch.undo()
            publish_text(by=admin, kind="photos", language="en-gb", text="New words.", seen=0, asks_again=True)
            return lock(self, *args, **kwargs)

        monkeypatch.setattr(QuerySet, "select_for_update", meanwhile)
        with pytest.raises(Overtaken):
            give_photo_consent(by=patient.user, patient=patient, seen=seen)
        assert (Consent.objects.count(), said()) == (0, [])

    def test_everybody_of_this_clinic_is_asked_again_and_photos_stay(self, treatment, other_treatment, admin, frozen):
        for one in (treatment, other_treatment):
            a_photo(a_log(one, 4).log)
        self.ask(admin, asks_again=True)
        assert list(Consent.objects.standing().values_list("patient__user__name", flat=True)) == ["Lea Krog"]
        assert list(Consent.objects.exclude(lapsed_at=None).values_list("lapsed_at", "withdrawn_at")) == [(frozen, None)]
        assert Photo.objects.count() == 2
        assert AuditEvent.objects.get(action="clinic text published").after["asked_again"] == 1
        allow_photos(treatment.patient)
        assert Consent.objects.to_photos_of(treatment.patient).standing().get().text == "New words."
