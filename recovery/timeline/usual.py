"""What is usual on a day, in words: the answer to "what should I expect?" before anything is logged."""

from dataclasses import dataclass

from recovery.timeline.norms import Band, Norms
from recovery.timeline.scale import Severity
from recovery.timeline.sentence import Names, Sentence, Text, gettext_noop, joined

GRADES = (
    Sentence(gettext_noop("0 none")),
    Sentence(gettext_noop("1 trace")),
    Sentence(gettext_noop("2 mild")),
    Sentence(gettext_noop("3 moderate")),
    Sentence(gettext_noop("4 severe")),
)


@dataclass(frozen=True, slots=True)
class Usual:
    """Rows of name and range for the core symptoms; `sentence` instead where there is no range worth a list.

    In English; each text is a Sentence or a Text, so that it can be said in another language.
    """

    rows: tuple[tuple[str, str], ...] = ()
    sentence: str = ""


def usual_on(norms: Norms, day: int) -> Usual:
    """For the symptoms that every log asks for, as the norms have them on a day from 0."""
    if norms.last_day < 0:
        return Usual(sentence=Sentence(gettext_noop("This timeline has no usual ranges: your answers are compared with nothing.")))
    if not norms.covers(day):
        return Usual(sentence=_past(day, norms.last_day))
    core = [(s.name, norms.band(s.code, day)) for s in norms.symptoms.values() if s.core]
    if all(band is not None and band.high == Severity.NONE for _, band in core):
        names = Names(tuple(name for name, _ in core))
        return Usual(sentence=Sentence(gettext_noop("{names}: usually gone by day {day}."), names=names, day=day))
    return Usual(tuple((Text(name), usual_words(band)) for name, band in core))


def usual_words(band: Band | None) -> Sentence:
    """“0 to 2, usually 1 trace”; “0 none” where only one grade is usual."""
    if band is None:
        return Sentence(gettext_noop("not compared on this day"))
    typical = GRADES[band.typical]
    if band.low == band.high:
        return typical
    return Sentence(gettext_noop("{low} to {high}, usually {typical}"), low=band.low, high=band.high, typical=typical)


def _past(day: int, last_day: int) -> Sentence:
    # What still counts is said too: a fever on day 400 must not be kept back because “nothing is compared”.
    return joined(
        [
            Sentence(gettext_noop("The usual ranges end with day {last}."), last=last_day),
            Sentence(gettext_noop("For day {day} we have no usual values to compare your answers with."), day=day),
            Sentence(gettext_noop("They are kept, and warning signs and questions still reach your clinic.")),
        ]
    )
