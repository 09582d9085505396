"""Refusals. Each carries one sentence that a person can act on; views show it, never a stack trace."""

from django.core.exceptions import PermissionDenied


class Refusal(Exception):
    """Something that cannot be done as asked; `str()` is the sentence for the person."""


class NotAllowed(Refusal, PermissionDenied):
    """This person may not do this: the page answers 403."""


class NotNow(Refusal):
    """Nobody may do this in the present state: a date out of reach, a flag already reviewed."""
