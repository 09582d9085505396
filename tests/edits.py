"""Edits of norms drawn by hypothesis, and a database in which they can be tried; needs requirements-dev.txt."""

from contextlib import contextmanager
from dataclasses import replace

from django.db import transaction
from hypothesis import strategies as st

from patients.models import norm_values
from recovery.timeline.norms import Adjustment, Band, Shift
from recovery.timeline.scale import Urgency

SYMPTOMS = ["redness", "swelling", "flaking", "breakouts", "itching", "pain"]
GRADES = st.integers(0, 4)


@st.composite
def bands(draw, symptom, last_day):
    """A whole row of a table: any cuts, any grades that rise."""
    starts = [0, *sorted(draw(st.sets(st.integers(1, 12), max_size=3)))]
    made = []
    for first, behind in zip(starts, [*starts[1:], last_day + 1], strict=True):
        low, typical, high = sorted(draw(st.tuples(GRADES, GRADES, GRADES)))
        urgent = draw(st.none() | st.integers(high, 4))
        made.append(Band(symptom, first, behind - 1, low, typical, high, urgent, "Tried."))
    return made


@st.composite
def edited(draw, norms):
    """The norms after one edit or several: a row of bands, the numbers of the rules, a sign, an adjustment."""
    for symptom in draw(st.lists(st.sampled_from(SYMPTOMS), max_size=3, unique=True)):
        others = [b for b in norms.bands if b.symptom != symptom]
        norms = replace(norms, bands=(*others, *draw(bands(symptom, norms.last_day))))
    kind = draw(st.sampled_from(["bands", "bands", "bands", "rules", "sign", "adjustment"]))
    if kind == "rules":
        rules = {"worsening_from_day": st.integers(0, 6), "worsening_urgent_step": st.integers(1, 4), "cluster_size": st.integers(2, 4)}
        rules |= {"last_session_step": st.integers(1, 4), "baseline_from_day": st.integers(0, 9)}
        norms = replace(norms, settings=replace(norms.settings, **draw(st.fixed_dictionaries(rules))))
    if kind == "sign":
        urgency = draw(st.sampled_from([Urgency.WATCH, Urgency.URGENT, Urgency.EMERGENCY]))
        norms = replace(norms, signs={**norms.signs, "fever": replace(norms.signs["fever"], urgency=urgency)})
    if kind == "adjustment":
        shift = Shift(draw(st.sampled_from(SYMPTOMS)), 0, draw(st.integers(0, 9)), draw(st.integers(-2, 2)), "Tried.")
        norms = replace(norms, adjustments=(*norms.adjustments, Adjustment("acne_prone", "Acne-prone", shift)))
    return norms


@contextmanager
def undone():
    """A copy of the database, in effect: whatever happens within is rolled back."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        # What was published within was kept in memory under its key; outside the tests nothing published is ever undone.
        norm_values.published_norms.cache_clear()
        norm_values._adjusted.cache_clear()
