"""The download holds all that the database holds about a patient: every column of every table that leads to them, or a reason."""

import json
from datetime import date, time
from decimal import Decimal
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from patients.actions.consents import withdraw_photo_consent
from patients.actions.invitations import invite
from patients.exports.archive import as_json
from patients.exports.record import Record
from patients.models import ErasureNotice, ErasureRequest, Patient, Rating, Reminder, SavedFilter
from tests.actions.test_erasure_canaries import held_of, way_to_patient
from tests.conftest import TODAY
from tests.factories import a_log, a_photo, a_review, allow_photos

# Table or column: why it is not handed out. A new one without a line here must be in record.json.
REASONS = {
    "LogEntry": "repeats the name; what the installation's own account did by hand",
    "AuditEvent": "as who_looked, in words",
    "*.id": "a number of the database",
    "User.password": "no use outside, and a risk", "User.is_superuser": "rights, not data", "User.is_staff": "rights, not data",
    "User.is_active": "rights, not data",
    "Treatment.closed_why": "for colleagues; the clinic is asked for it", "Review.note": "for colleagues; the clinic is asked for it",
    "Photo.full": "a name in the storage; the file itself is there", "Photo.thumb": "a name in the storage; made from the file",
    "Invitation.token_digest": "what a link is known by", "Invitation.address_digest": "what a link is known by",
    "Rating.severity": "under the symptom, as ratings of the log",
}  # fmt: skip


@pytest.fixture
def life(treatment, clinician):
    log = a_log(treatment, 4, "fever", redness=4, note="a note").log
    a_review(treatment, clinician, reply="a reply", note="for colleagues only")
    allow_photos(treatment.patient)
    withdraw_photo_consent(by=treatment.patient.user, patient=treatment.patient)
    a_photo(log)
    invite(by=clinician, patient=treatment.patient)
    for model, fields in ((Reminder, {"day": TODAY}), (ErasureNotice, {}), (ErasureRequest, {"keep_until": TODAY})):
        model.objects.create(clinic=treatment.clinic, patient=treatment.patient, **fields)
    return Patient.objects.select_related("user", "clinic").get(pk=treatment.patient.pk)


def values_in(whole):
    """Each name with every value that stands under it, wherever it is."""
    if isinstance(whole, dict):
        for name, value in whole.items():
            yield name, json.dumps(value, sort_keys=True)
            yield from values_in(value)
    elif isinstance(whole, list):
        for one in whole:
            yield from values_in(one)


def plain(value):
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


def is_excused(model, field):
    names = {model.__name__, f"{model.__name__}.{field.name}", f"*.{field.name}"}
    return field.is_relation or bool(names & set(REASONS))


def missing(patient):
    """Columns of which a value is in no place of the download."""
    there = set(values_in(json.loads(as_json(Record(patient).whole()))))
    for model, rows in held_of(patient).items():
        for row in rows:
            for field in model._meta.concrete_fields:
                value = json.dumps(plain(getattr(row, field.name)), sort_keys=True) if not is_excused(model, field) else None
                if value is not None and (field.name, value) not in there:
                    yield f"{model.__name__}.{field.name}"


def test_every_table_that_leads_to_them_is_held_a_row(life):
    empty = {model.__name__ for model, rows in held_of(life).items() if not rows.exists()}
    assert empty <= {"OutgoingMail", "LogEntry", "Submission"}


def test_every_value_of_every_column_is_in_it_or_has_a_reason(life):
    assert sorted(set(missing(life))) == []


def test_a_column_that_is_left_out_would_be_found(life, monkeypatch):
    monkeypatch.setattr("patients.exports.record.LEFT_OUT", {"photo": {"sha256"}, "consent": {"text"}})
    assert sorted(set(missing(life))) == ["Consent.text", "Photo.sha256"]


def test_what_one_changed_oneself_is_in_it_as_it_was(life, treatment):
    a_log(treatment, 4, note="another note")
    looked = Record(life).whole()["who_looked"]
    own = [row for row in looked if row["what"].startswith("changed a log")]
    assert [row["before"]["note"] for row in own] == ["a note"]


def test_what_colleagues_write_to_each_other_is_not(life):
    assert "for colleagues only" not in as_json(Record(life).whole())


def test_ratings_stand_under_their_log(life):
    log = Record(life).whole()["treatments"][0]["logs"][0]
    assert log["ratings"] == dict(Rating.objects.values_list("symptom_id", "severity"))


def test_what_has_no_way_to_a_patient_is_known(life):
    """Sessions are keys of browsers and end by themselves; saved filters are the staff's."""
    assert [way_to_patient(model) for model in (Session, SavedFilter, LogEntry)] == [None, None, None]
