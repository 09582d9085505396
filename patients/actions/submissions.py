"""Known again by its key: what was sent before and comes once more changes nothing that was said after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.utils import timezone

from patients.models import Submission, Treatment

KEPT = timedelta(days=30)  # far longer than a browser tries again, and than a day stays open to be logged
BATCH = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """Under which key something came, when it came first, and whether this is that first time."""

    key: UUID
    at: datetime
    is_repeat: bool


def take(treatment: Treatment, key: UUID, day: int, what: Mapping[str, Any], *, at: datetime, may_be_known: bool = True) -> Sent:
    """Writes down that this came, unless it is written already.

    Runs inside the transaction that stores what came, under the treatment's lock: neither is there without the other.
    """
    digest = sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    asked = Submission.objects.filter(treatment=treatment, key=key, day=day, digest=digest)
    known = asked.values_list("at", flat=True).first() if may_be_known else None
    if known is not None:
        return Sent(key, known, is_repeat=True)
    Submission.objects.create(clinic_id=treatment.clinic_id, treatment=treatment, key=key, day=day, digest=digest, at=at)
    return Sent(key, at, is_repeat=False)


def forget_old(*, is_dry_run: bool = False, now: datetime | None = None) -> int:
    """Removes what came longer ago than anybody tries again; how many there were. Safe to repeat."""
    # Read first and removed in parts: on SQLite everybody who saves a log waits while rows go.
    old = list(Submission.objects.filter(at__lt=(now or timezone.now()) - KEPT).values_list("pk", flat=True))
    for start in range(0, 0 if is_dry_run else len(old), BATCH):
        Submission.objects.filter(pk__in=old[start : start + BATCH]).delete()
    return len(old)
