"""A day beside the same day of the session before: reassurance more often than warning."""

from collections.abc import Mapping

from recovery.timeline.norms import Norms
from recovery.timeline.scale import Urgency
from recovery.timeline.words import is_one, listed, lowered


def beside(day: int, now: Mapping[str, int], then: Mapping[str, int], session: int, norms: Norms, urgency: Urgency) -> str:
    """One logged day against that of an earlier session, in a sentence or two; empty where there is nothing to say.

    `now`, `then`: ratings by symptom; `urgency`: of the day's verdict.
    """
    # Past the bands nothing is judged, so neither comfort nor warning is to be had from it.
    codes = [code for code in norms.symptoms if code in now and code in then and norms.band(code, day) is not None]
    rises = {code: now[code] - then[code] for code in codes}
    # From the step on it is a flag, whose own words stand in the verdict; beside “call today” nothing may sound like comfort.
    if not codes or max(rises.values()) >= norms.settings.last_session_step or urgency >= Urgency.URGENT:
        return ""
    if not any(rises.values()):
        return f"On day {day} after session {session} your answers were the same."
    # Of equal ones the first in the order of the form, which is how people read the charts.
    higher = sorted((code for code in codes if rises[code] > 0), key=lambda code: -rises[code])
    lead = higher[0] if higher else min(codes, key=lambda code: rises[code])
    return _compared(norms.symptoms[lead].name, day, session, then[lead], now[lead]) + _rest(higher, norms, urgency)


def _compared(name: str, day: int, session: int, then: int, now: int) -> str:
    was, is_now = ("was", "it is") if is_one([name]) else ("were", "they are")
    return f"On day {day} after session {session} your {lowered(name)} {was} {then}, now {is_now} {now}."


def _rest(higher: list[str], norms: Norms, urgency: Urgency) -> str:
    if names := [norms.symptoms[code].name for code in higher[1:]]:
        return f" {listed(names)} {'is' if is_one(names) else 'are'} higher too."
    # A rise is left as it is, without comfort; so is a fall on a day that the clinic looks at.
    return "" if higher or urgency >= Urgency.WATCH else " Nothing is stronger than it was then."
