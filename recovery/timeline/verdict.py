"""The answer to "is this normal today?": one sentence for the patient, and what happens next."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from recovery.timeline.compare import WHOLE_LOG, Finding
from recovery.timeline.explain import expected_range
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Rule, Urgency
from recovery.timeline.sentence import Names, Sentence, Text, Texts, gettext_noop, joined

PATIENT_WORDS = {
    Urgency.EXPECTED: Sentence(gettext_noop("As expected")),
    Urgency.NOTE: Sentence(gettext_noop("Noted")),
    Urgency.WATCH: Sentence(gettext_noop("Higher than usual")),
    Urgency.URGENT: Sentence(gettext_noop("Call today")),
    Urgency.EMERGENCY: Sentence(gettext_noop("Emergency: act now")),
}
# English needs its verb to agree; other languages may say both alike.
COME_BACK = (gettext_noop("{names} has come back on day {day}."), gettext_noop("{names} have come back on day {day}."))
LAST_TIME = (
    gettext_noop("{names} is higher on day {day} than after your last session."),
    gettext_noop("{names} are higher on day {day} than after your last session."),
)
HIGHER = (gettext_noop("{names} is higher than usual for day {day}."), gettext_noop("{names} are higher than usual for day {day}."))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The day in a sentence; `word` stands beside the shape, `advice` says what to do, best first.

    In English; each text is a Sentence or a Text, so that it can be said in another language.
    """

    urgency: Urgency
    word: str
    headline: str
    details: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def verdict(day: int, findings: Iterable[Finding], norms: Norms, rated: Collection[str] = ()) -> Verdict:
    """What the findings of one day mean to the person who logged it; `rated`: the symptoms they answered."""
    found = list(findings)
    urgency = max((f.urgency for f in found), default=Urgency.EXPECTED)
    top = [f for f in found if f.urgency is urgency]
    signs = [f for f in found if f.rule is Rule.WARNING_SIGN]
    # Two signs may say the same; once is enough, the most urgent first.
    advice = tuple(dict.fromkeys(Text(norms.sign(f.subject).advice) for f in sorted(signs, key=lambda f: -f.urgency)))
    details = tuple(dict.fromkeys(_detail(f, norms) for f in found if f.band is not None and f.urgency.is_flag))
    # Past the table nothing was compared, and "as expected" would be a lie; signs and requests still count.
    if not norms.covers(day) and urgency < Urgency.WATCH:
        past = Sentence(gettext_noop("Day {day} is past the last day we can compare."), day=day)
        return Verdict(Urgency.NOTE, Sentence(gettext_noop("Not compared")), past)
    said = list(_headline(day, urgency, top, norms))
    # Not beside “call today” or an emergency: there nothing may sound like comfort.
    if urgency is Urgency.WATCH and set(rated) - {f.subject for f in found} and any(f.band for f in top):
        said.append(Sentence(gettext_noop("Everything else is as expected.")))
    return Verdict(urgency, _word(urgency, top), joined(said), details, advice)


def _word(urgency: Urgency, top: Sequence[Finding]) -> Sentence:
    # No rating is above anything: “higher than usual” would be false of a request or a sign.
    if urgency is Urgency.WATCH and not any(f.band for f in top):
        return Sentence(gettext_noop("Your clinic will look"))
    return PATIENT_WORDS[urgency]


def _headline(day: int, urgency: Urgency, top: Sequence[Finding], norms: Norms) -> Iterable[Sentence]:
    if urgency is Urgency.EXPECTED:
        yield Sentence(gettext_noop("Your skin is as expected for day {day}."), day=day)
    elif urgency is Urgency.NOTE:
        yield Sentence(gettext_noop("Your skin is as expected for day {day}, with something small noted."), day=day)
    else:
        yield from _said(day, top, norms)
    if urgency is Urgency.EMERGENCY:
        yield Sentence(gettext_noop("This needs help now."))
    elif urgency is Urgency.URGENT:
        yield Sentence(gettext_noop("Please call your clinic today."))


def _said(day: int, top: Sequence[Finding], norms: Norms) -> Iterable[Sentence]:
    """One short sentence for each kind of finding among the most urgent."""
    # The patient's own words first: what they ticked needs no interpretation.
    if signs := tuple(norms.sign(f.subject).label for f in top if f.rule is Rule.WARNING_SIGN):
        yield Sentence(gettext_noop("You ticked: {signs}."), signs=Texts(signs, "; "))
    rising = _names((f for f in top if f.rule is Rule.WORSENING), norms)
    # Each symptom is said once, by the rule that says most; the details below name the others.
    higher = [n for n in _names((f for f in top if f.rule is Rule.ABOVE_RANGE), norms) if n not in rising]
    last_time = [n for n in _names((f for f in top if f.rule is Rule.WORSE_THAN_LAST_SESSION), norms) if n not in rising + higher]
    for patterns, found in ((COME_BACK, rising), (LAST_TIME, last_time), (HIGHER, higher)):
        if found:
            names = Names(tuple(found))
            yield Sentence(patterns[0 if names.is_one else 1], names=names, day=day)
    if any(f.rule is Rule.RESULTS for f in top):
        yield Sentence(gettext_noop("You said the result is worse than before."))
    if any(f.rule is Rule.ASKED_FOR_REVIEW for f in top) and not (signs or rising or higher or last_time):
        yield Sentence(gettext_noop("You asked the clinic to look at day {day}."), day=day)


def _names(findings: Iterable[Finding], norms: Norms) -> list[str]:
    return list(dict.fromkeys(norms.symptoms[f.subject].name for f in findings if f.subject != WHOLE_LOG))


def _detail(finding: Finding, norms: Norms) -> Sentence:
    assert finding.band is not None
    values: dict[str, object] = {"name": Text(norms.symptoms[finding.subject].name), "chosen": finding.observed}
    then = finding.reference
    if finding.rule is Rule.WORSENING and then is not None:
        pattern = gettext_noop("{name} was {before} on day {day}; today you chose {chosen}.")
        return Sentence(pattern, before=then.severity, day=then.day, **values)
    if finding.rule is Rule.WORSE_THAN_LAST_SESSION and then is not None:
        pattern = gettext_noop("{name}: you chose {chosen}; on this day of your last session it was {before}.")
        return Sentence(pattern, before=then.severity, **values)
    pattern = gettext_noop("{name}: you chose {chosen}; {usual} is usual on day {day}.")
    return Sentence(pattern, usual=expected_range(finding.band), day=finding.day, **values)
