"""What a form refused, for the list at the top of its page."""

from typing import NamedTuple


class Refused(NamedTuple):
    """What is wrong: the row and field in words, the sentence, and the id of the field."""

    where: str
    says: str
    at: str
