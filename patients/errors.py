"""Refusals. Each carries one sentence that a person can act on; views show it, never a stack trace."""

from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied


class Refusal(Exception):
    """Something that cannot be done as asked; `str()` is the sentence for the person."""


# PermissionDenied, so that Django answers 403 where no view catches it.
class NotAllowed(Refusal, PermissionDenied):
    """This person may not do this: the page answers 403."""


class NotNow(Refusal):
    """Nobody may do this in the present state: a date out of reach, a flag already reviewed.

    `field` names what was asked for that stands in the way, where it is one thing: a form shows the sentence there.
    """

    def __init__(self, said: str, field: str | None = None) -> None:
        self.field = field
        super().__init__(said)


class AlreadyEnrolled(NotNow):
    """The address is that of a patient of the same clinic; `patient` is their public id."""

    def __init__(self, said: str, patient: UUID) -> None:
        self.patient = patient
        super().__init__(said, "email")


class Overtaken(NotNow):
    """Somebody else did it a moment before; the sentence says who and what."""


class NotWhole(NotNow):
    """A table that is not proven; `problems` say what is wrong and where."""

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = problems
        count = len(problems)
        # One is named in the sentence, for who sees nothing else; pages list them all.
        super().__init__(f"{count} problem{'s' if count != 1 else ''} must be solved before this can be published: {problems[0]}.")
