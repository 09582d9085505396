"""A day beside the same day of the session before: reassurance more often than warning."""

from collections.abc import Iterable, Mapping

from recovery.timeline.norms import Norms
from recovery.timeline.scale import Urgency
from recovery.timeline.sentence import Names, Sentence, Texts, gettext_noop, joined

# English needs its verb to agree; other languages may say both alike.
WAS = (
    gettext_noop("On day {day} after session {session} your {name} was {then}, now it is {now}."),
    gettext_noop("On day {day} after session {session} your {name} were {then}, now they are {now}."),
)
HIGHER_TOO = (gettext_noop("{names} is higher too."), gettext_noop("{names} are higher too."))


def beside(day: int, now: Mapping[str, int], then: Mapping[str, int], session: int, norms: Norms, urgency: Urgency) -> str:
    """One logged day against that of an earlier session, a Sentence or two; empty where there is nothing to say.

    `now`, `then`: ratings by symptom; `urgency`: of the day's verdict.
    """
    # Past the bands nothing is judged, so neither comfort nor warning is to be had from it.
    codes = [code for code in norms.symptoms if code in now and code in then and norms.band(code, day) is not None]
    rises = {code: now[code] - then[code] for code in codes}
    # From the step on it is a flag, whose own words stand in the verdict; beside “call today” nothing may sound like comfort.
    if not codes or max(rises.values()) >= norms.settings.last_session_step or urgency >= Urgency.URGENT:
        return ""
    if not any(rises.values()):
        return Sentence(gettext_noop("On day {day} after session {session} your answers were the same."), day=day, session=session)
    # Of equal ones the first in the order of the form, which is how people read the charts.
    higher = sorted((code for code in codes if rises[code] > 0), key=lambda code: -rises[code])
    lead = higher[0] if higher else min(codes, key=lambda code: rises[code])
    one = Names((norms.symptoms[lead].name,))
    compared = Sentence(WAS[0 if one.is_one else 1], day=day, session=session, name=Texts(one.texts), then=then[lead], now=now[lead])
    return joined([compared, *_rest(higher, norms, urgency)])


def _rest(higher: list[str], norms: Norms, urgency: Urgency) -> Iterable[Sentence]:
    if len(higher) > 1:
        names = Names(tuple(norms.symptoms[code].name for code in higher[1:]))
        yield Sentence(HIGHER_TOO[0 if names.is_one else 1], names=names)
    # A rise is left as it is, without comfort; so is a fall on a day that the clinic looks at.
    elif not higher and urgency < Urgency.WATCH:
        yield Sentence(gettext_noop("Nothing is stronger than it was then."))
