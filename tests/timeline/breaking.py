"""Ways of breaking a whole version, one band at a time, each with the problem that must be named."""

from dataclasses import replace

from recovery.timeline.course import Course, Phase
from tests.timeline.samples import LAST_DAY, STARTING, SYMPTOMS

PHASES = (Phase("First", 0, 7, 1, "Much."), Phase("Then", 8, LAST_DAY, 7, "Little."))


def whole(protocol):
    """A starting protocol with phases: nothing is wrong with it."""
    return replace(STARTING.norms_for(protocol), course=Course(PHASES))


def swapped(norms, at, **cells):
    """The norms with one band changed; without cells, the band is gone."""
    bands = list(norms.bands)
    bands[at : at + 1] = [replace(bands[at], **cells)] if cells else []
    return replace(norms, bands=tuple(bands))


def next_to(norms, at):
    """The band of the same symptom behind this one."""
    b = norms.bands[at]
    return next((n for n, other in enumerate(norms.bands) if other.symptom == b.symptom and other.first_day == b.last_day + 1), None)


# Each takes whole norms and the place of a band. It gives the broken norms with the symptom, day and words that must be
# named, or None where this band cannot be broken so.


def gone(norms, at):
    b = norms.bands[at]
    days = f"day {b.first_day}" if b.first_day == b.last_day else f"days {b.first_day} to {b.last_day}"
    return swapped(norms, at), (b.symptom, b.first_day, f"gap: no band for {days}")


def begins_late(norms, at):
    b = norms.bands[at]
    if b.first_day == b.last_day:
        return None
    return swapped(norms, at, first_day=b.first_day + 1), (b.symptom, b.first_day, f"gap: no band for day {b.first_day}")


def ends_early(norms, at):
    b = norms.bands[at]
    if b.first_day == b.last_day:
        return None
    return swapped(norms, at, last_day=b.last_day - 1), (b.symptom, b.last_day, f"gap: no band for day {b.last_day}")


def begins_early(norms, at):
    b, day = norms.bands[at], norms.bands[at].first_day - 1
    return swapped(norms, at, first_day=day), (b.symptom, day, f"overlap: two bands from day {day}")


def ends_late(norms, at):
    b, day = norms.bands[at], norms.bands[at].last_day + 1
    found = swapped(norms, at, last_day=day)
    if next_to(norms, at) is not None:
        return found, (b.symptom, day, f"overlap: two bands from day {day}")
    # The table is a day longer now, so the others are too short.
    return found, (next(code for code in SYMPTOMS if code != b.symptom), day, f"gap: no band for day {day}")


def doubled(norms, at):
    b = norms.bands[at]
    return replace(norms, bands=(*norms.bands, b)), (b.symptom, b.first_day, f"overlap: two bands from day {b.first_day}")


def ends_before_it_begins(norms, at):
    b = norms.bands[at]
    says = f"ends on day {b.first_day - 1}, before it begins"
    return swapped(norms, at, last_day=b.first_day - 1), (b.symptom, b.first_day, says)


def unknown_symptom(norms, at):
    b = norms.bands[at]
    return swapped(norms, at, symptom="rednes"), ("rednes", b.first_day, "no such symptom")


def cells(**changes):
    """Cells out of order, given as values or as functions of the band."""

    def breaker(norms, at):
        b = norms.bands[at]
        values = {name: value(b) if callable(value) else value for name, value in changes.items()}
        said = replace(b, **values)
        says = f"low {said.low}, typical {said.typical}, high {said.high} must rise within 0 to 4"
        return swapped(norms, at, **values), (b.symptom, b.first_day, says)

    return breaker


def urgent_above(value):
    def breaker(norms, at):
        b = norms.bands[at]
        says = f"urgent above is {value(b)}; it must be {b.high} to 4, or empty"
        return swapped(norms, at, urgent_above=value(b)), (b.symptom, b.first_day, says)

    return breaker


def jump(before, after):
    def breaker(norms, at):
        behind = next_to(norms, at)
        if behind is None:
            return None
        flat = {"low": 0, "typical": 0, "urgent_above": None}
        found = swapped(swapped(norms, at, high=before, **flat), behind, high=after, rationale="", **flat)
        b = norms.bands[behind]
        return found, (b.symptom, b.first_day, f"high steps from {before} to {after}; a step over 2 needs a rationale")

    return breaker


def unfounded(norms, at):
    b = norms.bands[at]
    silent = tuple(c for c in norms.claims if c.topic != b.symptom or c.last_day < b.first_day or c.first_day > b.last_day)
    found = replace(swapped(norms, at, rationale=" \n"), claims=silent)
    return found, (b.symptom, b.first_day, "has no rationale, and no source speaks of these days; write why it is so")


BREAKERS = {
    "removed": gone,
    "first day +1": begins_late,
    "last day -1": ends_early,
    "first day -1": begins_early,
    "last day +1": ends_late,
    "doubled": doubled,
    "ends before it begins": ends_before_it_begins,
    "unknown symptom": unknown_symptom,
    "low 5": cells(low=5),
    "low above typical": cells(low=lambda b: b.typical + 1),
    "low -1": cells(low=-1),
    "typical above high": cells(typical=lambda b: b.high + 1),
    "typical 5": cells(typical=5),
    "typical -1": cells(typical=-1),
    "high 5": cells(high=5),
    "high 5, never urgent": cells(high=5, urgent_above=None),
    "all 5": cells(low=5, typical=5, high=5, urgent_above=None),
    "all -1": cells(low=-1, typical=-1, high=-1, urgent_above=None),
    "high -1": cells(high=-1),
    "urgent below high": urgent_above(lambda b: b.high - 1),
    "urgent 5": urgent_above(lambda b: 5),
    "urgent -1": urgent_above(lambda b: -1),
    "a step of 3 up": jump(0, 3),
    "a step of 4 up": jump(0, 4),
    "a step of 3 down": jump(4, 1),
    "no rationale and no source": unfounded,
}
