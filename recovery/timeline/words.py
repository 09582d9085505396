"""Names of symptoms inside sentences."""

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """ "Redness", "Redness and swelling", "Redness, swelling and itching" """
    words = [names[0], *(lowered(n) for n in names[1:])]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


def is_one(names: Sequence[str]) -> bool:
    """Whether the verb is singular: "Redness is", but "Breakouts are", "Dryness and tightness are"."""
    one = len(names) == 1 and " and " not in names[0]
    return one and (names[0].endswith("ss") or not names[0].endswith("s"))
