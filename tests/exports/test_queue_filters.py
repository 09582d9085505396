"""The filters of the queue: an unknown value is an error, never silently the whole list."""

from datetime import timedelta
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest

from patients.actions.snoozes import assign_recovery, snooze_recovery
from patients.errors import NotNow
from patients.exports import queue
from patients.exports.queue_filters import Choices, QueueFilters
from patients.models import Role
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_member, a_review, a_treatment

CHOICES = Choices({"5f0c7a3e-0000-4000-8000-000000000000": "Mira Osei"}, {"pen": "Pen"}, {"Initial healing": "Initial healing"})
ALL = {
    "urgency": "urgent",
    "clinician": "5f0c7a3e-0000-4000-8000-000000000000",
    "protocol": "pen",
    "phase": "Initial healing",
    "text": "Ána & Co",
    "snoozed": "1",
}


@pytest.mark.parametrize("given", [{}, ALL, {"urgency": "watch"}, {"text": "  Ana "}, {"page": "7", "after": "x"}, {"urgency": ""}])
def test_the_way_there_and_back(given):
    filters = QueueFilters.parse(given, CHOICES)
    assert QueueFilters.parse(dict(parse_qsl(filters.as_query())), CHOICES) == filters
    assert filters.is_set is any(given.get(name, "").strip() for name in ALL)


@pytest.mark.parametrize(
    "given, says",
    [
        ({"urgency": "purple"}, "“purple” is no urgency. Choose one of the list, or clear the filter."),
        ({"urgency": "note"}, "“note” is no urgency. Choose one of the list, or clear the filter."),
        ({"urgency": "URGENT"}, "“URGENT” is no urgency. Choose one of the list, or clear the filter."),
        ({"clinician": "me"}, "“me” is no clinician of this clinic. Choose one of the list, or clear the filter."),
        ({"protocol": "laser"}, "“laser” is no protocol of this clinic. Choose one of the list, or clear the filter."),
        ({"phase": "x" * 50}, f"“{'x' * 40}…” is no phase of the timeline. Choose one of the list, or clear the filter."),
        ({"text": "x" * 81}, "Search for a part of the name, up to 80 letters."),
        ({"text": "a\0b"}, "Search for a part of the name, up to 80 letters."),
        ({"snoozed": "yes"}, "“yes” is not a choice for snoozed rows. Clear the filter."),
        ({"text": "Ana", "urgency": "; DROP"}, "“; DROP” is no urgency. Choose one of the list, or clear the filter."),
    ],
)
def test_an_unknown_value_is_an_error(given, says):
    with pytest.raises(NotNow) as refused:
        QueueFilters.parse(given, CHOICES)
    assert str(refused.value) == says


class TestChoices:
    def test_those_of_the_clinic(self, clinician, other_clinician, admin):
        found = Choices.of(clinician.clinic)
        assert found.clinicians == {str(clinician.uuid): "Mira Osei, nurse"}
        assert set(found.protocols) == {"pen", "pen-shallow", "pen-deep", "radiofrequency"}
        assert list(found.phases) == ["Initial healing", "Skin renewal", "Collagen building", "Results maturing", "Maintenance"]

    def test_in_three_queries(self, clinician, django_assert_num_queries):
        with django_assert_num_queries(3):
            Choices.of(clinician.clinic)

    def test_a_clinician_of_another_clinic_is_unknown(self, clinician, other_clinician):
        with pytest.raises(NotNow, match="is no clinician of this clinic"):
            QueueFilters.parse({"clinician": str(other_clinician.uuid)}, Choices.of(clinician.clinic))


class TestNarrowing:
    @pytest.fixture
    def rows(self, clinician, frozen):
        found = {
            "ana": a_treatment(clinician, "Ana Ferreira", TREATED),
            "mei": a_treatment(clinician, "Mei Chen", TREATED, "pen-deep"),
            "old": a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=10)),
        }
        a_log(found["ana"], 4, "fever", at=frozen)
        a_log(found["mei"], 4, breakouts=3, at=frozen)
        a_log(found["old"], 10, flaking=2, at=frozen)
        return found

    def seen(self, user, now, **given):
        return {row.name.split()[0].lower() for row in queue.page(user, now, None, QueueFilters.parse(given, Choices.of(user.clinic)))}

    @pytest.mark.parametrize(
        "given, names",
        [
            ({}, {"ana", "mei", "bo"}),
            ({"urgency": "urgent"}, {"ana"}),
            ({"urgency": "emergency"}, set()),
            ({"protocol": "pen-deep"}, {"mei"}),
            ({"phase": "Initial healing"}, {"ana", "mei"}),
            ({"phase": "Skin renewal"}, {"bo"}),
            ({"phase": "Maintenance"}, set()),
            ({"text": "fer"}, {"ana"}),
            ({"text": "%"}, set()),
            ({"text": "e", "urgency": "watch"}, {"mei"}),
        ],
    )
    def test_by_each_and_by_two(self, rows, clinician, frozen, given, names):
        assert self.seen(clinician, frozen, **given) == names

    def test_by_clinician_assigned_or_reviewing(self, rows, clinician, clinic, frozen):
        other = a_member(clinic, Role.CLINICIAN, "Jonas Lind")
        assign_recovery(by=other, treatment=rows["mei"])
        a_review(rows["old"], other)
        a_log(rows["old"], 10, flaking=4, at=frozen)
        assert self.seen(clinician, frozen, clinician=str(other.uuid)) == {"mei", "bo"}
        assert self.seen(clinician, frozen, clinician=str(clinician.uuid)) == set()

    def test_snoozed_rows_by_themselves(self, rows, clinician, frozen):
        snooze_recovery(by=clinician, treatment=rows["old"], until=TODAY + timedelta(days=1))
        assert (self.seen(clinician, frozen), self.seen(clinician, frozen, snoozed="1")) == ({"ana", "mei"}, {"bo"})

    def test_a_clinician_that_nobody_is_finds_nothing(self, rows, clinician, frozen):
        assert queue.page(clinician, frozen, None, QueueFilters(clinician=str(uuid4()))) == []
