"""Erasing a patient: nothing of them is left in any table or file, nothing of anybody else is touched."""

import os
from collections import Counter
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from patients import photo_store
from patients.actions import audit
from patients.actions.closing import close_recovery
from patients.actions.erasure import erase_patient, sweep_photos
from patients.actions.invitations import invite
from patients.actions.links import log_token
from patients.actions.people import change_settings, record_treatment
from patients.actions.photos import note_photo_seen, note_thumbnails_seen
from patients.actions.reminders import send_reminders
from patients.errors import NotAllowed, NotNow
from patients.management.verifying import Verification
from patients.models import AuditEvent, Patient, Photo, Role, Treatment, User
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_patient, a_photo, a_review, a_session, a_treatment, next_session
from tests.views.signing_in import CODE, STEP, by_code, by_password, with_app, with_password

CANARIES = ["Canary", "canary", "kanarie"]  # in the name, in the address, in what was typed
FIRST = TREATED - timedelta(days=40)


def everything():
    """Every row of every table, sessions unpacked."""
    found = {}
    for model in apps.get_models():
        rows = list(model._base_manager.order_by("pk").values())
        if model is Session:
            rows = [row | {"session_data": Session(**row).get_decoded()} for row in rows]
        found[model._meta.label] = rows
    return found


def naming(words):
    """The tables with a row in which one of these words stands."""
    return {label for label, rows in everything().items() for row in rows if any(word in repr(row) for word in words)}


def ids_of(patient):
    """Public ids, with dashes and without."""
    found = [patient.uuid, *Treatment.objects.filter(patient=patient).values_list("uuid", "logs__uuid")]
    flat = [one for part in found for one in (part if isinstance(part, tuple) else [part])]
    return [said for one in flat for said in (str(one), one.hex)]


@pytest.fixture
def neighbours(treatment, other_treatment, superuser, photo_folder):
    """A patient of the same clinic and one of another, each with a life of their own."""
    Patient.objects.update(reminder_hour=None)  # their mails would be sent with the other ones below
    for of in (treatment, other_treatment):
        a_photo(a_log(of, 4, "fever", note="itches").log)
    return everything()


@pytest.fixture
def zelda(neighbours, clinician, superuser, travel_to, signed_in):
    """Somebody who has left a trace wherever one can be left: two sessions, logs, photos, answers, mails, sign-ins."""
    travel_to(FIRST)
    patient = a_patient(clinician, "Zelda Canary", email="canary@example.org", session=a_session(treated_on=FIRST, device="kanarie pen"))
    invite(by=clinician, patient=patient)
    first = patient.treatments.get()
    a_photo(a_log(first, 0, "fever", note="kanarie").log)
    a_review(first, clinician, reply="Dear kanarie", note="kanarie, says the clinic")
    travel_to(TODAY)
    close_recovery(by=clinician, treatment=Treatment.objects.with_people().get(pk=first.pk), why="kanarie is well")
    second = next_session(clinician, patient, TREATED)
    photo = a_photo(a_log(second, 4, redness=4, note="kanarie").log, "left")
    a_log(second, 4, redness=3, note="another kanarie", key=uuid4())  # the audit holds what it was before
    change_settings(by=patient.user, theme="dark", time_zone="Atlantic/Canary")
    for by in (patient.user, clinician):
        note_photo_seen(by=by, photo=photo)
        note_thumbnails_seen(by=by, treatment=second)
    travel_to(TODAY + timedelta(days=1), time(18))
    send_reminders(timezone.now())
    signed_in(patient.user)
    Client().get(f"/l/{log_token(patient)}/")
    seen = {"user_id": superuser.pk, "content_type": ContentType.objects.get_for_model(User), "action_flag": CHANGE}
    LogEntry.objects.create(**seen, object_id=str(patient.user.pk), object_repr="Zelda Canary")
    return Patient.objects.select_related("user", "clinic").get(pk=patient.pk)


def erase(patient, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        erase_patient(by=patient.user, patient=patient)


@pytest.fixture
def erased(zelda, django_capture_on_commit_callbacks):
    ids = ids_of(zelda)
    known = AuditEvent.objects.count()
    erase(zelda, django_capture_on_commit_callbacks)
    return ids, known


def test_before_it_they_stand_in_most_tables(zelda):
    """Otherwise the next test would prove nothing."""
    assert naming([*CANARIES, *ids_of(zelda)]) == {
        "admin.LogEntry", "account.EmailAddress", "patients.User", "patients.Patient", "patients.Treatment",
        "patients.Log", "patients.Review", "patients.AuditEvent", "patients.OutgoingMail",
    }  # fmt: skip
    tables = everything()
    assert len(tables["sessions.Session"]) == 2
    own = {label for label in tables if label.startswith("patients.") and len(tables[label]) > 0}
    expected = {"patients.Rating", "patients.Flag", "patients.Photo", "patients.Reminder", "patients.Invitation", "patients.Submission"}
    assert expected <= own


def test_no_row_of_any_table_names_them(erased):
    ids, _ = erased
    assert naming([*CANARIES, *ids]) == set()


def test_all_tables_are_as_if_they_had_never_come(neighbours, erased, clinic, other_clinic):
    """But for the audit, where events are only blanked and their chain moves on, and the types of things that Django looks up."""
    after = everything()
    heads = [{head["chain"]: head["count"] for head in tables.pop("patients.AuditHead")} for tables in (neighbours, after)]
    added = erased[1] + 1 - len(neighbours["patients.AuditEvent"])
    assert {chain: heads[1][chain] - count for chain, count in heads[0].items()} == {clinic.pk: added, other_clinic.pk: 0}
    for label in ("patients.AuditEvent", "contenttypes.ContentType"):
        known = neighbours.pop(label)
        assert after.pop(label)[: len(known)] == known
    assert after == neighbours


def test_the_audit_keeps_what_was_done_and_nothing_of_whom(erased, neighbours, clinician, clinic):
    _, known = erased
    events = list(AuditEvent.objects.order_by("pk")[len(neighbours["patients.AuditEvent"]) :])
    *blanked, last = events
    assert AuditEvent.objects.count() == known + 1
    assert [(e.subject_id, e.before, e.after, e.why) for e in blanked] == [("erased", None, None, "")] * len(blanked)
    by = Counter(e.actor_label for e in blanked)
    assert set(by) == {"erased", "Mira Osei, nurse (clinician)", "the system"}
    assert {e.actor for e in blanked} == {None, clinician}
    assert {"log amended", "recovery reviewed", "photo seen", "time zone changed", "reminder sent"} <= {e.action for e in blanked}
    assert (last.action, last.clinic, last.actor, last.subject_type) == ("account erased", clinic, None, "clinic")


def test_the_chain_holds_and_no_digest_can_be_guessed_back(erased, clinic):
    assert [walk.touched for walk in Verification(set()).walks()] == [None, None]
    blanked = AuditEvent.objects.filter(subject_id="erased")
    assert set(blanked.values_list("salt", flat=True)) == {""}
    last = AuditEvent.objects.get(action="account erased")
    assert last.after == {"blanked": {str(clinic.pk): [[last.seq - blanked.count(), last.seq - 1]]}}
    assert not AuditEvent.objects.filter(salt="").exclude(subject_id="erased").exists()


def test_no_file_of_theirs_is_left(erased, photo_folder):
    assert sorted(os.listdir(photo_folder)) == sorted(name for photo in Photo.objects.all() for name in photo.files)
    assert Photo.objects.count() == 2


def test_a_last_mail_says_so_without_their_name(erased, mailoutbox, clinic):
    mail = mailoutbox[-1]
    assert (mail.to, mail.subject) == (["canary@example.org"], "Linden Skin Clinic: your account is deleted")
    assert ("Zelda" in mail.body, clinic.phone in mail.body) == (False, True)


def test_again_it_does_nothing(zelda, erased, mailoutbox, django_capture_on_commit_callbacks):
    before, mails = everything(), len(mailoutbox)
    erase(Patient(pk=zelda.pk, user=zelda.user, clinic=zelda.clinic), django_capture_on_commit_callbacks)
    assert (everything(), len(mailoutbox)) == (before, mails)


def test_a_crash_on_the_way_leaves_all_of_it(zelda, photo_folder, monkeypatch, django_capture_on_commit_callbacks):
    before, files = everything(), sorted(os.listdir(photo_folder))

    def crash(*args, **kwargs):
        raise RuntimeError("the power is out")

    monkeypatch.setattr(audit, "record", crash)
    with pytest.raises(RuntimeError), django_capture_on_commit_callbacks(execute=True):
        erase_patient(by=zelda.user, patient=zelda)
    assert (everything(), sorted(os.listdir(photo_folder))) == (before, files)


def test_files_that_a_crash_left_are_swept_a_day_later(zelda, photo_folder, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(photo_store, "remove", lambda names: None)  # the power goes between the commit and the files
    erase(zelda, django_capture_on_commit_callbacks)
    monkeypatch.undo()
    assert len(os.listdir(photo_folder)) == 8
    assert [sweep_photos(now=datetime.now().astimezone() + timedelta(hours=hours)) for hours in (23, 25, 25)] == [0, 4, 0]
    assert sorted(os.listdir(photo_folder)) == sorted(name for photo in Photo.objects.all() for name in photo.files)


def test_who_has_worked_here_under_the_same_sign_in_is_told_so(zelda, clinician, django_capture_on_commit_callbacks):
    user = User.objects.get(pk=zelda.user.pk)
    user.role = Role.CLINICIAN
    record_treatment(by=user, patient=a_patient(clinician, "Mei Chen"), session=a_session(treated_on=TREATED))
    before = everything()
    with pytest.raises(NotNow, match="was also used for work at the clinic"):
        erase(zelda, django_capture_on_commit_callbacks)
    assert everything() == before


@pytest.mark.parametrize("who", ["clinician", "admin", "superuser", "neighbour"])
def test_nobody_else_erases(request, treatment, clinician, who):
    by = a_treatment(clinician, "Mei Chen", TREATED).patient.user if who == "neighbour" else request.getfixturevalue(who)
    with pytest.raises(NotAllowed, match="This belongs to the patient alone"):
        erase_patient(by=by, patient=treatment.patient)
    assert Patient.objects.filter(pk=treatment.patient.pk).exists()


def test_somebody_without_a_treatment_is_erased_too(clinician, django_capture_on_commit_callbacks):
    patient = a_patient(clinician, "Zelda Canary", email="canary@example.org")
    erase(patient, django_capture_on_commit_callbacks)
    assert (User.objects.filter(role=Role.PATIENT).count(), EmailAddress.objects.count()) == (0, 0)


class TestHalfWayIn:
    """A browser that stopped before it was in holds the address; nothing else of the person."""

    @pytest.fixture(autouse=True)
    def no_attempts_yet(self):
        cache.clear()

    def a_code(self, patient):
        Client().post(CODE, {"email": patient.user.email})

    def the_second_step(self, patient):
        with_app(with_password(patient.user))
        assert by_password(Client(), patient.user).url == STEP

    def a_code_then_the_second_step(self, patient):
        with_app(with_password(patient.user))
        browser = Client()
        assert by_code(browser, patient.user, mail.outbox).url == STEP

    def what_was_shown(self, patient):
        """allauth takes the attempt out and leaves what it was shown, where one goes away at the wrong moment."""
        by_password(browser := Client(), with_password(patient.user))
        held = browser.session
        for key in [key for key, _ in held.items() if not key.startswith("account_authentication")]:
            del held[key]
        held.save()

    @pytest.mark.parametrize("stops_at", ["what_was_shown", "a_code", "the_second_step", "a_code_then_the_second_step"])
    def test_no_session_holds_the_address_afterwards(self, zelda, neighbours, stops_at, django_capture_on_commit_callbacks):
        before = set(Session.objects.values_list("pk", flat=True))
        getattr(self, stops_at)(zelda)
        half = Session.objects.exclude(pk__in=before).get()
        assert "canary@example.org" in repr(half.get_decoded())
        Client().post(CODE, {"email": User.objects.exclude(pk=zelda.user.pk).filter(role=Role.PATIENT).first().email})
        erase(Patient.objects.select_related("user", "clinic").get(pk=zelda.pk), django_capture_on_commit_callbacks)
        left = [repr(session.get_decoded()) for session in Session.objects.all()]
        assert [held for held in left if "canary" in held] == []
        assert len(left) == 1  # the neighbour's own goes on
