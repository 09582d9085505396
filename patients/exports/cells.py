"""Cells of files that a spreadsheet may open."""

# What a spreadsheet may take for a formula at the start of a cell, full-width forms included.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_text(cell: str) -> str:
    """With an apostrophe before what would run as a formula: names and notes are typed by anybody. A spreadsheet does not show it."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
