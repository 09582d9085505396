"""The states of a norm version, each reached by doing what leads there, and every step that its life knows."""

import pytest

from patients.actions.moves import move_batch
from patients.actions.norms import discard_draft, in_force, publish_draft, save_draft, start_draft
from patients.actions.protocols import bring_back_protocol, retire_protocol
from patients.errors import NotNow
from patients.models import AuditEvent, NormVersion
from patients.models.norm_values import read_norms
from patients.policies import VersionState
from tests.factories import a_version, an_edit, asking_every


def refusal(do, *args, **kwargs):
    """The sentence with which it is refused."""
    with pytest.raises(NotNow) as refused:
        do(*args, **kwargs)
    return str(refused.value)


def events(*, after=0):
    """What was audited, in order, as (action, number of the version, why)."""
    numbers = {str(pk): number for pk, number in NormVersion.objects.values_list("pk", "number")}
    rows = AuditEvent.objects.order_by("pk").values_list("action", "subject_id", "why")[after:]
    return [(action, numbers.get(subject), why) for action, subject, why in rows]


def first_of(protocol):
    return NormVersion.objects.get(protocol=protocol, number=1)


def retired_by_the_next(by, protocol):
    a_version(by, protocol)
    return first_of(protocol)


def retired_with_its_protocol(by, protocol):
    retire_protocol(by=by, protocol=protocol, why="No device any more.")
    return first_of(protocol)


def discarded(by, protocol):
    draft = start_draft(by=by, protocol=protocol)
    discard_draft(by=by, draft=draft, seen=0)
    return draft


def edit(by, version):
    norms = asking_every(read_norms(in_force(version.protocol)), 3)
    return save_draft(by=by, draft=version, norms=norms, seen=version.edits)


REACHED = {
    VersionState.DRAFT: lambda by, protocol: an_edit(by, start_draft(by=by, protocol=protocol)),
    VersionState.IN_FORCE: a_version,
    VersionState.RETIRED: retired_with_its_protocol,
    VersionState.DISCARDED: discarded,
}
STEPS = {
    "edit": edit,
    "publish": lambda by, version: publish_draft(by=by, draft=version, reason="Tested.", seen=version.edits),
    "discard": lambda by, version: discard_draft(by=by, draft=version, seen=version.edits),
    "move recoveries to it": lambda by, version: move_batch(by=by, version=version),
    "publish the next": lambda by, version: a_version(by, version.protocol, lambda norms: asking_every(norms, 3)),
    "retire its protocol": lambda by, version: retire_protocol(by=by, protocol=version.protocol, why="Tested."),
    "restore as a draft": lambda by, version: start_draft(by=by, protocol=version.protocol, norms=read_norms(version)),
    "bring its protocol back": lambda by, version: bring_back_protocol(by=by, protocol=version.protocol),
}
