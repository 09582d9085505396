"""A finding in one sentence for the clinic: observed, expected, day, what would have been fine, and the sources."""

from collections.abc import Iterable

from recovery.timeline.compare import Finding
from recovery.timeline.norms import Band, Claim, Norms
from recovery.timeline.scale import Rule, Urgency

NAMED_SOURCES = 3  # more would bury the sentence; the norms page lists all
IMPROVEMENT_WORDS = {1: "very much improved", 2: "much improved", 3: "improved", 4: "no change", 5: "worse"}


def expected_range(band: Band) -> str:
    """The band as people write it: "0–2", or "0" where only one grade is expected."""
    return f"{band.low}–{band.high}" if band.low != band.high else str(band.high)


def explain(finding: Finding, norms: Norms) -> str:
    """Why this finding stands there, in one sentence."""
    parts = [observation(finding, norms), counterfactual(finding)]
    if finding.band is not None:
        parts.append(sources_say(finding.subject, finding.day, norms))
    if finding.rule is Rule.WORSENING:
        # Only here: the labelling describes infection as an increase, and its own words carry more weight than ours.
        parts += [f"{_named([c])}: “{c.text}”" for c in norms.claims_on(finding.subject) if c.kind == "warning" and _on(c, finding.day)]
    return "; ".join(part for part in parts if part) + "."


def observation(finding: Finding, norms: Norms) -> str:
    """What was seen and what was expected, without the sources."""
    if finding.band is None:
        return _whole_log_observation(finding, norms)
    name = norms.symptoms[finding.subject].name
    here = f"{name} {finding.observed} on day {finding.day}"
    expected = f"expected {expected_range(finding.band)}"
    match finding.rule:
        case Rule.WORSENING | Rule.WORSE_THAN_LAST_SESSION if finding.reference is not None:
            return f"{here}, {_since(finding)}, {expected}"
        case Rule.BELOW_RANGE:
            return f"{here}, below the {expected}"
        case _:
            return f"{here}, {expected}{_how_urgent(finding)}"


def _since(finding: Finding) -> str:
    assert finding.reference is not None
    assert finding.observed is not None
    then, up = finding.reference, finding.observed - finding.reference.severity
    where = f"since day {then.day}" if finding.rule is Rule.WORSENING else "against the same day of the session before"
    return f"up {up} {where} ({then.severity})"


def _how_urgent(finding: Finding) -> str:
    # Before the band's own line: this rating alone would have been a watch.
    if finding.raised_by is Rule.CLUSTER:
        return ", raised to urgent because another symptom is above range too"
    if finding.urgency is Urgency.URGENT and finding.band is not None:
        return f", above {finding.band.urgent_above} is urgent"
    return ", a lone trace" if finding.urgency is Urgency.NOTE else ""


def _whole_log_observation(finding: Finding, norms: Norms) -> str:
    match finding.rule:
        case Rule.WARNING_SIGN:
            sign = norms.sign(finding.subject)
            return f"Warning sign on day {finding.day}: {sign.label}; expected on no day; basis: {sign.basis}"
        case Rule.RESULTS:
            words = IMPROVEMENT_WORDS[finding.observed or 0]
            return f"Result on day {finding.day} rated {finding.observed}, {words}, on the Global Aesthetic Improvement Scale"
        case _:
            return f"The patient asked the clinic to look at day {finding.day}"


def counterfactual(finding: Finding) -> str:
    """What would not have been flagged; empty where the finding is no flag of a rating."""
    if finding.counterfactual is None or not finding.urgency.is_flag:
        return ""
    return f"{finding.counterfactual}{' or less' if finding.counterfactual else ''} would not have been flagged"


def sources_say(symptom: str, day: int, norms: Norms) -> str:
    """How long the sources say a symptom lasts, seen from one day; where they differ, how."""
    # Courses only: a look or a rate says what may be seen on a day, not when it is over.
    course = _longest_of_each_source(c for c in norms.claims_on(symptom) if c.kind == "course")
    over, lasting = [c for c in course if c.last_day < day], [c for c in course if c.last_day >= day]
    # "Over" and "lasting" are seen from the day of the log: that is the disagreement that matters here.
    if over and lasting:
        return (
            f"sources differ: {_count(over)} it is over by day {_days(c.last_day for c in over)} ({_named(over)}), "
            f"{len(_sources(lasting))} until day {_days(c.last_day for c in lasting)} ({_named(lasting)})"
        )
    if over:
        return f"every source says it is over by day {_days(c.last_day for c in over)} ({_named(over)})"
    if lasting:
        return f"sources expect it until day {_days(c.last_day for c in lasting)} ({_named(lasting)})"
    return "no source gives its course, the range is the team’s own choice"


def _longest_of_each_source(claims: Iterable[Claim]) -> list[Claim]:
    """A source that names several ends is taken at its longest: it must not differ with itself."""
    # Later entries of a dict win, so ascending order leaves the longest.
    return list({c.source: c for c in sorted(claims, key=lambda c: c.last_day)}.values())


def _on(claim: Claim, day: int) -> bool:
    return claim.first_day <= day <= claim.last_day


def _count(claims: Iterable[Claim]) -> str:
    number = len(_sources(claims))
    return f"{number} {'says' if number == 1 else 'say'}"


def _sources(claims: Iterable[Claim]) -> list[str]:
    """Each source once, the best evidence first."""
    best = sorted(claims, key=lambda c: (c.grade, c.publisher))
    return list(dict.fromkeys(f"{c.publisher} ({c.grade})" for c in best))


def _named(claims: Iterable[Claim]) -> str:
    names = _sources(claims)
    more = len(names) - NAMED_SOURCES
    return ", ".join(names[:NAMED_SOURCES]) + (f" and {more} more" if more > 0 else "")


def _days(days: Iterable[int]) -> str:
    found = sorted(set(days))
    return str(found[0]) if len(found) == 1 else f"{found[0]}–{found[-1]}"
