"""What a preview says is what publishing and moving do: the same logs, the same flags, none more and none fewer."""

from datetime import timedelta

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; tests/exports/test_impact.py holds cases by hand")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.actions.moves import move_recovery
from patients.actions.norms import publish_draft, published_before, save_draft, start_draft
from patients.exports.impact import effect
from patients.models import Flag, Log, NormVersion, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.difference import differences
from tests.conftest import TODAY
from tests.edits import edited, undone
from tests.factories import a_log, a_review, a_treatment, next_session, open_flags

# Day by day what is not calm, in trouble of every kind: outside the band, rising again, several at once, signs, requests.
COURSES = [
    ["redness=3 swelling=2", "redness=3", "redness=3 flaking=2", "breakouts=1"],
    ["redness=4", "redness=2", "redness=1", "redness=2 swelling=1", "redness=2", "redness=1", "redness=2"],
    ["breakouts=2", "breakouts=3", "breakouts=3 itching=1", "breakouts=2", "redness=2", "breakouts=4"],
    ["redness=2", "redness=1", "redness=1", "redness=1", "redness=1", "redness=1", "redness=1", "redness=2"],
    ["", "", "fever redness=3", "redness=3 pain=2", "asked redness=0", "itching=3"],
    ["", "flaking=1", "flaking=2", "flaking=3 itching=2", "flaking=4", "flaking=3", "flaking=2"],
    ["swelling=4 pain=3", "swelling=3 pain=2", "swelling=2", "swelling=2", "swelling=1", "swelling=1"],
]


@pytest.fixture
def recoveries(clinician, travel_to):
    """Seven running ones that differ in what the rules look at: factors, a baseline, an earlier session, reviews, trouble."""
    first = a_treatment(clinician, "Ana Ferreira", TODAY - timedelta(days=40))
    for day, redness in enumerate([3, 2, 1, 1, 0]):
        a_log(first, day, redness=redness, swelling=1 if day < 2 else 0)
    second = next_session(clinician, first.patient, TODAY - timedelta(days=8))
    made = [
        second,
        a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=8)),
        a_treatment(clinician, "Cy Wood", TODAY - timedelta(days=8), factors=("acne_prone",)),
        a_treatment(clinician, "Di Marsh", TODAY - timedelta(days=8), baseline={"redness": 1, "breakouts": 2}),
        a_treatment(clinician, "Ed Stone", TODAY - timedelta(days=8)),
        a_treatment(clinician, "Flo Reed", TODAY - timedelta(days=8)),
        a_treatment(clinician, "Gus Hill", TODAY - timedelta(days=8)),
    ]
    for treatment, course in zip(made, COURSES, strict=True):
        for day, answers in enumerate(course):
            log_words(treatment, day, answers.split())
            if open_flags(treatment) and (day + treatment.pk) % 3 == 0:
                a_review(treatment, clinician)
    return made


def log_words(treatment, day, words):
    ratings = {code: int(grade) for code, _, grade in (word.partition("=") for word in words if "=" in word)}
    a_log(treatment, day, "fever" if "fever" in words else "", asked="asked" in words, **ratings)


def urgencies():
    return dict(Log.objects.values_list("pk", "urgency"))


def open_keys():
    found = {}
    for treatment, *key in Flag.objects.open().values_list("treatment_id", "log_id", "rule", "subject"):
        found.setdefault(treatment, set()).add(tuple(key))
    return found


def changed(before, after):
    return {pk: (before[pk], after[pk]) for pk in before if before[pk] != after[pk]}


@pytest.fixture
def pen(admin):
    protocol = Protocol.objects.get(slug="pen")
    return start_draft(by=admin, protocol=protocol)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_preview_says_exactly_what_publishing_and_moving_do(data, recoveries, pen, admin, clinic):
    norms = data.draw(edited(read_norms(pen)))
    with undone():
        draft = save_draft(by=admin, draft=pen, norms=norms, seen=pen.edits)
        norms = read_norms(draft)
        said = effect(clinic, draft, norms, 90)
        before, open_before = urgencies(), open_keys()
        publish_if_different(admin, draft)
        for treatment in recoveries:
            move_recovery(by=admin, treatment=treatment, version=draft, why="Tried.")
        after, open_after = urgencies(), open_keys()
        running = {t.pk for t in recoveries}
        promised = {c.log.pk: (c.old, c.new) for c in said.changes if c.treatment in running}
        assert promised == changed(before, after)
        assert {m.treatment: (set(m.before), set(m.after)) for m in said.moved} == {
            pk: (open_before.get(pk, set()), open_after.get(pk, set()))
            for pk in running
            if open_before.get(pk, set()) != open_after.get(pk, set())
        }
        assert said.flagged + said.gained - said.lost - flagged_elsewhere(said, running) == sum(u >= 2 for u in after.values())


def flagged_elsewhere(said, running):
    """Changes of recoveries that are over: judged in the preview, never moved."""
    return sum((c.new >= 2) - (c.old >= 2) for c in said.changes if c.treatment not in running)


def publish_if_different(admin, draft):
    """An edit that changes nothing cannot be published; then the draft stands in for a version."""
    if differences(read_norms(published_before(draft)), read_norms(draft)):
        publish_draft(by=admin, draft=draft, reason="Tried.", seen=draft.edits)
    else:
        NormVersion.objects.filter(pk=draft.pk).update(published_at=draft.created_at, published_as="tests", reason="Same.")
    draft.refresh_from_db()
