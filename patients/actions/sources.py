"""What sources claim: added and edited, audited. Flags keep the words they were raised with."""

from __future__ import annotations

from typing import Any

from patients import permissions
from patients.actions import audit
from patients.errors import NotNow
from patients.models import Claim, Source, User


def save_source(*, by: User, source: Source) -> Source:
    """Stores a new or a changed source."""
    return _save(by, source, "source")


def save_claim(*, by: User, claim: Claim) -> Claim:
    """Stores a new or a changed claim."""
    return _save(by, claim, "claim")


def _save(by: User, thing: Any, kind: str) -> Any:
    permissions.check_edit_sources(by)
    with audit.atomic():
        # A key of another source would otherwise put the new one in its place.
        if thing._state.adding and thing.pk and type(thing).objects.filter(pk=thing.pk).exists():
            raise NotNow(f"There is a {kind} with the key “{thing.pk}” already. Choose another.")
        stored = type(thing).objects.filter(pk=thing.pk).first() if thing.pk else None
        before = _fields(stored) if stored else None
        # Safe to repeat: saving what is there already leaves no event.
        if before == _fields(thing):
            return thing
        thing.save()
        action = f"{kind} changed" if before else f"{kind} added"
        audit.record(action, thing, by=by, clinic=by.clinic, before=before, after=_fields(thing))
    return thing


def _fields(thing: Any) -> dict[str, Any]:
    # attname: the key of a relation without a query for the object behind it.
    return {field.attname: getattr(thing, field.attname) for field in thing._meta.concrete_fields}
