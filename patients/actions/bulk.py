"""One decision for several rows of the queue: for watch-level rows only, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from patients import permissions
from patients.actions.reviews import Decision, review_recovery
from patients.errors import NotAllowed, NotNow
from patients.models import Flag, Review, Treatment, User
from recovery.timeline.scale import Urgency

NOT_SHOWN = "One of these rows is not what your page showed. Nothing was reviewed; load the queue again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its review, or the sentence of the refusal."""

    treatment: Treatment
    review: Review | None = None
    refusal: str = ""


def review_many(*, by: User, rows: Sequence[tuple[Treatment, Collection[UUID]]], decision: Decision) -> list[Outcome]:
    """Reviews row by row: one that is refused stops no other. Raises NotAllowed before anything is written where a row,
    or a flag that was seen in it, belongs elsewhere.
    """
    for treatment, _ in rows:
        permissions.check_review(by, treatment)
    _check_flags_are_theirs(rows)
    return [_outcome(by, treatment, seen, decision) for treatment, seen in rows]


def _check_flags_are_theirs(rows: Sequence[tuple[Treatment, Collection[UUID]]]) -> None:
    # A uuid that no flag has belongs nowhere, and is refused as well.
    found = dict(Flag.objects.filter(uuid__in=[uuid for _, seen in rows for uuid in seen]).values_list("uuid", "treatment"))
    if any(found.get(uuid) != treatment.pk for treatment, seen in rows for uuid in seen):
        raise NotAllowed(NOT_SHOWN)


def _outcome(by: User, treatment: Treatment, seen: Collection[UUID], decision: Decision) -> Outcome:
    try:
        review = review_recovery(by=by, treatment=treatment, seen=seen, decision=decision, most_urgent=Urgency.WATCH)
    except NotNow as refusal:
        return Outcome(treatment, refusal=str(refusal))
    return Outcome(treatment, review)
