"""What is new in an episode: which finding an earlier one answers already, and what is worth another mail."""

from collections.abc import Collection, Iterable
from typing import Protocol, TypeVar

from recovery.timeline.scale import Rule, Urgency


class Found(Protocol):
    """A finding, or the flag that was made of it."""

    @property
    def rule(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def urgency(self) -> int: ...
    @property
    def observed(self) -> int | None: ...
    @property
    def distance(self) -> int: ...


F = TypeVar("F", bound=Found)


def covers(old: Found, new: Found) -> bool:
    """Whether what was known answers a new flag already: the same finding, no more urgent and no further out.

    Urgent findings and requests of the patient are always news.
    """
    if new.urgency > Urgency.WATCH or new.rule == Rule.ASKED_FOR_REVIEW:
        return False
    same = (old.rule, old.subject) == (new.rule, new.subject)
    # The bands narrow with the days, so a symptom that only stays as it was is further out and does come back.
    return same and (new.observed or 0) <= (old.observed or 0) and new.distance <= old.distance


def news(known: Collection[Found], raised: Iterable[F]) -> list[F]:
    """Of the flags raised, those that are new or worse than every one known."""
    return [new for new in raised if not any(covers(old, new) for old in known)]


def is_worth_a_mail(urgency: int, distance: int, mailed_urgency: int, mailed_distance: int) -> bool:
    """Whether the clinicians on call are mailed at once: an episode that is urgent, once, and again only when it worsens.

    `mailed_…`: what the last mail of this episode was about, 0 where none went out.
    """
    if urgency < Urgency.URGENT:
        return False
    return urgency > mailed_urgency or distance > mailed_distance
