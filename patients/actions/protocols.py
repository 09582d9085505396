"""Protocols: a clinic makes its own, from a shared one or another; renames them, retires them, brings them back."""

from __future__ import annotations

from django.db.models import Max
from django.utils import timezone

from patients import permissions
from patients.actions import audit
from patients.actions.norms import in_force_or_none, start_draft
from patients.errors import NotNow
from patients.models import Clinic, NormVersion, Protocol, User
from patients.models.norm_rows import write_norms
from patients.models.norm_values import read_norms

RESERVED = frozenset({"new", "sources", "claims"})  # addresses under /norms/ that are pages


def copy_protocol(*, by: User, protocol: Protocol) -> Protocol:
    """The clinic's own copy of a shared protocol, with the version in force as its first. Raises NotNow when it has one."""
    permissions.check_own_protocols(by)
    with audit.atomic():
        _hold_names(by)
        if protocol.clinic_id is not None or Protocol.objects.filter(clinic=by.clinic, slug=protocol.slug).exists():
            raise NotNow(f"{protocol.name} is your clinic’s own already.")
        if protocol.retired_at:
            raise NotNow(f"{protocol.name} is retired and cannot be copied. Choose another protocol.")
        original = _norms_to_copy(protocol)
        own = Protocol.objects.create(
            slug=protocol.slug,
            name=protocol.name,
            description=protocol.description,
            position=protocol.position,
            clinic=by.clinic,
            copied_from=protocol,
        )
        version = NormVersion.objects.create(protocol=own, number=1, started_by=by)
        # Before it is published: the triggers let no row into a published version.
        write_norms(version, read_norms(original))
        version.published_at, version.published_by, version.published_as = timezone.now(), by, by.byline
        version.reason = f"Copied from version {original.number} of the shared protocol."
        version.save()
        audit.record("protocol copied", own, by=by, clinic=by.clinic, after={"slug": own.slug, "from version": original.number})
    return own


def create_protocol(*, by: User, name: str, slug: str, description: str, like: Protocol) -> NormVersion:
    """A new protocol of the clinic; returns its first draft, a copy of the norms of `like`."""
    permissions.check_own_protocols(by)
    with audit.atomic():
        _hold_names(by)
        _check_free(by, slug)
        last = Protocol.objects.of_clinic(by.clinic).aggregate(last=Max("position"))["last"] or 0
        made = Protocol.objects.create(slug=slug, name=name, description=description, position=last + 1, clinic=by.clinic)
        audit.record("protocol created", made, by=by, clinic=by.clinic, after={"slug": slug, "name": name, "like": like.slug})
        return start_draft(by=by, protocol=made, norms=read_norms(_norms_to_copy(like)), why=f"A new protocol, like {like.name}.")


def rename_protocol(*, by: User, protocol: Protocol, name: str, description: str) -> None:
    """The address stays: links to it and what was exported keep working."""
    permissions.check_edit_norms(by, protocol)
    before = {"name": protocol.name, "description": protocol.description}
    after = {"name": name, "description": description}
    if before == after:
        return
    with audit.atomic():
        # Only these two columns: saving the whole row would undo a retirement that happened meanwhile.
        Protocol.objects.filter(pk=protocol.pk).update(**after)
        audit.record("protocol renamed", protocol, by=by, clinic=by.clinic, before=before, after=after)


def retire_protocol(*, by: User, protocol: Protocol, why: str) -> None:
    """New treatments cannot follow it; running recoveries keep their norms. Safe to repeat."""
    permissions.check_edit_norms(by, protocol)
    if not why.strip():
        raise NotNow("Write why this protocol is retired.")
    with audit.atomic():
        # The condition makes a second request change nothing, and so write no second event.
        if Protocol.objects.filter(pk=protocol.pk, retired_at__isnull=True).update(retired_at=timezone.now()):
            audit.record("protocol retired", protocol, by=by, clinic=by.clinic, why=why.strip())


def bring_back_protocol(*, by: User, protocol: Protocol) -> None:
    permissions.check_edit_norms(by, protocol)
    with audit.atomic():
        if Protocol.objects.filter(pk=protocol.pk, retired_at__isnull=False).update(retired_at=None):
            audit.record("protocol brought back", protocol, by=by, clinic=by.clinic)


def _hold_names(by: User) -> None:
    """One of a clinic's admins at a time, so that the second is told and not stopped by a constraint."""
    assert by.clinic is not None
    Clinic.objects.select_for_update(no_key=True).get(pk=by.clinic.pk)


def _check_free(by: User, slug: str) -> None:
    if slug in RESERVED:
        raise NotNow(f"“{slug}” is the address of a page. Choose another short name.")
    # Shared ones count too: a new protocol under such a name would hide the shared one without being its copy.
    if Protocol.objects.of_clinic(by.clinic).filter(slug=slug).exists():
        raise NotNow(f"There is a protocol with the short name “{slug}” already. Choose another one.")


def _norms_to_copy(protocol: Protocol) -> NormVersion:
    found = in_force_or_none(protocol)
    if found is None:
        raise NotNow(f"{protocol.name} has no published norms yet that could be copied.")
    return found
