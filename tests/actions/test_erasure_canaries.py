"""Every text of every row about a patient is given a word of its own; after the erasure none of them is anywhere.

New models and new columns are found by themselves: whatever leads to a patient is filled, and the whole database is searched.
"""

import os
import sqlite3
from contextlib import closing, suppress
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, models
from django.test import Client
from django.utils import timezone

from patients.actions import erasure
from patients.actions.consents import withdraw_photo_consent
from patients.actions.erasure import erase_patient
from patients.actions.invitations import invite
from patients.models import (
    AuditEvent,
    Clinic,
    Consent,
    ErasureNotice,
    Log,
    NormVersion,
    Patient,
    Photo,
    Reminder,
    Review,
    Role,
    Treatment,
    User,
)  # fmt: skip
from tests.at_once import apart
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_photo, a_review, a_treatment, allow_photos

STRUCTURE = {Clinic, User, NormVersion}  # what many share: a patient's rows point to it, and it to nobody of them
# What a constraint or the way to the row depends on.
CONSTRAINED = {
    "kind", "view", "rule", "disposition", "role", "time_zone", "language", "actor_label", "email", "password", "closed_why",
    "subject_id", "object_id",
}  # fmt: skip
TEXTS = (models.CharField, models.TextField, models.JSONField)


def way_to_patient(model, seen=()):
    """The lookup from a row to its patient, by foreign keys alone; nothing where there is none."""
    if model is Patient:
        return "pk"
    for field in model._meta.concrete_fields:
        to = field.related_model
        if to is None or to in STRUCTURE or to in seen or to is model:
            continue
        if (rest := way_to_patient(to, (*seen, model))) is not None:
            return field.name if rest == "pk" else f"{field.name}__{rest}"
    return None


def held_of(patient):
    """Every row about them, model by model."""
    found = {m: m._base_manager.filter(**{way: patient.pk}) for m in apps.get_models() if (way := way_to_patient(m)) is not None}
    ids = [str(patient.uuid), *map(str, Treatment.objects.filter(patient=patient).values_list("uuid", flat=True))]
    return found | {User: User.objects.filter(pk=patient.user_id), EmailAddress: EmailAddress.objects.filter(user=patient.user)} | {
        LogEntry: LogEntry.objects.filter(object_id=str(patient.user_id)), AuditEvent: AuditEvent.objects.filter(subject_id__in=ids),
    }  # fmt: skip


def is_free(field):
    """Whether any words may stand in it: no choices, no key, no constraint on what it says."""
    return isinstance(field, TEXTS) and not field.choices and not field.unique and not field.is_relation and field.name not in CONSTRAINED


def fill(patient):
    """A word in every free text of every row; the words, and the tables that hold one."""
    planted = {}
    for model, rows in held_of(patient).items():
        if model is AuditEvent:  # only ever added: it holds what the actions wrote
            continue
        for field in filter(is_free, model._meta.concrete_fields):
            word = f"kanarie{len(planted)}x"
            value = [word] if isinstance(field, models.JSONField) else word[: field.max_length or 99]
            if rows.update(**{field.name: value}):
                planted[value if isinstance(value, str) else word] = (model._meta.label, field.name)
    return planted


def dump():
    """Every table of the database, Django's own and those of no model included, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, repr(row)
    for session in Session.objects.all():
        yield "django_session, unpacked", repr(session.get_decoded())


@pytest.fixture
def life(db, tmp_path, photo_folder, travel_to):
    """Somebody with a row in every table that can hold one, in a database file of its own."""
    travel_to(TREATED)
    with apart(tmp_path):
        clinic = a_clinic()
        clinician = a_member(clinic, Role.CLINICIAN, "Mira Osei")
        treatment = a_treatment(clinician, "Zelda Canary", TREATED)
        patient = treatment.patient
        invite(by=clinician, patient=patient)
        log = a_log(treatment, 0, "fever", redness=4, note="kanarie in a note", key=uuid4()).log
        a_review(treatment, clinician, reply="kanarie in a reply", note="kanarie for colleagues")
        allow_photos(patient)
        withdraw_photo_consent(by=patient.user, patient=patient)
        a_photo(log)
        Reminder.objects.create(clinic=clinic, patient=patient, day=TREATED)
        ErasureNotice.objects.create(clinic=clinic, patient=patient)
        browser = Client()
        browser.force_login(patient.user)
        seen = {"user_id": clinician.pk, "content_type": ContentType.objects.get_for_model(User), "action_flag": CHANGE}
        LogEntry.objects.create(**seen, object_id=str(patient.user_id), object_repr="x", action_time=timezone.now())
        yield Patient.objects.select_related("user", "clinic").get(pk=patient.pk)


def test_every_table_that_leads_to_a_patient_is_known_and_held_a_row(life):
    held = {model.__name__ for model, rows in held_of(life).items() if rows.exists()}
    leads = {model.__name__ for model in held_of(life)}
    # A wish that is put off ends the sign-in, so it stands in no life that erases itself.
    assert leads - held == {"ErasureRequest"}
    assert {"Consent", "ErasureNotice", "Photo", "Rating", "OutgoingMail", "Flag"} <= held
    assert (Consent.objects.count(), Review.objects.count()) == (2, 1)


def test_no_word_and_no_id_is_left_in_any_table_or_file(life, photo_folder):
    planted = fill(life)
    assert len(planted) > 15
    ids = [life.uuid, *(uuid for model in (Treatment, Log, Photo) for uuid in model.objects.values_list("uuid", flat=True))]
    words = [*planted, "kanarie", "Canary", life.user.email, *(form for uuid in ids for form in (str(uuid), uuid.hex))]
    before = {word for word in planted for _, row in dump() if word in row}
    assert before == set(planted)  # otherwise nothing would be proven
    # By their keys now: the fill gave the files other names, which are not there to be removed.
    names = os.listdir(photo_folder)
    erase_patient(by=life.user, patient=life)
    assert [(table, word) for table, row in dump() for word in words if word.lower() in row.lower()] == []
    assert [name for name in os.listdir(photo_folder) if name not in names] == []


def test_the_files_of_the_photos_are_gone(life, photo_folder):
    assert len(os.listdir(photo_folder)) == 2
    erase_patient(by=life.user, patient=life)
    assert os.listdir(photo_folder) == []


def test_the_bytes_of_the_database_file_do_not_hold_it_either(life):
    """SQLite alone: it overwrites what is deleted (secure_delete). PostgreSQL does so when it next vacuums."""
    if connection.vendor != "sqlite":
        pytest.skip("the file belongs to the server")
    path = connection.settings_dict["NAME"]
    fill(life)
    settle(path)
    with open(path, "rb") as file:
        assert b"kanarie" in file.read()
    erase_patient(by=life.user, patient=life)
    for name in (path, f"{path}-wal"):
        with suppress(FileNotFoundError), open(name, "rb") as file:
            assert b"kanarie" not in file.read()


def test_a_journal_that_cannot_be_emptied_stops_no_erasure(life, monkeypatch, caplog):
    def fail():
        raise OperationalError("database is locked")

    monkeypatch.setattr(erasure, "_empty_journal", fail)
    erase_patient(by=life.user, patient=life)
    assert (Patient.objects.count(), "database is locked" in caplog.text) == (0, True)


def settle(path):
    """All that was written is in the file itself."""
    connection.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
