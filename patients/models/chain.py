"""The chain that the audit's rows stand in: each takes in the hash of the one before, so that none can be changed unnoticed.

A chain for each clinic, and one for what belongs to none. What an erasure takes out of a row (patients.models.audit) stands in
its hash as a digest only, over a salt that goes with it: afterwards the chain still holds, and nothing can be guessed back.
Who of the staff it was is never taken out, and so needs no salt.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any, Protocol

from django.db import models

START = "0" * 64  # what the first row of a chain stands on
NO_CLINIC = 0


class Row(Protocol):
    """An event, of the app or of a migration."""

    at: datetime
    clinic_id: int | None
    actor_id: int | None
    actor_label: str
    role: str
    action: str
    subject_type: str
    subject_id: str
    before: Any
    after: Any
    why: str
    request_id: str
    seq: int | None
    salt: str
    who_digest: str
    what_digest: str
    prev: str
    hash: str


def chain_of(row: Row) -> int:
    return row.clinic_id or NO_CLINIC


def who_digest(row: Row) -> str:
    return _sha([row.salt if row.role == "patient" else "", row.actor_id, row.actor_label])


def what_digest(row: Row) -> str:
    # As the database hands it back: it may keep 1e2 as 100, and keys in another order.
    held = json.loads(json.dumps([row.before, row.after]), parse_float=_number)
    return _sha([row.salt, row.subject_id, *held, row.why])


def hash_of(row: Row) -> str:
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [at, row.clinic_id, row.action, row.subject_type, row.role, row.request_id]
    return _sha([row.prev, row.seq, *said, row.who_digest, row.what_digest])


def _sha(said: list[Any]) -> str:
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _number(said: str) -> float | int:
    number = float(said)
    return int(number) if number.is_integer() else number


class AuditHeadQuerySet(models.QuerySet["AuditHead"]):
    def held(self, chains: Collection[int]) -> dict[int, AuditHead]:
        """The ends of these chains, held until the transaction ends; always in the same order, so that nobody waits in a ring."""
        found = self._held(chains)
        if len(found) < len(set(chains)):
            # Left out where somebody else begins the same chain just now; that one is then waited for.
            self.bulk_create([self.model(chain=chain) for chain in sorted(chains)], ignore_conflicts=True)
            found = self._held(chains)
        return found

    def _held(self, chains: Collection[int]) -> dict[int, AuditHead]:
        return {head.chain: head for head in self.select_for_update().filter(pk__in=chains).order_by("pk")}


class AuditHead(models.Model):
    """The end of a chain: how many rows it has, and the hash of the last. Without it a tail could be cut off unnoticed."""

    # The clinic's key, and no foreign key: one row must stand for none.
    chain = models.BigIntegerField(primary_key=True)
    count = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=START)

    objects = AuditHeadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"chain {self.chain}: {self.count} events"

    def take(self, row: Row) -> None:
        """Puts a row behind the last one."""
        self.count += 1
        row.seq, row.prev, row.salt = self.count, self.hash, token_hex(16)
        row.who_digest, row.what_digest = who_digest(row), what_digest(row)
        self.hash = row.hash = hash_of(row)
