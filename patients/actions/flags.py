"""Findings become flags, and a treatment's open state follows from them. Called by every action that changes either."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from patients.actions.reasons import lead_of, reasons_of
from patients.models import Flag, Log, Treatment
from patients.models.norm_values import norms_for
from recovery.timeline.compare import Finding
from recovery.timeline.explain import explain
from recovery.timeline.norms import Norms
from recovery.timeline.promise import answer_due
from recovery.timeline.scale import Rule, Urgency

OPEN_STATE = ("open_urgency", "open_asked", "open_since", "answer_due", "open_reasons", "open_lead")


def raise_flags(
    treatment: Treatment, found: Mapping[int, Iterable[Finding]], logs: Mapping[int, Log], norms: Norms, *, at: datetime
) -> list[Flag]:
    """Makes the stored flags of the judged logs equal to the findings; returns the flags that are new.

    A flag that still stands keeps its review; one that changed is withdrawn and raised anew.
    Runs inside the caller's transaction, which holds the treatment's lock.
    """
    # All flags, withdrawn ones too: their reviews may cover what is raised now.
    flags = list(Flag.objects.of(treatment).with_day().defer("why"))
    wanted = {
        (logs[day].pk, f.rule.value, f.subject): flag_from(treatment, logs[day], f, norms, at)
        for day, findings in found.items()
        for f in findings
        if f.urgency.is_flag
    }
    # Flags of logs that were not judged stay as they are.
    judged = {logs[day].pk for day in found}
    gone = []
    for flag in flags:
        if flag.withdrawn_at is None and flag.log_id in judged:
            key = (flag.log_id, flag.rule, flag.subject)
            if key in wanted and _says_the_same(flag, wanted[key]):
                del wanted[key]  # stands as it stood, with its review
            else:
                flag.withdrawn_at = at
                gone.append(flag.pk)
    if gone:
        Flag.objects.filter(pk__in=gone).update(withdrawn_at=at)
    reviewed = [flag for flag in flags if flag.review_id]
    for new in wanted.values():
        new.review_id = next((old.review_id for old in reviewed if covers(old, new)), None)
    raised = Flag.objects.bulk_create(wanted.values()) if wanted else []
    refresh_open_state(treatment, [f for f in [*flags, *raised] if f.review_id is None and f.withdrawn_at is None])
    return raised


def refresh_open_state(treatment: Treatment, open_flags: Iterable[Flag]) -> None:
    """What the queue orders by and says, written on the treatment itself so that the queue reads nothing else."""
    state = open_state(treatment, open_flags)
    # Most logs change nothing here, and then nothing is written.
    if any(getattr(treatment, field) != value for field, value in state.items()):
        for field, value in state.items():
            setattr(treatment, field, value)
        treatment.save(update_fields=list(state))


def open_state(treatment: Treatment, open_flags: Iterable[Flag]) -> dict[str, Any]:
    """The open fields of a treatment with these open flags; the flags know their day."""
    still_open = list(open_flags)
    clinic = treatment.clinic
    return {
        "open_urgency": max((f.urgency for f in still_open), default=0),
        "open_asked": any(f.rule == Rule.ASKED_FOR_REVIEW for f in still_open),
        "open_since": min((f.raised_at for f in still_open), default=None),
        "answer_due": min((answer_due(Urgency(f.urgency), clinic.local(f.raised_at), clinic.hours) for f in still_open), default=None),
        "open_reasons": reasons_of(still_open, norms_for(treatment)),
        "open_lead": lead_of(still_open) if still_open else "",
    }


def flag_from(treatment: Treatment, log: Log, finding: Finding, norms: Norms, at: datetime) -> Flag:
    """A finding as a flag, not yet stored."""
    flag = Flag(
        clinic_id=treatment.clinic_id,
        treatment=treatment,
        log=log,
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
        why=explain(finding, norms),  # stored: later wording must not change what was said then
        raised_at=at,
    )
    flag.day = finding.day
    return flag


def _band(finding: Finding) -> dict[str, Any] | None:
    if finding.band is None:
        return None
    # The band as adjusted for this patient: the version alone would not say it.
    kept = ("first_day", "last_day", "low", "typical", "high", "urgent_above")
    return {name: getattr(finding.band, name) for name in kept}


def _says_the_same(old: Flag, new: Flag) -> bool:
    compared = ("urgency", "raised_by", "observed", "band", "counterfactual", "reference", "norm_version_id")
    return all(getattr(old, name) == getattr(new, name) for name in compared)


def covers(old: Flag, new: Flag) -> bool:
    """Whether a review already answers a new flag: the same finding, no more urgent and no further out.

    Urgent findings and requests of the patient always come back to the queue.
    """
    if new.urgency > Urgency.WATCH or new.rule == Rule.ASKED_FOR_REVIEW:
        return False
    same = (old.rule, old.subject) == (new.rule, new.subject)
    # The bands narrow with the days, so a symptom that only stays as it was is further out and does come back.
    return same and (new.observed or 0) <= (old.observed or 0) and new.distance <= old.distance
