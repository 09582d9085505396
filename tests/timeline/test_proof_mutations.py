"""Every cell of every starting table, broken in every way: the proof names symptom and day, and nothing broken is published."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from patients.actions.norms import problems_of, publish_draft, save_draft, start_draft
from patients.errors import NotWhole
from patients.models import AuditEvent, NormVersion, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.course import Course
from recovery.timeline.norms import Adjustment, Shift
from recovery.timeline.proof import Problem, problems, proof
from tests.timeline.breaking import BREAKERS, swapped, whole
from tests.timeline.samples import PROTOCOLS, SYMPTOMS

GRADES = range(-2, 7)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_starting_protocol_is_whole(protocol):
    assert proof(whole(protocol)) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", BREAKERS)
def test_every_band_broken_in_every_way_is_named(protocol, kind):
    norms = whole(protocol)
    tried = [made for at in range(len(norms.bands)) if (made := BREAKERS[kind](norms, at))]
    assert [wanted for broken, wanted in tried if Problem(*wanted) not in proof(broken)] == []
    assert {b.symptom for b in norms.bands} == set(SYMPTOMS)
    # Every symptom has bands of more than a day and neighbours, so each way was tried on each symptom.
    assert len(tried) >= len(SYMPTOMS)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", [kind for kind in BREAKERS if kind != "no rationale and no source"])
def test_the_table_alone_says_so_too(protocol, kind):
    norms = whole(protocol)
    tried = [made for at in range(len(norms.bands)) if (made := BREAKERS[kind](norms, at))]
    assert [wanted for broken, wanted in tried if Problem(*wanted) not in problems(broken.bands, SYMPTOMS)] == []


def is_in_order(band):
    """Counted without the code under test."""
    edges = [0, band.low, band.typical, band.high, *([] if band.urgent_above is None else [band.urgent_above]), 4]
    return edges == sorted(edges)


def steps_too_far(norms, at):
    """Whether the band, as it is, steps over 2 without a reason, from its neighbour or to it."""
    bands = sorted((b for b in norms.bands if b.symptom == norms.bands[at].symptom), key=lambda b: b.first_day)
    pairs = zip(bands, bands[1:], strict=False)
    return any(abs(a.high - b.high) > 2 and not b.rationale.strip() for a, b in pairs)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("cell", ["low", "typical", "high", "urgent_above"])
def test_every_grade_in_every_cell_is_accepted_only_where_it_may_stand(protocol, cell):
    norms = whole(protocol)
    wrong = []
    for at, band in enumerate(norms.bands):
        for grade in GRADES:
            made = swapped(norms, at, **{cell: grade})
            says = [str(p) for p in proof(made)]
            may_stand = is_in_order(made.bands[at]) and not steps_too_far(made, at)
            if (says == []) != may_stand or not all(line.startswith(f"{band.symptom}, day ") for line in says):
                wrong.append((band.symptom, band.first_day, grade, says))
    assert wrong == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("cell", ["first_day", "last_day"])
def test_no_day_can_be_moved_alone(protocol, cell):
    norms = whole(protocol)
    accepted = [
        (band.symptom, band.first_day, by)
        for at, band in enumerate(norms.bands)
        for by in (-400, -8, -3, -2, -1, 1, 2, 3, 8, 400)
        if proof(swapped(norms, at, **{cell: getattr(band, cell) + by})) == []
    ]
    assert accepted == []


# --- end to end: a draft that is broken stays a draft


def with_course(norms, **parts):
    return replace(norms, course=replace(norms.course, **parts))


def phases(change):
    def broken(norms):
        return with_course(norms, phases=tuple(change(list(norms.course.phases))))

    return broken


def rules(**settings):
    return lambda norms: replace(norms, settings=replace(norms.settings, **settings))


def in_the_middle(kind):
    """One of the ways above, on a band in the middle of the table."""

    def broken(norms):
        at = next(n for n in range(len(norms.bands) // 2, len(norms.bands)) if norms.bands[n].first_day and BREAKERS[kind](norms, n))
        return BREAKERS[kind](norms, at)[0]

    return broken


def overlapping(norms):
    at = next(n for n, b in enumerate(norms.bands) if norms.bands[n + 1].symptom == b.symptom)
    return swapped(norms, at, last_day=norms.bands[at].last_day + 1)


def unfounded(norms):
    at = next(
        n for n, b in enumerate(norms.bands) if not any(c.first_day <= b.last_day and c.last_day >= b.first_day for c in of(norms, b))
    )
    return swapped(norms, at, rationale=" ")


def of(norms, band):
    return norms.claims_on(band.symptom)


def sourced(part):
    def broken(norms):
        first, *others = getattr(norms.course, part)
        return with_course(norms, **{part: (replace(first, sources=("nobody",)), *others)})

    return broken


TALL = Adjustment("tall", "Tall", Shift("height", 0, 3, 1))
# A way of breaking a draft of the pen's norms, and what the refusal says first.
BROKEN = {
    "a gap": (in_the_middle("removed"), "gap: no band for"),
    "a gap of a day": (in_the_middle("last day -1"), "gap: no band for day"),
    "an overlap": (overlapping, "overlap: two bands from day"),
    "a step of 3": (in_the_middle("a step of 3 up"), "high steps from 0 to 3; a step over 2 needs a rationale"),
    "no reason and no source": (unfounded, "has no rationale, and no source speaks of these days; write why it is so"),
    "no bands": (lambda norms: replace(norms, bands=()), "redness, day 0: gap: no band for day 0"),
    "a gap in the phases": (phases(lambda runs: runs[1:]), "Day 0: gap: no phase for days 0 to 7"),
    "an overlap of phases": (phases(lambda runs: [replace(runs[0], last_day=8), *runs[1:]]), "Day 8: overlap: two phases from day 8"),
    "no log asked for": (phases(lambda runs: [replace(runs[0], check_in_every_days=0), *runs[1:]]), "ask for a log every 1 day or more"),
    "no course at all": (lambda norms: replace(norms, course=Course()), "Day 0: gap: no phase for days 0 to 365"),
    "a sign removed": (
        lambda norms: replace(norms, signs={code: s for code, s in norms.signs.items() if code != "fever"}),
        "was removed; logs may hold it, so reword it instead",
    ),
    "a milestone of no source": (sourced("milestones"), "there is no source “nobody”"),
    "guidance of no source": (sourced("guidance"), "there is no source “nobody”"),
    "a step of the rules": (rules(worsening_urgent_step=5), "Worsening urgent step: must be 1 to 4 grades"),
    "a day of the rules": (rules(results_worse_from_day=366), "Results worse from day: must be a day from 0 to 365"),
    "the cluster": (rules(cluster_size=1), "Cluster size: must be 2 to 11 symptoms"),
    "a symptom of the rules": (rules(worsening_symptoms=("rednes",)), "Symptom “rednes”: is not known"),
}


@pytest.fixture
def draft(admin):
    return start_draft(by=admin, protocol=Protocol.objects.get(slug="pen"))


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_draft_is_kept_and_not_published(admin, draft, kind):
    breaks, says = BROKEN[kind]
    saved = save_draft(by=admin, draft=draft, norms=breaks(read_norms(draft)), seen=0)
    known = AuditEvent.objects.count()
    with pytest.raises(NotWhole) as refused:
        publish_draft(by=admin, draft=saved, reason="Tested.", seen=1)
    assert says in str(refused.value)
    assert refused.value.problems == problems_of(saved) != []
    assert list(NormVersion.objects.in_force().filter(protocol=draft.protocol).values_list("number", flat=True)) == [1]
    assert (NormVersion.objects.get(pk=draft.pk).is_draft, AuditEvent.objects.count()) == (True, known)


@pytest.mark.parametrize(
    "breaks, constraint",
    [
        (in_the_middle("low above typical"), "band_rises_within_0_to_4"),
        (in_the_middle("high 5, never urgent"), "band_rises_within_0_to_4"),
        (in_the_middle("urgent 5"), "band_urgent_above_from_high_to_4"),
        (in_the_middle("ends before it begins"), "band_days_in_order"),
        (in_the_middle("doubled"), "UNIQUE|band_starts_once"),
    ],
)
def test_what_the_tables_do_not_hold_is_not_saved(admin, draft, breaks, constraint):
    known, broken = read_norms(draft).bands, breaks(read_norms(draft))
    assert problems(broken.bands, SYMPTOMS) != []
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        save_draft(by=admin, draft=draft, norms=broken, seen=0)
    assert (read_norms(draft).bands, NormVersion.objects.get(pk=draft.pk).edits) == (known, 0)


def test_an_adjustment_of_no_symptom_is_found_in_a_draft(draft):
    norms = read_norms(draft)
    assert [str(p) for p in problems_of(draft, replace(norms, adjustments=(*norms.adjustments, TALL)))] == [
        "Tall: there is no symptom “height”"
    ]
