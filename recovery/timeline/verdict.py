"""The answer to "is this normal today?": one sentence for the patient, and what happens next."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from recovery.timeline.compare import WHOLE_LOG, Finding
from recovery.timeline.explain import expected_range
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Rule, Urgency
from recovery.timeline.words import is_one, listed

PATIENT_WORDS = {
    Urgency.EXPECTED: "As expected",
    Urgency.NOTE: "Noted",
    Urgency.WATCH: "Higher than usual",
    Urgency.URGENT: "Call today",
    Urgency.EMERGENCY: "Emergency: act now",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The day in a sentence; `word` stands beside the shape, `advice` says what to do, best first."""

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
    advice = tuple(dict.fromkeys(norms.sign(f.subject).advice for f in sorted(signs, key=lambda f: -f.urgency)))
    details = tuple(dict.fromkeys(_detail(f, norms) for f in found if f.band is not None and f.urgency.is_flag))
    # Past the table nothing was compared, and "as expected" would be a lie; signs and requests still count.
    if not norms.covers(day) and urgency < Urgency.WATCH:
        return Verdict(Urgency.NOTE, "Not compared", f"Day {day} is past the last day we can compare.")
    headline = _headline(day, urgency, top, norms)
    # Not beside “call today” or an emergency: there nothing may sound like comfort.
    if urgency is Urgency.WATCH and set(rated) - {f.subject for f in found} and any(f.band for f in top):
        headline += " Everything else is as expected."
    return Verdict(urgency, _word(urgency, top), headline, details, advice)


def _word(urgency: Urgency, top: Sequence[Finding]) -> str:
    # No rating is above anything: “higher than usual” would be false of a request or a sign.
    if urgency is Urgency.WATCH and not any(f.band for f in top):
        return "Your clinic will look"
    return PATIENT_WORDS[urgency]


def _headline(day: int, urgency: Urgency, top: Sequence[Finding], norms: Norms) -> str:
    if urgency is Urgency.EXPECTED:
        return f"Your skin is as expected for day {day}."
    if urgency is Urgency.NOTE:
        return f"Your skin is as expected for day {day}, with something small noted."
    said = " ".join(_said(day, top, norms))
    if urgency is Urgency.EMERGENCY:
        return f"{said} This needs help now."
    return f"{said} Please call your clinic today." if urgency is Urgency.URGENT else said


def _said(day: int, top: Sequence[Finding], norms: Norms) -> Iterable[str]:
    """One short sentence for each kind of finding among the most urgent."""
    # The patient's own words first: what they ticked needs no interpretation.
    if signs := [norms.sign(f.subject).label for f in top if f.rule is Rule.WARNING_SIGN]:
        yield f"You ticked: {'; '.join(s[0].lower() + s[1:] for s in signs)}."
    rising = _names((f for f in top if f.rule is Rule.WORSENING), norms)
    # Each symptom is said once, by the rule that says most; the details below name the others.
    higher = [n for n in _names((f for f in top if f.rule is Rule.ABOVE_RANGE), norms) if n not in rising]
    if rising:
        yield f"{listed(rising)} {'has' if is_one(rising) else 'have'} come back on day {day}."
    if last_time := [n for n in _names((f for f in top if f.rule is Rule.WORSE_THAN_LAST_SESSION), norms) if n not in rising + higher]:
        yield f"{listed(last_time)} {'is' if is_one(last_time) else 'are'} higher on day {day} than after your last session."
    if higher:
        yield f"{listed(higher)} {'is' if is_one(higher) else 'are'} higher than usual for day {day}."
    if any(f.rule is Rule.RESULTS for f in top):
        yield "You said the result is worse than before."
    if any(f.rule is Rule.ASKED_FOR_REVIEW for f in top) and not (signs or rising or higher or last_time):
        yield f"You asked the clinic to look at day {day}."


def _names(findings: Iterable[Finding], norms: Norms) -> list[str]:
    return list(dict.fromkeys(norms.symptoms[f.subject].name for f in findings if f.subject != WHOLE_LOG))


def _detail(finding: Finding, norms: Norms) -> str:
    assert finding.band is not None
    name, chosen = norms.symptoms[finding.subject].name, finding.observed
    if finding.rule is Rule.WORSENING and finding.reference is not None:
        return f"{name} was {finding.reference.severity} on day {finding.reference.day}; today you chose {chosen}."
    if finding.rule is Rule.WORSE_THAN_LAST_SESSION and finding.reference is not None:
        return f"{name}: you chose {chosen}; on this day of your last session it was {finding.reference.severity}."
    return f"{name}: you chose {chosen}; {expected_range(finding.band)} is usual on day {finding.day}."
