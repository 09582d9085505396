"""The audit of what was done: each event is written in the transaction of its change, so neither exists without the other.

Events stand in a chain (patients.models.chain), whose end is held until the commit. They are therefore kept back while the
transaction does its work and written at its end: whoever held the end of the chain and then waited for a patient's row would
stop everybody, and two who took them in different orders would wait for each other for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction

from patients import server_log
from patients.models import AuditEvent, AuditHead, Clinic, User
from patients.models.chain import chain_of


class _Waiting(threading.local):
    """Events of this thread's open transaction, and so of its connection; None outside of one."""

    events: list[AuditEvent] | None = None


_waiting = _Waiting()


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic()` for what is audited. Within another one it is a savepoint: rolled back, its events go too."""
    outer, inner = _waiting.events, list[AuditEvent]()
    with transaction.atomic():
        # A list of its own: of an inner one that fails nothing is handed on.
        _waiting.events = inner
        try:
            yield
            if outer is None:
                write_now()
        finally:
            _waiting.events = outer
    if outer is not None:
        outer += inner


def record(
    action: str,
    subject: models.Model,
    *,
    by: User | None,
    clinic: Clinic | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    why: str = "",
) -> None:
    """Adds one event. Raises RuntimeError outside `atomic` above: the change could then be kept without it."""
    if _waiting.events is None:
        raise RuntimeError(f"audit of {action} outside of its transaction: open it with audit.atomic(), not with transaction.atomic()")
    event = AuditEvent(
        action=action,
        subject_type=subject._meta.model_name or "",
        # The public id where there is one: it is what addresses name.
        subject_id=str(getattr(subject, "uuid", subject.pk)),
        actor=by,
        # In words beside the key: the name and role of that day stay when the person's change.
        actor_label=f"{by.byline} ({by.role})" if by else "the system",
        role=by.role if by else "",
        clinic=clinic,
        before=before,
        after=after,
        why=why,
        request_id=server_log.request_id(),
    )
    _waiting.events.append(event)


def write_now() -> None:
    """Writes what waits. Only where a row that events name is deleted afterwards: everybody else's events come last."""
    if _waiting.events:
        append(_waiting.events)
        _waiting.events.clear()


def append(events: Sequence[AuditEvent]) -> None:
    """Puts events at the ends of their chains, within the caller's transaction."""
    if connection.vendor == "postgresql":
        _settle_keys(events)
    heads = AuditHead.objects.held({chain_of(event) for event in events})
    for event in events:
        heads[chain_of(event)].take(event)
    AuditEvent.objects.bulk_create(events)
    for head in heads.values():
        head.save(update_fields=["count", "hash"])


def _settle_keys(events: Sequence[AuditEvent]) -> None:
    """Waits for rows that this transaction points at and others hold now, while the chain is still free.

    PostgreSQL checks foreign keys at the commit. Who waited then, with the end of the chain in hand, could wait for somebody
    who waits for the chain.
    """
    actors = sorted({event.actor_id for event in events if event.actor_id is not None})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT 1 FROM patients_user WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [actors])
