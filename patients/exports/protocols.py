"""Protocols as their pages show them: what is in force, what is in work, and what this person may do with each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patients import permissions
from patients.models import NormVersion, Protocol, User


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """A protocol with its version in force and its draft, where there are any."""

    protocol: Protocol
    version: NormVersion | None
    draft: NormVersion | None
    can_edit: bool
    can_copy: bool

    @property
    def can_start(self) -> bool:
        return self.can_edit and self.draft is None and not self.protocol.retired_at


def protocol_rows(user: User, protocols: Iterable[Protocol]) -> list[ProtocolRow]:
    """In the order given; three queries, however many there are."""
    protocols = list(protocols)
    known = NormVersion.objects.filter(protocol__in=protocols)
    in_force = {v.protocol_id: v for v in known.in_force()}
    drafts = {v.protocol_id: v for v in known.drafts().select_related("started_by")}
    # The answer depends on whose the protocol is alone, so it is asked once for each owner: each asks the database.
    can_edit = {p.clinic_id: permissions.can_edit_norms(user, p) for p in {p.clinic_id: p for p in protocols}.values()}
    may_own = permissions.can_own_protocols(user)
    return [
        ProtocolRow(
            protocol=p,
            version=in_force.get(p.pk),
            draft=drafts.get(p.pk),
            can_edit=can_edit[p.clinic_id],
            can_copy=may_own and not can_edit[p.clinic_id] and p.clinic_id is None and p.pk in in_force and not p.retired_at,
        )
        for p in protocols
    ]
