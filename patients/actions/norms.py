"""The life of a norm version: started as a copy, edited, published or discarded. Published versions never change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Max
from django.utils import timezone

from patients import permissions, policies
from patients.actions import audit
from patients.errors import NotNow, NotWhole
from patients.models import NormVersion, Protocol, Source, User
from patients.models.norm_rows import write_norms
from patients.models.norm_values import published_norms, read_norms
from recovery.timeline.difference import differences
from recovery.timeline.document import to_json
from recovery.timeline.norms import Norms
from recovery.timeline.proof import Problem, proof

LONGEST_REASON = 500


def start_draft(*, by: User, protocol: Protocol, norms: Norms | None = None, why: str = "") -> NormVersion:
    """A draft as a copy of the version in force, or of `norms` (an older version, an import). Raises NotNow when there is one."""
    permissions.check_edit_norms(by, protocol)
    with audit.atomic():
        _hold(protocol)
        if (draft := draft_of(protocol)) is not None:
            raise NotNow(f"{_started(draft)}. Go on with that draft, or discard it first.")
        version = NormVersion(protocol=protocol, number=_next_number(protocol), started_by=by)
        version.save()
        # The rows need a stored version; the settings, which are no rows, are saved with it afterwards.
        write_norms(version, norms or read_norms(in_force(protocol)))
        version.save()
        audit.record("norm draft started", version, by=by, clinic=by.clinic, after=_named(version), why=why)
    return version


def save_draft(*, by: User, draft: NormVersion, norms: Norms, seen: int) -> NormVersion:
    """Replaces what a draft holds. `seen`: the draft's `edits` when it was shown.

    Safe to repeat. Raises NotNow when somebody else saved in between: then nothing is written.
    """
    permissions.check_edit_norms(by, draft.protocol)
    with audit.atomic():
        draft = _held(draft)
        stored = read_norms(draft)
        changes = differences(stored, norms)
        # Two equal bands made one are no difference to anybody who reads them, but they are an edit.
        if not changes and norms.bands == stored.bands:
            return draft
        _check_unchanged(draft, seen)
        draft.edits, draft.edited_by, draft.edited_at = F("edits") + 1, by, timezone.now()
        write_norms(draft, norms)
        draft.save()
        audit.record("norm draft edited", draft, by=by, clinic=by.clinic, after=_named(draft) | {"changes": [str(c) for c in changes]})
    # F() leaves an expression behind; the caller shows the number and sends it back.
    draft.refresh_from_db(fields=["edits"])
    return draft


def publish_draft(*, by: User, draft: NormVersion, reason: str, seen: int, now: datetime | None = None) -> NormVersion:
    """Proves a draft and puts it in force; the version before is retired by it.

    Raises NotWhole with what is wrong, NotNow without a reason, without a difference or when the draft changed since `seen`.
    """
    permissions.check_edit_norms(by, draft.protocol)
    reason = reason.strip()
    if not reason:
        raise NotNow("Write why these norms change. The reason is kept with the version.")
    if len(reason) > LONGEST_REASON:
        raise NotNow(f"The reason has {len(reason)} characters; {LONGEST_REASON} fit. Shorten it.")
    with audit.atomic():
        draft = _held(draft)
        _check_unchanged(draft, seen)
        policies.check_protocol_lives(draft.protocol)
        before = published_before(draft)
        # Proven as stored and under the lock, not as the page showed it.
        if found := problems_of(draft):
            raise NotWhole(found)
        changes = differences(published_norms(before.pk), read_norms(draft)) if before else ()
        if before and not changes:
            raise NotNow(f"Nothing differs from version {before.number}. Change something, or discard the draft.")
        # All in one save: from the next moment on triggers refuse every change of this row and its parts.
        draft.published_at, draft.published_by, draft.published_as = now or timezone.now(), by, by.byline
        draft.reason = reason
        draft.save()
        after = _named(draft) | {"changes": [str(c) for c in changes]}
        audit.record("norms published", draft, by=by, clinic=by.clinic, before=_named(before) if before else None, after=after, why=reason)
        if before:
            audit.record("norms retired", before, by=by, clinic=by.clinic, after=_named(draft), why=reason)
    return draft


def discard_draft(*, by: User, draft: NormVersion, seen: int) -> None:
    """Deletes a draft; what it held is kept in the audit event."""
    permissions.check_edit_norms(by, draft.protocol)
    with audit.atomic():
        draft = _held(draft)
        _check_unchanged(draft, seen)
        # Before the delete, and whole: a discarded draft can be imported again from its event.
        document = to_json(draft.protocol.slug, read_norms(draft))
        audit.record("norm draft discarded", draft, by=by, clinic=by.clinic, before=_named(draft) | {"document": document})
        draft.delete()


def problems_of(draft: NormVersion, norms: Norms | None = None) -> list[Problem]:
    """What keeps a draft, or an edit of it that is not saved, from being published."""
    before = published_before(draft)
    keys = set(Source.objects.values_list("key", flat=True))
    # Without its claims: the proof weighs those of the draft.
    return proof(norms or read_norms(draft), published_norms(before.pk) if before else None, keys)


def in_force(protocol: Protocol) -> NormVersion:
    """Raises NormVersion.DoesNotExist where nothing was published yet."""
    return NormVersion.objects.in_force().select_related("protocol").get(protocol=protocol)


def in_force_or_none(protocol: Protocol) -> NormVersion | None:
    """For pages of a protocol that may have nothing but its first draft."""
    return NormVersion.objects.in_force().select_related("protocol", "published_by").filter(protocol=protocol).first()


def published_before(version: NormVersion) -> NormVersion | None:
    """The version that was, or is, in force before this one."""
    older = NormVersion.objects.published().filter(protocol=version.protocol_id, number__lt=version.number)
    return older.select_related("protocol").order_by("-number").first()


def draft_of(protocol: Protocol) -> NormVersion | None:
    return NormVersion.objects.drafts().select_related("protocol", "started_by", "edited_by").filter(protocol=protocol).first()


def _hold(protocol: Protocol) -> None:
    """One writer at a time: SQLite has one anyway, PostgreSQL waits here."""
    # The protocol's row, not the draft's: of a draft that is not there yet nothing can be locked.
    policies.check_protocol_lives(Protocol.objects.select_for_update().get(pk=protocol.pk))


def _held(draft: NormVersion) -> NormVersion:
    """The draft as it is now, held. Raises NotNow when it was published or discarded since."""
    _hold(draft.protocol)
    # first(), not get(): a draft that is gone is something to say, not an error.
    found = NormVersion.objects.select_related("protocol", "edited_by", "published_by").filter(pk=draft.pk).first()
    if found is None:
        raise NotNow("This draft was discarded by somebody else. What you typed is below; start a new draft to use it.")
    if not found.is_draft:
        raise NotNow(f"{found.published_as} published this draft as version {found.number}. What you typed is below.")
    return found


def _check_unchanged(draft: NormVersion, seen: int) -> None:
    if draft.edits != seen:
        who = draft.edited_by.byline if draft.edited_by else "Somebody"
        at = f" at {timezone.localtime(draft.edited_at):%H:%M}" if draft.edited_at else ""
        raise NotNow(f"{who} saved another edit of this draft{at}. Yours is not saved; it is kept below. Look at theirs, then save again.")


def _next_number(protocol: Protocol) -> int:
    # Drafts count too, and the caller holds the protocol: no two versions get one number.
    highest = NormVersion.objects.filter(protocol=protocol).aggregate(number=Max("number"))["number"]
    return (highest or 0) + 1


def _started(draft: NormVersion) -> str:
    who = draft.started_by.byline if draft.started_by else "Somebody"
    return f"{who} started a draft of version {draft.number} on {timezone.localtime(draft.created_at):%-d %B at %H:%M}"


def _named(version: NormVersion) -> dict[str, Any]:
    return {"protocol": version.protocol.slug, "version": version.number}
