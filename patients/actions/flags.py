"""Findings become flags, and a treatment's open state follows from them. Called by every action that changes either."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from patients.actions import alerts, audit, silence
from patients.actions.reasons import lead_of, reasons_of
from patients.models import Clinic, Flag, Log, Treatment
from patients.models.norm_values import norms_for, with_claims
from recovery.timeline.compare import Finding
from recovery.timeline.episode import covers, news
from recovery.timeline.explain import explain
from recovery.timeline.norms import Norms
from recovery.timeline.promise import answer_due
from recovery.timeline.scale import Rule, Urgency

OPEN_STATE = ("open_urgency", "open_asked", "open_since", "answer_due", "open_distance", "open_reasons", "open_lead")


class Stored(Protocol):
    """A log that is stored: of it, a flag knows the key alone."""

    @property
    def pk(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a recovery's flags: those withdrawn, those raised, all that are open then; `news`: open, and new or worse."""

    gone: list[Flag]
    raised: list[Flag]
    still_open: list[Flag]
    news: list[Flag]


def raise_flags(
    treatment: Treatment, found: Mapping[int, Iterable[Finding]], logs: Mapping[int, Log], norms: Norms, *, at: datetime
) -> list[Flag]:
    """Makes the stored flags of the judged logs equal to the findings; returns the flags that are new.

    Runs inside the caller's transaction, which holds the treatment's lock.
    """
    # All flags, withdrawn ones too: their reviews may cover what is raised now.
    flags = list(Flag.objects.of(treatment).with_day().for_settling())
    settled = settle(treatment, flags, found, logs, at)
    # Withdrawn before the new ones are stored: one live flag for each finding is a constraint of the database.
    if settled.gone:
        Flag.objects.filter(pk__in=[flag.pk for flag in settled.gone]).update(withdrawn_at=at)
    if settled.raised:
        # Claims are read only when something is raised: most logs raise nothing.
        explained = with_claims(norms)
        for flag in settled.raised:
            # An inherited one keeps the promise that was made.
            flag.answer_due = flag.answer_due or promised(flag, treatment.clinic)
            flag.why = explain(flag.finding, explained)  # stored: later wording must not change what was said then
        Flag.objects.bulk_create(settled.raised)
    # From what is in memory: under the lock it is what the database holds, and no flag is read again.
    refresh_open_state(treatment, settled.still_open, is_news=bool(settled.news))
    alerts.alert(treatment, at=at)
    return settled.raised


def settle(
    treatment: Treatment, flags: Iterable[Flag], found: Mapping[int, Iterable[Finding]], logs: Mapping[int, Stored], at: datetime
) -> Settled:
    """What the findings make of the flags; writes nothing, so that the preview of an edit asks the same.

    `flags`: all of the recovery, withdrawn ones too. A flag that still stands keeps its review; one that changed
    is withdrawn and raised anew. Flags of logs that were not judged stay as they are.
    """
    standing = {(f.log_id, f.rule, f.subject): f for f in flags if f.withdrawn_at is None}
    reviewed = [f for f in flags if f.review_id]
    judged = {logs[day].pk for day in found}
    wanted = [flag_from(treatment, logs[day], f, at) for day, findings in found.items() for f in findings if f.urgency.is_flag]
    # What was not looked at is left standing: a log of day 5 says nothing against a flag of day 2.
    kept = {key for key, old in standing.items() if old.log_id not in judged}
    raised = []
    for new in wanted:
        key = (new.log_id, new.rule, new.subject)
        old = standing.get(key)
        if old is not None and _says_the_same(old, new):
            kept.add(key)  # stands as it stood, with its review
            continue
        if old is not None and old.norm_version_id != new.norm_version_id and old.observed == new.observed:
            _inherit(old, new)
        else:
            # Any review of this recovery, also of another day: what was answered yesterday need not be asked today.
            new.review_id = next((r.review_id for r in reviewed if covers(r, new)), None)
        raised.append(new)
    still_open = [f for f in [*(standing[key] for key in kept), *raised] if f.review_id is None]
    # Against what was open before: the same symptom on the next day, no worse, is no news.
    known = [f for f in standing.values() if f.review_id is None]
    gone = [old for key, old in standing.items() if key not in kept]
    return Settled(gone, raised, still_open, news(known, [f for f in raised if f.review_id is None]))


def _inherit(old: Flag, new: Flag) -> None:
    """Norms moved, the skin did not: what a clinician has answered stays answered, and who waits has waited since then."""
    new.review_id = old.review_id
    # A promise is not shortened after the fact: what is more urgent now counts from now.
    if new.urgency <= old.urgency:
        new.raised_at, new.answer_due = old.raised_at, old.answer_due


def refresh_open_state(treatment: Treatment, open_flags: Iterable[Flag], *, is_news: bool = False) -> None:
    """What the queue orders by and says, written on the treatment itself so that the queue reads nothing else.

    `is_news`: something new or worse came in, which ends a snooze; so does whatever may not be snoozed.
    """
    state = open_state(treatment, open_flags)
    if treatment.snoozed_until is not None and (is_news or state["open_urgency"] != Urgency.WATCH):
        state |= {"snoozed_until": None, "snoozed_by": None}
        # An end that nobody chose is told; with nothing open there is nothing left to be seen.
        if state["open_urgency"]:
            audit.record("snooze ended", treatment, by=None, clinic=treatment.clinic, why="something new or worse came in")
    if not state["open_urgency"]:
        state |= alerts.NOT_MAILED
    is_reopened = treatment.closed_at is not None and bool(state["open_urgency"])
    if is_reopened:
        # Whatever needs an answer goes before what was decided without knowing of it.
        state |= {"closed_at": None, "closed_by": None, "closed_why": ""}
        audit.record("recovery reopened", treatment, by=None, clinic=treatment.clinic, why="something needs review")
    # Most logs change nothing here, and then nothing is written.
    if any(getattr(treatment, field) != value for field, value in state.items()):
        for field, value in state.items():
            setattr(treatment, field, value)
        treatment.save(update_fields=list(state))
    if is_reopened:
        silence.refresh_one(treatment)


def open_state(treatment: Treatment, open_flags: Iterable[Flag]) -> dict[str, Any]:
    """The open fields of a treatment with these open flags; the flags know their day."""
    still_open = list(open_flags)
    return {
        "open_urgency": max((f.urgency for f in still_open), default=0),
        "open_asked": any(f.rule == Rule.ASKED_FOR_REVIEW for f in still_open),
        "open_since": min((f.raised_at for f in still_open), default=None),
        "answer_due": min((f.answer_due for f in still_open), default=None),
        "open_distance": max((f.distance for f in still_open if f.distance > 0), default=0),
        "open_reasons": reasons_of(still_open, norms_for(treatment)),
        "open_lead": lead_of(still_open) if still_open else "",
    }


def flag_from(treatment: Treatment, log: Stored, finding: Finding, at: datetime) -> Flag:
    """A finding as a flag under the treatment's norm version, neither stored nor explained yet."""
    flag = Flag(
        clinic_id=treatment.clinic_id,
        treatment=treatment,
        log_id=log.pk,
        norm_version_id=treatment.norm_version_id,
        rule=finding.rule.value,
        raised_by=finding.raised_by.value if finding.raised_by else "",
        subject=finding.subject,
        urgency=int(finding.urgency),
        observed=finding.observed,
        band=_band(finding),
        distance=finding.distance,
        counterfactual=finding.counterfactual,
        reference=asdict(finding.reference) if finding.reference else None,
        raised_at=at,
    )
    # Neither is a column: set here so that new and stored flags read alike in the open state.
    flag.day, flag.finding = finding.day, finding
    return flag


def promised(flag: Flag, clinic: Clinic) -> datetime:
    """By when it is answered, by the clinic's hours as they are now."""
    return answer_due(Urgency(flag.urgency), clinic.local(flag.raised_at), clinic.hours)


def _band(finding: Finding) -> dict[str, Any] | None:
    if finding.band is None:
        return None
    # The band as adjusted for this patient: the version alone would not say it.
    kept = ("first_day", "last_day", "low", "typical", "high", "urgent_above")
    return {name: getattr(finding.band, name) for name in kept}


def _says_the_same(old: Flag, new: Flag) -> bool:
    compared = ("urgency", "raised_by", "observed", "band", "counterfactual", "reference", "norm_version_id")
    return all(getattr(old, name) == getattr(new, name) for name in compared)
