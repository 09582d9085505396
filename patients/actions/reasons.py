"""Why a recovery stands in the queue, in a few lines: kept on the treatment, so that the queue reads no flags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from patients.models import Flag
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Rule, Urgency

SHOWN_WITHOUT_A_RATING = "redness"  # the course drawn for a row that is about a sign or a request


def lead_of(flags: Sequence[Flag]) -> str:
    """The symptom whose course the row draws: that of the most urgent flag furthest out."""
    rated = [f for f in flags if f.band]
    # Day and code last: a tie must not change with the order in which the database hands flags out.
    return min(rated, key=lambda f: (-f.urgency, -f.distance, -f.day, f.subject)).subject if rated else SHOWN_WITHOUT_A_RATING


def reasons_of(flags: Sequence[Flag], norms: Norms) -> list[dict[str, Any]]:
    """Lines of {strong, rest, mark}: warning signs first, then each symptom once, then what the patient asked.

    mark: [low, high, observed, urgency, symptom, day] of a rating, or None. Flags need their day (`with_day`).
    """
    # A set: the same sign on three days is one reason.
    signs = sorted({(-f.urgency, norms.sign(f.subject).label) for f in flags if f.rule == Rule.WARNING_SIGN})
    lines = []
    if signs:
        lines.append(_line(f"Warning sign{'s' if len(signs) > 1 else ''}:", " " + "; ".join(label for _, label in signs)))
    lines += [_rating_line(of_symptom, norms) for of_symptom in _newest_of_each_symptom(flags)]
    if any(f.rule == Rule.RESULTS for f in flags):
        lines.append(_line("Result worse than before", ", on the improvement scale"))
    if any(f.rule == Rule.ASKED_FOR_REVIEW for f in flags):
        lines.append(_line("Asked the clinic to look"))
    return lines


def _line(strong: str, rest: str = "", mark: list[Any] | None = None) -> dict[str, Any]:
    return {"strong": strong, "rest": rest, "mark": mark}


def _newest_of_each_symptom(flags: Iterable[Flag]) -> list[list[Flag]]:
    """The flags of each symptom's latest flagged log, the most urgent symptom first."""
    newest: dict[str, list[Flag]] = {}
    for flag in sorted((f for f in flags if f.band), key=lambda f: (-f.day, f.rule)):
        of_symptom = newest.setdefault(flag.subject, [flag])
        if of_symptom[0] is not flag and of_symptom[0].day == flag.day:
            of_symptom.append(flag)
    return sorted(newest.values(), key=lambda fs: (-max(f.urgency for f in fs), -fs[0].distance, fs[0].subject))


def _rating_line(flags: Sequence[Flag], norms: Norms) -> dict[str, Any]:
    """Observed against expected for one symptom of one log, and by which rule."""
    flag, band = flags[0], flags[0].band or {}
    usual = f"{band['low']}–{band['high']}" if band["low"] != band["high"] else str(band["high"])
    rest = [f"expected {usual} on day {flag.day}", *(said for f in flags if (said := _beside(f)))]
    # A list and not a named value: it is stored as JSON and read by place in patients.exports.queue.
    mark = [band["low"], band["high"], flag.observed or 0, max(f.urgency for f in flags), flag.subject, flag.day]
    return _line(f"{norms.symptoms[flag.subject].name} {flag.observed}", f", {'; '.join(rest)}", mark)


def _beside(flag: Flag) -> str:
    """What makes it more than "above the band", in a few words."""
    if flag.reference and flag.rule == Rule.WORSENING:
        return f"up {(flag.observed or 0) - flag.reference['severity']} since day {flag.reference['day']}"
    if flag.reference:
        return f"was {flag.reference['severity']} on this day of the session before"
    if flag.raised_by:
        return "urgent because more than one symptom is above range"
    if flag.urgency >= Urgency.URGENT and flag.band:
        return f"above {flag.band['urgent_above']} is urgent"
    return ""
