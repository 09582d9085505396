"""The life of a norm version: each step in each state, what it writes, and the words of each refusal."""

from dataclasses import replace

import pytest

from patients import policies
from patients.actions.norms import (
    LONGEST_REASON,
    discard_draft,
    draft_of,
    in_force,
    in_force_or_none,
    problems_of,
    publish_draft,
    published_before,
    start_draft,
)
from patients.actions.protocols import create_protocol
from patients.models import AuditEvent, NormVersion
from patients.models.norm_values import read_norms
from patients.policies import VERSION_LIFE, VersionState
from recovery.timeline.document import to_json
from tests.factories import a_version, an_edit
from tests.lives import REACHED, STEPS, events, first_of, refusal, retired_by_the_next

DRAFT, IN_FORCE, RETIRED, DISCARDED = VersionState
RARER = "Initial healing, days 0–7: check in every days 1 → 2"


def fresh(thing):
    return type(thing).objects.get(pk=thing.pk)


# --- states and steps


LIVES = [(state, step, then) for state, steps in VERSION_LIFE.items() for step, then in steps.items()]


def test_the_table_knows_every_state_and_step():
    assert (set(VERSION_LIFE), {step for _, step, _ in LIVES}) == (set(VersionState), set(STEPS))


@pytest.mark.parametrize("state, step, then", LIVES)
def test_each_step_of_the_table_leads_where_it_says(admin, pen, state, step, then):
    # An older version is restored while its protocol lives: of a retired one no draft is started.
    reach = retired_by_the_next if step == "restore as a draft" else REACHED[state]
    version = reach(admin, pen)
    policies.check_version_can(step, version)
    STEPS[step](admin, version)
    after = NormVersion.objects.filter(pk=version.pk).first() if step != "restore as a draft" else draft_of(pen)
    assert (policies.state_of(after) if after else DISCARDED) == then


@pytest.mark.parametrize("state", [DRAFT, IN_FORCE, RETIRED])
@pytest.mark.parametrize("step", STEPS)
def test_every_other_step_is_refused_with_what_can_be_done(admin, pen, state, step):
    version = fresh(REACHED[state](admin, pen))
    assert policies.state_of(version) == state
    if step in VERSION_LIFE[state]:
        assert policies.check_version_can(step, version) is None
    else:
        said = f"Version {version.number} is {state}: what can be done is {', '.join(VERSION_LIFE[state])}."
        assert refusal(policies.check_version_can, step, version) == said


# --- what each step does and writes


def test_a_draft_is_a_copy_of_the_version_in_force(admin, pen, draft):
    first = in_force(pen)
    assert (draft.number, draft.started_by, draft.edits, fresh(draft).is_draft) == (2, admin, 0, True)
    assert replace(read_norms(draft), label="") == replace(read_norms(first), label="")
    assert events() == [("norm draft started", 2, "")]


def test_an_older_version_comes_back_as_a_draft(admin, pen):
    first = read_norms(in_force(pen))
    a_version(admin, pen)
    known = AuditEvent.objects.count()
    restored = start_draft(by=admin, protocol=pen, norms=first, why="Restored from version 1.")
    assert (restored.number, read_norms(restored).course, in_force(pen).number) == (3, first.course, 2)
    assert events(after=known) == [("norm draft started", 3, "Restored from version 1.")]


def test_a_saved_edit_is_stored_counted_and_audited(admin, colleague, pen, draft):
    saved = an_edit(colleague, draft)
    stored = fresh(draft)
    assert (saved.edits, stored.edits, stored.edited_by, stored.is_draft) == (1, 1, colleague, True)
    assert read_norms(stored).course.phases[0].check_in_every_days == 2
    assert events()[1:] == [("norm draft edited", 2, "")]
    assert AuditEvent.objects.last().after == {"protocol": "pen", "version": 2, "changes": [RARER]}


def test_publishing_stamps_who_when_and_why(admin, pen, draft, frozen):
    published = publish_draft(by=admin, draft=an_edit(admin, draft), reason="  A clearer name.\n", seen=1)
    stored = fresh(draft)
    assert (stored, stored.reason, in_force(pen)) == (published, "A clearer name.", published)
    assert (stored.published_by, stored.published_as, stored.published_at) == (admin, "Noor Haddad", frozen)
    assert policies.state_of(first_of(pen)) == RETIRED


def test_publishing_and_the_retirement_it_brings_are_audited(admin, pen, draft):
    publish_draft(by=admin, draft=an_edit(admin, draft), reason=" A clearer name. ", seen=1)
    assert events()[2:] == [("norms published", 2, "A clearer name."), ("norms retired", 1, "A clearer name.")]
    published, retired = AuditEvent.objects.order_by("pk")[2:]
    assert (published.before, published.after) == (
        {"protocol": "pen", "version": 1},
        {"protocol": "pen", "version": 2, "changes": [RARER]},
    )
    assert (retired.before, retired.after) == (None, {"protocol": "pen", "version": 2})
    assert {(e.actor, e.clinic, e.actor_label) for e in (published, retired)} == {(admin, admin.clinic, "Noor Haddad (admin)")}


def test_the_first_version_of_a_protocol_retires_none_and_differs_from_none(admin, pen):
    draft = create_protocol(by=admin, name="Stamp", slug="stamp", description="", like=pen)
    assert (in_force_or_none(draft.protocol), published_before(draft), problems_of(draft)) == (None, None, [])
    known = AuditEvent.objects.count()
    publish_draft(by=admin, draft=draft, reason="A start.", seen=0)
    assert events(after=known) == [("norms published", 1, "A start.")]
    assert AuditEvent.objects.last().before is None
    assert in_force_or_none(draft.protocol) == draft


def test_a_discarded_draft_is_kept_whole_in_the_audit(admin, pen, draft):
    norms = read_norms(an_edit(admin, draft))
    discard_draft(by=admin, draft=draft, seen=1)
    assert (draft_of(pen), NormVersion.objects.filter(protocol=pen).count()) == (None, 1)
    kept = AuditEvent.objects.last()
    assert (kept.action, kept.after) == ("norm draft discarded", None)
    assert kept.before == {"protocol": "pen", "version": 2, "document": to_json("pen", norms)}


def test_the_longest_reason_that_fits(admin, draft):
    an_edit(admin, draft)
    assert publish_draft(by=admin, draft=draft, reason="x" * LONGEST_REASON + " ", seen=1).reason == "x" * 500
