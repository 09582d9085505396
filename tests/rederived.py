"""What is stored of a recovery, and the same judged again from its logs and its pinned norms alone."""

from patients.actions.logs import entries_of, ratings_before
from patients.models import Flag, Log, Treatment
from patients.models.norm_values import norms_for, with_claims
from recovery.timeline.compare import compare_course
from recovery.timeline.explain import explain


def stored(treatment):
    """Every live flag in full, and the urgency of every log."""
    flags = {
        (f.log.day, f.rule, f.subject, f.urgency, f.raised_by, f.observed, f.distance, f.counterfactual, f.why, f.norm_version_id)
        for f in Flag.objects.of(treatment).live().select_related("log")
    }
    return flags, dict(Log.objects.of(treatment).values_list("day", "urgency"))


def derived(treatment):
    """The same from nothing but the stored logs and the stored version of the treatment."""
    treatment = Treatment.objects.get(pk=treatment.pk)
    norms = with_claims(norms_for(treatment))
    entries = entries_of({log.day: log for log in Log.objects.of(treatment)})
    found = compare_course(entries.values(), norms, ratings_before(treatment, 0))
    pin = treatment.norm_version_id
    flags = {
        (day, f.rule, f.subject, f.urgency, f.raised_by or "", f.observed, f.distance, f.counterfactual, explain(f, norms), pin)
        for day, findings in found.items()
        for f in findings
        if f.urgency.is_flag
    }
    return flags, {day: max((f.urgency for f in findings), default=0) for day, findings in found.items()}
