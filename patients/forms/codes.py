"""The code of a sign or a factor, made once from its label: logs and treatments hold it, so it never changes afterwards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

LONGEST_CODE = 30  # letters, as the columns and files hold them (recovery.timeline.cells.CODE)


def code_of(label: str, taken: Collection[str], otherwise: str) -> str:
    """Letters a to z, digits and _ of the label, or `otherwise` where it has none; numbered when taken."""
    # Taken apart first, so that é leaves an e behind instead of nothing.
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    base = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_CODE].rstrip("_") or otherwise
    code, number = base, 2
    while code in taken:
        end = f"_{number}"
        code, number = base[: LONGEST_CODE - len(end)] + end, number + 1
    return code
