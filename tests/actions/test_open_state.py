"""Whatever is logged, amended and reviewed in whatever order: what is stored is what the engine says of the logs."""

from datetime import UTC, datetime, time, timedelta

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; test_flags.py holds the cases by hand")

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.actions.flags import OPEN_STATE as STATE
from patients.actions.flags import refresh_open_state
from patients.actions.logs import entries_of
from patients.models import Flag, Log
from patients.models.norm_values import norms_for, with_claims
from recovery.timeline.compare import compare_course
from recovery.timeline.explain import explain
from tests.factories import a_log, a_review, open_flags

GRADES = st.integers(0, 4)
LOGS = st.fixed_dictionaries(
    {"late": st.integers(0, 3), "asked": st.booleans(), "signs": st.sampled_from(["", "", "fever", "firm_bumps pus"])},
    optional={"redness": GRADES, "swelling": GRADES, "pain": GRADES, "dryness": GRADES},
)
STEPS = st.tuples(st.integers(0, 2), st.one_of(LOGS, LOGS, st.just("review")))


def stored(treatment):
    """Every live flag in full."""
    return {
        (f.log.day, f.rule, f.subject, f.urgency, f.raised_by, f.observed, f.distance, f.counterfactual, f.why)
        for f in Flag.objects.of(treatment).live().select_related("log")
    }


def derived(treatment):
    """The same from nothing but the stored logs."""
    norms = with_claims(norms_for(treatment))
    entries = entries_of({log.day: log for log in Log.objects.of(treatment)})
    return {
        (day, f.rule, f.subject, f.urgency, f.raised_by or "", f.observed, f.distance, f.counterfactual, explain(f, norms))
        for day, findings in compare_course(entries.values(), norms).items()
        for f in findings
        if f.urgency.is_flag
    }


def kept_state(treatment):
    treatment.refresh_from_db(fields=STATE)
    return [getattr(treatment, name) for name in STATE]


def perform(treatment, clinician, steps):
    """Days pass; on each the patient logs it or an earlier one, or the clinic answers all that is open."""
    day = 0
    for number, (passed, step) in enumerate(steps):
        day += passed
        at = datetime.combine(treatment.date_of(day), time(10), UTC) + timedelta(minutes=number)
        if step != "review":
            answers = dict(step)
            a_log(treatment, max(day - answers.pop("late"), 0), at=at, **answers)
        elif open_flags(treatment):
            a_review(treatment, clinician, at=at)
        yield day


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=8))
def test_flags_and_open_state_are_always_those_of_the_logs(treatment, clinician, steps):
    with transaction.atomic():
        for _ in perform(treatment, clinician, steps):
            assert stored(treatment) == derived(treatment)
            kept = kept_state(treatment)
            refresh_open_state(treatment, Flag.objects.of(treatment).open().with_day())
            assert kept_state(treatment) == kept
        transaction.set_rollback(True)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.tuples(GRADES, GRADES), min_size=2, max_size=4))
def test_the_order_in_which_days_are_entered_does_not_matter(treatment, days):
    found = []
    for order in (range(len(days)), reversed(range(len(days)))):
        with transaction.atomic():
            for day in order:
                redness, swelling = days[day]
                a_log(treatment, day, late=len(days) - 1 - day, redness=redness, swelling=swelling)
            found.append(stored(treatment))
            transaction.set_rollback(True)
    assert found[0] == found[1]
