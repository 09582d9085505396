"""What is usual on a day, in words: the answer to "what should I expect?" before anything is logged."""

from dataclasses import dataclass

from recovery.timeline.norms import Band, Norms
from recovery.timeline.scale import Severity
from recovery.timeline.words import listed


@dataclass(frozen=True, slots=True)
class Usual:
    """Rows of name and range for the core symptoms; `sentence` instead where there is no range worth a list."""

    rows: tuple[tuple[str, str], ...] = ()
    sentence: str = ""


def usual_on(norms: Norms, day: int) -> Usual:
    """For the symptoms that every log asks for, as the norms have them on a day from 0."""
    if norms.last_day < 0:
        return Usual(sentence="This timeline has no usual ranges: your answers are compared with nothing.")
    if not norms.covers(day):
        return Usual(sentence=_past(day, norms.last_day))
    core = [(s.name, norms.band(s.code, day)) for s in norms.symptoms.values() if s.core]
    if all(band is not None and band.high == Severity.NONE for _, band in core):
        return Usual(sentence=f"{listed([name for name, _ in core])}: none of it is usual any more on day {day}.")
    return Usual(tuple((name, usual_words(band)) for name, band in core))


def usual_words(band: Band | None) -> str:
    """“0 to 2, usually 1 trace”; “0 none” where only one grade is usual."""
    if band is None:
        return "not compared on this day"
    typical = f"{band.typical} {Severity(band.typical).word}"
    return typical if band.low == band.high else f"{band.low} to {band.high}, usually {typical}"


def _past(day: int, last_day: int) -> str:
    # What still counts is said too: a fever on day 400 must not be kept back because “nothing is compared”.
    return (
        f"The usual ranges end with day {last_day}. On day {day} your answers are compared with nothing any more. "
        "They are kept, and warning signs and questions still reach your clinic."
    )
