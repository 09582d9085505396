"""Two admins at the same moment: exactly one wins, and the other is told who did."""

from functools import partial

import pytest

from patients.actions.moves import move_batch
from patients.actions.norms import discard_draft, draft_of, in_force, publish_draft, save_draft, start_draft
from patients.actions.protocols import copy_protocol, create_protocol, retire_protocol
from patients.errors import NotNow
from patients.models import AuditEvent, Flag, NormVersion, Protocol, Role, Treatment
from patients.models.norm_values import read_norms
from tests.at_once import apart, held_open, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_treatment, a_version, an_edit, asking_every, with_band

NAMES = ("Noor Haddad", "Jo Blake")


@pytest.fixture
def admins(db, tmp_path, travel_to, monkeypatch):
    """Two of one clinic, in a database where both can write at once."""
    travel_to(TREATED)
    with apart(tmp_path):
        clinic = a_clinic()
        made = [a_member(clinic, Role.ADMIN, name) for name in NAMES]
        held_open(monkeypatch)
        yield made


@pytest.fixture
def pen(admins):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admins, pen):
    return an_edit(admins[0], start_draft(by=admins[0], protocol=pen))


def won_and_lost(outcomes):
    """The one that went through and the words that the other got, with the names of both."""
    lost = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, NotNow)]
    assert len(lost) == 1
    return 1 - lost[0], str(outcomes[lost[0]])


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_two_start_a_draft(admins, pen):
    winner, said = won_and_lost(together(*(partial(start_draft, by=admin, protocol=pen) for admin in admins)))
    assert said == f"{NAMES[winner]} started a draft of version 2 on 14 March at 12:00. Go on with that draft, or discard it first."
    assert (draft_of(pen).started_by, actions()) == (admins[winner], ["norm draft started"])


def test_two_save_an_edit(admins, pen, draft):
    norms = [asking_every(read_norms(draft), days) for days in (3, 4)]
    known = len(actions())
    outcomes = together(*(partial(save_draft, by=admin, draft=draft, norms=norms[n], seen=1) for n, admin in enumerate(admins)))
    winner, said = won_and_lost(outcomes)
    assert said == (
        f"{NAMES[winner]} saved another edit of this draft at 12:00. Yours is not saved; it is kept below. Look at theirs, then save again."
    )
    stored = draft_of(pen)
    assert (stored.edits, stored.edited_by) == (2, admins[winner])
    assert read_norms(stored).course.phases[0].check_in_every_days == (3, 4)[winner]
    assert actions()[known:] == ["norm draft edited"]


def test_two_publish(admins, pen, draft):
    known = len(actions())
    outcomes = together(*(partial(publish_draft, by=admin, draft=draft, reason=admin.name, seen=1) for admin in admins))
    winner, said = won_and_lost(outcomes)
    assert said == f"{NAMES[winner]} published this draft as version 2. What you typed is below."
    assert (in_force(pen).published_by, in_force(pen).reason) == (admins[winner], NAMES[winner])
    assert actions()[known:] == ["norms published", "norms retired"]


def test_one_publishes_while_another_discards(admins, pen, draft):
    publish = partial(publish_draft, by=admins[0], draft=draft, reason="Tested.", seen=1)
    winner, said = won_and_lost(together(publish, partial(discard_draft, by=admins[1], draft=draft, seen=1)))
    assert said == (
        "This draft was discarded by somebody else. What you typed is below; start a new draft to use it."
        if winner
        else "Noor Haddad published this draft as version 2. What you typed is below."
    )
    assert in_force(pen).number == (1 if winner else 2)


def test_one_publishes_while_another_saves(admins, pen, draft):
    edit = partial(save_draft, by=admins[1], draft=draft, norms=asking_every(read_norms(draft), 3), seen=1)
    winner, said = won_and_lost(together(partial(publish_draft, by=admins[0], draft=draft, reason="Tested.", seen=1), edit))
    told = ("Noor Haddad published this draft as version 2.", "Jo Blake saved another edit of this draft at 12:00.")
    assert said.startswith(told[winner])
    # What is published is what its publisher saw, never the other one's edit.
    published = NormVersion.objects.published().get(protocol=pen, number=2) if winner == 0 else None
    assert published is None or read_norms(published).course.phases[0].check_in_every_days == 2


def test_a_protocol_retired_meanwhile_publishes_before_or_not_at_all(admins, pen, draft):
    outcomes = together(
        partial(publish_draft, by=admins[0], draft=draft, reason="Tested.", seen=1),
        partial(retire_protocol, by=admins[1], protocol=pen, why="Tested."),
    )
    done = [action for action in actions() if action in ("norms published", "protocol retired")]
    assert done == (["protocol retired"] if isinstance(outcomes[0], NotNow) else ["norms published", "protocol retired"])
    assert not Protocol.objects.filter(pk=pen.pk, retired_at=None).exists()


def test_two_make_the_clinic_s_own_copy(admins, pen):
    _, said = won_and_lost(together(*(partial(copy_protocol, by=admin, protocol=pen) for admin in admins)))
    assert said == "Pen 0.5–1.5 mm is your clinic’s own already."
    assert Protocol.objects.filter(slug="pen", clinic__isnull=False).count() == 1


def test_two_create_a_protocol_of_one_name(admins, pen):
    create = partial(create_protocol, name="Stamp", slug="stamp", description="", like=pen)
    _, said = won_and_lost(together(*(partial(create, by=admin) for admin in admins)))
    assert said == "There is a protocol with the short name “stamp” already. Choose another one."
    assert (Protocol.objects.filter(slug="stamp").count(), actions()) == (1, ["protocol created", "norm draft started"])


def test_two_move_the_same_recoveries_once(admins, pen):
    clinician = a_member(admins[0].clinic, Role.CLINICIAN, "Mira Osei")
    treatments = [a_treatment(clinician, name, TREATED) for name in ("Ana Ferreira", "Bo Lind")]
    for treatment in treatments:
        a_log(treatment, 0, breakouts=3)
    version = a_version(admins[0], pen, lambda norms: with_band(norms, "breakouts", 0, rationale="Clearer."))
    assert together(*(partial(move_batch, by=admin, version=version) for admin in admins)) == [0, 0]
    assert actions().count("recovery moved") == 2
    assert set(Treatment.objects.values_list("norm_version", flat=True)) == {version.pk}
    assert list(Flag.objects.live().values_list("norm_version", flat=True)) == [version.pk] * 2
