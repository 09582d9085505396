"""What the life of a norm version refuses, with which words, and that nothing is written then."""

from dataclasses import replace

import pytest

from patients.actions.moves import move_recovery
from patients.actions.norms import in_force, problems_of, publish_draft, save_draft, start_draft
from patients.actions.protocols import copy_protocol, retire_protocol
from patients.errors import NotAllowed, NotWhole
from patients.models import AuditEvent, Clinic, NormVersion, Protocol, Role, Treatment
from patients.models.norm_values import read_norms
from patients.policies import VersionState
from tests.conftest import TREATED
from tests.factories import a_clinic, a_member, a_treatment, an_edit, asking_every, with_band
from tests.lives import REACHED, STEPS, discarded, events, refusal, retired_by_the_next, retired_with_its_protocol

GONE = "This draft was discarded by somebody else. What you typed is below; start a new draft to use it."
PEN_RETIRED = "Pen 0.5–1.5 mm is retired. Bring it back before you change its norms."


@pytest.mark.parametrize(
    "reach, says",
    [
        (REACHED[VersionState.IN_FORCE], "Noor Haddad published this draft as version 2. What you typed is below."),
        (retired_by_the_next, "Starting norms published this draft as version 1. What you typed is below."),
        (retired_with_its_protocol, PEN_RETIRED),
        (discarded, GONE),
    ],
)
@pytest.mark.parametrize("step", ["edit", "publish", "discard"])
def test_what_is_no_draft_is_neither_edited_published_nor_discarded(admin, pen, reach, says, step):
    version = reach(admin, pen)
    known, versions = AuditEvent.objects.count(), list(NormVersion.objects.order_by("pk").values())
    assert refusal(STEPS[step], admin, version) == says
    assert (AuditEvent.objects.count(), list(NormVersion.objects.order_by("pk").values())) == (known, versions)


@pytest.mark.parametrize(
    "reach, says",
    [
        (REACHED[VersionState.DRAFT], "Version 2 is draft: what can be done is edit, publish, discard."),
        (retired_by_the_next, "Version 1 is retired: what can be done is restore as a draft, bring its protocol back."),
        (retired_with_its_protocol, "Version 1 is retired: what can be done is restore as a draft, bring its protocol back."),
    ],
)
def test_recoveries_are_moved_to_the_version_in_force_alone(admin, clinician, pen, reach, says):
    version = reach(admin, pen)
    treatment = a_treatment(clinician, "Ana Ferreira", TREATED, protocol="pen-deep")
    assert refusal(move_recovery, by=admin, treatment=treatment, version=version, why="Tested.") == says
    assert Treatment.objects.get(pk=treatment.pk).norm_version.protocol.slug == "pen-deep"


@pytest.fixture
def nothing_written():
    """What is stored at the end of a test is what was stored when it was called."""
    kept = []

    def everything():
        return list(NormVersion.objects.order_by("pk").values()), [read_norms(v) for v in NormVersion.objects.drafts()], events()

    yield lambda: kept.append(everything())
    assert kept == [everything()]


@pytest.mark.parametrize(
    "reason, says",
    [
        ("", "Write why these norms change. The reason is kept with the version."),
        (" \n\t\u2003", "Write why these norms change. The reason is kept with the version."),
        ("x" * 501, "The reason has 501 characters; 500 fit. Shorten it."),
    ],
)
def test_a_reason_is_needed_and_fits(admin, draft, nothing_written, reason, says):
    an_edit(admin, draft)
    nothing_written()
    assert refusal(publish_draft, by=admin, draft=draft, reason=reason, seen=1) == says


STALE = (
    "Jo Blake, Dr saved another edit of this draft at 12:00. "
    "Yours is not saved; it is kept below. Look at theirs, then save again."
)  # fmt: skip


@pytest.mark.parametrize("step", ["edit", "publish", "discard"])
def test_an_edit_in_between_refuses_the_next_step(admin, colleague, draft, nothing_written, step):
    an_edit(colleague, draft)
    nothing_written()
    assert refusal(STEPS[step], admin, draft) == STALE


def test_the_same_edit_again_is_no_edit(admin, colleague, draft, nothing_written):
    norms = read_norms(an_edit(colleague, draft))
    nothing_written()
    assert save_draft(by=admin, draft=draft, norms=norms, seen=0).edits == 1


def test_there_is_one_draft_at_a_time(admin, colleague, pen, draft, nothing_written):
    nothing_written()
    said = "Noor Haddad started a draft of version 2 on 18 March at 12:00. Go on with that draft, or discard it first."
    assert refusal(start_draft, by=colleague, protocol=pen, norms=asking_every(read_norms(draft))) == said


def test_a_draft_of_another_protocol_is_not_in_the_way(admin, draft):
    assert start_draft(by=admin, protocol=Protocol.objects.get(slug="pen-deep")).number == 2


def test_what_differs_in_nothing_is_not_published(admin, draft, nothing_written):
    nothing_written()
    said = "Nothing differs from version 1. Change something, or discard the draft."
    assert refusal(publish_draft, by=admin, draft=draft, reason="Tested.", seen=0) == said


def test_a_border_between_equal_bands_can_be_saved_but_is_no_difference(admin, pen, draft):
    def split(norms):
        at, b = next((n, b) for n, b in enumerate(norms.bands) if b.first_day < b.last_day)
        pieces = (replace(b, last_day=b.first_day), replace(b, first_day=b.first_day + 1))
        return replace(norms, bands=(*norms.bands[:at], *pieces, *norms.bands[at + 1 :]))

    before = len(read_norms(draft).bands)
    saved = an_edit(admin, draft, split)
    assert (saved.edits, len(read_norms(saved).bands)) == (1, before + 1)
    assert refusal(publish_draft, by=admin, draft=draft, reason="Tested.", seen=1).startswith("Nothing differs from version 1.")


def test_a_broken_table_is_published_once_it_is_whole(admin, pen, draft):
    broken = an_edit(admin, draft, lambda norms: replace(norms, bands=norms.bands[1:]))
    with pytest.raises(NotWhole) as refused:
        publish_draft(by=admin, draft=broken, reason="Tested.", seen=1)
    assert (refused.value.problems, str(refused.value)) == (
        problems_of(broken),
        "1 problem must be solved before this can be published: redness, day 0: gap: no band for day 0.",
    )
    assert (NormVersion.objects.get(pk=draft.pk).is_draft, in_force(pen).number) == (True, 1)
    mended = an_edit(admin, broken, lambda norms: with_band(read_norms(in_force(pen)), "redness", 0, rationale="Clearer."))
    assert publish_draft(by=admin, draft=mended, reason="Tested.", seen=2) == in_force(pen)


@pytest.mark.parametrize("step", ["edit", "publish", "discard", "publish the next", "restore as a draft"])
def test_norms_of_a_retired_protocol_stay_as_they_are(admin, pen, draft, nothing_written, step):
    retire_protocol(by=admin, protocol=pen, why="No device any more.")
    nothing_written()
    assert refusal(STEPS[step], admin, draft) == PEN_RETIRED


# --- who may


ADMINS = "Only admins change the timeline norms."
SHARED = "Other clinics share these norms. Make your clinic’s own copy to change them."
THEIRS = "These norms belong to another clinic."
# Whose norms, who tries, and what they are told; nothing where they may.
WHO = [
    ("shared", "admin", ""),
    ("shared", "superuser", ""),
    ("shared", "clinician", ADMINS),
    ("shared", "patient", ADMINS),
    ("shared by two", "admin", SHARED),
    ("shared by two", "other admin", SHARED),
    ("shared by two", "superuser", ""),
    ("own", "admin", ""),
    ("own", "other admin", THEIRS),
    ("own", "superuser", THEIRS),
    ("own", "clinician", ADMINS),
]


@pytest.fixture
def whose(pen, admin):
    """The norms of a protocol: one that is shared, with another clinic in the house or without, or the clinic's own copy."""
    return lambda kind: copy_protocol(by=admin, protocol=pen) if kind == "own" else pen


@pytest.fixture
def people(request, clinic):
    """Somebody by role; the other clinic is there from the moment somebody asks for its admin."""

    def person(name):
        if name == "other admin":
            return a_member(Clinic.objects.exclude(pk=clinic.pk).first() or a_clinic("Harbour Skin Clinic"), Role.ADMIN, "Ola Berg")
        found = request.getfixturevalue(name)
        return getattr(found, "user", found)

    return person


@pytest.mark.parametrize("step", ["restore as a draft", "edit", "publish", "discard"])
@pytest.mark.parametrize("kind, name, says", WHO)
def test_who_may_change_whose_norms(people, whose, admin, kind, name, says, step):
    protocol = whose(kind)
    version = in_force(protocol) if step == "restore as a draft" else an_edit(admin, start_draft(by=admin, protocol=protocol))
    if kind == "shared by two":
        a_clinic("Harbour Skin Clinic")
    person = people(name)
    known = AuditEvent.objects.count()
    if not says:
        STEPS[step](person, version)
        assert AuditEvent.objects.count() > known
        return
    with pytest.raises(NotAllowed) as refused:
        STEPS[step](person, version)
    assert (str(refused.value), AuditEvent.objects.count()) == (says, known)
