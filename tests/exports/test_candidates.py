"""Which logs an edit is judged on: every one that it can reach, of the period or of a running recovery."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patients.actions.norms import start_draft
from patients.actions.protocols import copy_protocol
from patients.exports import candidates as module
from patients.exports.candidates import candidates
from patients.models import Protocol, Treatment
from patients.models.norm_values import read_norms
from recovery.timeline.scale import Urgency
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_treatment, next_session, with_band

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3650)


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    return start_draft(by=admin, protocol=pen)


@pytest.fixture
def wider(draft):
    """Redness may be 3, not 2, on days 3 and 4."""
    return with_band(read_norms(draft), "redness", 3, high=3)


@pytest.fixture
def course(clinician):
    """A recovery with these logs: what was said, by day."""

    def made(name, days, *, since=TREATED, at=None, **session):
        treatment = a_treatment(clinician, name, since, **session)
        for day, (signs, answers) in days.items():
            a_log(treatment, day, signs, at=at, **answers)
        return treatment.pk

    return made


def days_of(found):
    return {treatment: set(days) for treatment, days in found.items()}


def ask(clinic, draft, norms, since=LONG_AGO, movable=()):
    return days_of(candidates(clinic, draft, norms, since, Treatment.objects.filter(pk__in=movable)))


def set_of(norms, **settings):
    return replace(norms, settings=replace(norms.settings, **settings))


class TestBands:
    def test_only_the_ratings_that_the_edit_can_touch(self, clinic, draft, wider, course):
        hit = course("Ana Ferreira", {3: ("", {"redness": 3}), 4: ("", {"redness": 2})})
        course("Bo Lind", {2: ("", {"redness": 3}), 4: ("", {"redness": 4})})
        course("Cy Wood", {4: ("", {"breakouts": 3})})
        assert ask(clinic, draft, wider) == {hit: {3}}

    def test_without_a_difference_none(self, clinic, draft, course):
        course("Ana Ferreira", {4: ("fever", {"redness": 4})})
        assert ask(clinic, draft, read_norms(draft)) == {}

    def test_each_patients_own_bands_are_compared(self, clinic, draft, course):
        norms = read_norms(draft)
        more = tuple(replace(a, shift=replace(a.shift, high_by=2)) for a in norms.adjustments if a.factor == "acne_prone")
        hit = course("Ana Ferreira", {4: ("", {"breakouts": 4})}, factors=("acne_prone",))
        found = ask(clinic, draft, replace(norms, adjustments=more))
        assert found == {hit: {4}}

    @pytest.mark.parametrize("one_by_one", [0, 1, 100])
    def test_however_it_is_asked(self, clinic, draft, course, monkeypatch, one_by_one):
        monkeypatch.setattr(module, "ASKED_ONE_BY_ONE", one_by_one)
        norms = with_band(with_band(read_norms(draft), "redness", 3, high=3), "swelling", 2, high=1)
        both = course("Ana Ferreira", {2: ("", {"swelling": 2}), 3: ("", {"redness": 3})})
        one = course("Bo Lind", {2: ("", {"swelling": 2, "redness": 3})})
        assert ask(clinic, draft, norms) == {both: {2, 3}, one: {2}}


class TestRules:
    @pytest.fixture
    def several(self, course):
        """By name: who has what an edit of the rules can reach on day 4."""
        return {
            "one above": course("Ana Ferreira", {4: ("", {"redness": 3})}),
            "two above": course("Bo Lind", {4: ("", {"redness": 3, "swelling": 2})}),
            "lone trace": course("Cy Wood", {4: ("", {"itching": 1, "redness": 1})}),
            "sign": course("Di Marsh", {4: ("pus", {})}),
            "asked": course("Ed Stone", {4: ("", {"asked": True})}),
            "improvement": course("Flo Reed", {4: ("", {"improvement": 5})}),
        }

    @pytest.mark.parametrize(
        "settings, reached",
        [
            ({"cluster_size": 3}, ["two above"]),
            ({"cluster_size": 1}, ["one above", "two above"]),
            ({"results_worse_from_day": 4}, ["improvement"]),
            ({"results_unchanged_from_day": 9}, ["improvement"]),
            ({"last_session_step": 1}, []),
            ({"cluster_size": 3, "results_worse_from_day": 4}, ["two above", "improvement"]),
        ],
    )
    def test_a_number_reaches_the_logs_that_it_is_about(self, clinic, draft, several, settings, reached):
        assert ask(clinic, draft, set_of(read_norms(draft), **settings)) == {several[name]: {4} for name in reached}

    def test_a_sign_reaches_every_log_with_one(self, clinic, draft, several):
        norms = read_norms(draft)
        signs = {**norms.signs, "fever": replace(norms.signs["fever"], urgency=Urgency.WATCH)}
        assert ask(clinic, draft, replace(norms, signs=signs)) == {several["sign"]: {4}}

    def test_the_step_to_the_last_session_reaches_second_sessions(self, clinic, draft, clinician, several):
        first = a_treatment(clinician, "Gus Hill", TODAY - timedelta(days=40))
        a_log(first, 4)
        second = next_session(clinician, first.patient, TREATED)
        a_log(second, 3)
        assert ask(clinic, draft, set_of(read_norms(draft), last_session_step=1)) == {second.pk: {3}}

    def test_worsening_reaches_every_rise_from_its_first_day(self, clinic, draft, course):
        rising = course("Ana Ferreira", {2: ("", {"redness": 0}), 4: ("", {"redness": 1})})
        course("Bo Lind", {2: ("", {"redness": 2}), 4: ("", {"redness": 0})})
        assert ask(clinic, draft, set_of(read_norms(draft), worsening_urgent_step=1)) == {rising: {4}}


class TestWhose:
    def test_another_clinics_are_not_asked_for(self, clinic, draft, wider, other_clinic, other_treatment):
        a_log(other_treatment, 4, redness=3)
        assert (ask(clinic, draft, wider), ask(other_clinic, draft, wider)) == ({}, {other_treatment.pk: {4}})

    def test_nor_another_protocols(self, clinic, draft, wider, course):
        course("Ana Ferreira", {4: ("", {"redness": 3})}, protocol="pen-deep")
        assert ask(clinic, draft, wider) == {}

    def test_the_clinics_own_copy_asks_for_those_of_the_shared_one(self, clinic, admin, pen, course):
        shared = course("Ana Ferreira", {4: ("", {"redness": 3})})
        draft = start_draft(by=admin, protocol=copy_protocol(by=admin, protocol=pen))
        assert ask(clinic, draft, with_band(read_norms(draft), "redness", 3, high=3)) == {shared: {4}}

    @pytest.mark.parametrize("late, is_found", [(timedelta(0), True), (timedelta(seconds=-1), False), (timedelta(seconds=1), True)])
    def test_those_entered_in_the_period(self, clinic, draft, wider, course, late, is_found):
        since = NOW - timedelta(days=30)
        one = course("Ana Ferreira", {4: ("", {"redness": 3})}, since=since.date() - timedelta(days=4), at=since + late)
        assert ask(clinic, draft, wider, since) == ({one: {4}} if is_found else {})

    def test_and_those_of_recoveries_that_can_be_moved_whatever_their_age(self, clinic, draft, wider, course):
        old = {name: course(name, {4: ("", {"redness": 3})}, since=TODAY - timedelta(days=60)) for name in ("Ana Ferreira", "Bo Lind")}
        assert ask(clinic, draft, wider, NOW - timedelta(days=30), [old["Bo Lind"]]) == {old["Bo Lind"]: {4}}

    def test_a_clinic_without_recoveries_has_none(self, clinic, draft, wider):
        assert ask(clinic, draft, wider) == {}


def test_it_asks_the_same_for_one_and_three_recoveries(clinic, draft, wider, course, django_assert_max_num_queries):
    found = []
    for name in ("Ana Ferreira", "Bo Lind", "Cy Wood"):
        course(name, {4: ("", {"redness": 3})})
        ask(clinic, draft, wider)
        with django_assert_max_num_queries(5) as asked:
            ask(clinic, draft, wider)
        found.append(len(asked))
    assert found == [found[0]] * 3
