"""Moments as they stand in addresses and forms of our own: written by a page, read when they come back."""

from datetime import UTC, datetime, timedelta

YEARS = range(2000, 2200)  # at the ends of the calendar a shift of zone has no result


def write_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def read_moment(text: str) -> datetime:
    """Raises ValueError for anything that `write_moment` did not write."""
    found = datetime.fromisoformat(text)
    # A time without a zone could not be compared with the stored ones.
    if found.utcoffset() != timedelta(0) or found.year not in YEARS:
        raise ValueError(text)
    return found
