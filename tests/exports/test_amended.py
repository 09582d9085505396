"""What a log says otherwise than it did, in words."""

from datetime import UTC, datetime

import pytest

from patients.exports.amended import changes_of, differences
from patients.exports.recoveries import RecoveryPicture
from patients.models import AuditEvent
from patients.models.norm_values import norms_for
from tests.factories import a_log

SAID = {"ratings": {"redness": 2}, "signs": ["pus"], "note": "Dry.", "asked_for_review": False, "improvement": None}


@pytest.mark.parametrize(
    "change, says",
    [
        ({}, []),
        ({"ratings": {"redness": 3}}, ["redness 3, was 2"]),
        ({"ratings": {"redness": 2, "itching": 0}}, ["itching 0, was not rated"]),
        ({"ratings": {}}, ["redness not rated, was 2"]),
        ({"signs": ["fever"]}, ["fever or chills, was not ticked", "discharge or pus, was ticked and is not any more"]),
        ({"asked_for_review": True}, ["asks for review, did not before"]),
        ({"improvement": 4}, ["result 4, was not rated"]),
        ({"note": ""}, ["note was “Dry.”"]),
    ],
)
def test_each_difference_is_named(treatment, change, says):
    norms = norms_for(treatment)
    says = [line.replace("discharge or pus", norms.sign("pus").label[0].lower() + norms.sign("pus").label[1:]) for line in says]
    assert list(differences(SAID, SAID | change, norms)) == says


@pytest.mark.parametrize("before, says", [("", "the note is new"), ("x " * 100, "note was “" + "x " * 39 + "x…”")])
def test_a_note_is_new_or_quoted_in_short(treatment, before, says):
    assert list(differences(SAID | {"note": before}, SAID, norms_for(treatment))) == [says]


def test_each_change_of_a_log_is_told_in_its_order(treatment, frozen):
    for hour, redness in ((8, 1), (9, 2), (10, 0)):
        a_log(treatment, 4, redness=redness, at=datetime(2026, 3, 18, hour, tzinfo=UTC))
    found = changes_of(RecoveryPicture(treatment, 4), frozen)[4]
    assert [change.was for change in found] == ["redness 2, was 1", "redness 0, was 2"]
    assert found[-1].words == "changed today, 10:00: redness 0, was 2"


def test_a_change_without_a_record_of_it_is_still_told(treatment, frozen):
    a_log(treatment, 4)
    log = a_log(treatment, 4, redness=2, at=datetime(2026, 3, 18, 20, tzinfo=UTC)).log
    assert AuditEvent.objects.about({"log": [str(log.uuid)]}).saying("log amended").exists()
    picture = RecoveryPicture(treatment, 4)
    AuditEvent.objects.about({"log": [str(log.uuid)]}).blank(treatment.patient.user)
    assert [change.words for change in changes_of(picture, frozen)[4]] == ["changed today, 20:00"]


def test_nothing_changed_asks_nothing(treatment, frozen, django_assert_num_queries):
    a_log(treatment, 4)
    picture = RecoveryPicture(treatment, 4)
    with django_assert_num_queries(0):
        assert changes_of(picture, frozen) == {}
