"""Whatever is logged, amended, reviewed, published and moved: every live flag is what the engine says of the stored logs."""

from datetime import UTC, datetime, time, timedelta

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; tests/actions/test_moves.py holds the cases by hand")

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from patients.actions.moves import move_batch, move_recovery
from patients.actions.norms import in_force, publish_draft, save_draft, start_draft
from patients.models import Flag, Log, Protocol, Treatment
from patients.models.norm_values import read_norms
from recovery.timeline.difference import differences
from tests.conftest import TREATED
from tests.edits import GRADES, edited, undone
from tests.factories import a_log, a_review, a_treatment, next_session, open_flags
from tests.rederived import derived, stored

WHICH = st.integers(0, 2)
LOGS = st.fixed_dictionaries(
    {"late": st.integers(0, 3), "asked": st.booleans(), "signs": st.sampled_from(["", "", "fever", "firm_bumps pus"])},
    optional={"redness": GRADES, "swelling": GRADES, "flaking": GRADES, "pain": GRADES, "breakouts": GRADES},
)
STEPS = st.one_of(
    st.tuples(st.just("log"), WHICH, LOGS),
    st.tuples(st.just("log"), WHICH, LOGS),
    st.tuples(st.just("review"), WHICH, st.none()),
    # Most steps that publish are followed by one that moves, or little would ever follow a second version.
    st.tuples(st.just("publish"), st.none(), st.none()),
    st.tuples(st.just("publish and move one"), WHICH, st.none()),
    st.tuples(st.just("publish and move all"), st.integers(1, 3), st.none()),
    st.tuples(st.just("move all"), st.integers(1, 3), st.none()),
)


@pytest.fixture
def recoveries(clinician):
    """Three that differ in what the rules look at: a session before, factors, a baseline."""
    first = a_treatment(clinician, "Ana Ferreira", TREATED - timedelta(days=28))
    for day, redness in enumerate([2, 1, 0, 0]):
        a_log(first, day, redness=redness)
    second = next_session(clinician, first.patient, TREATED)
    factors = a_treatment(clinician, "Cy Wood", TREATED, factors=("acne_prone",))
    made = [second, factors, a_treatment(clinician, "Di Marsh", TREATED, baseline={"redness": 1, "breakouts": 2})]
    for treatment in made:
        a_log(treatment, 0, redness=3)
    return made


def everything(treatment):
    """All that is stored of a recovery: its pin and open state, its logs, its flags, withdrawn ones too."""
    rows = Treatment.objects.filter(pk=treatment.pk), Log.objects.of(treatment), Flag.objects.of(treatment)
    return [list(found.order_by("pk").values()) for found in rows]


def a_step(data, admin, clinician, recoveries, at, step):
    """Does one step at a moment; hands back the recoveries that it may change."""
    kind, which, answers = step
    pen = Protocol.objects.get(slug="pen")
    if kind.startswith("publish"):
        publish(data, admin, pen, at)
    if kind == "log":
        said = dict(answers)
        day = max((at.date() - TREATED).days - said.pop("late"), 0)
        a_log(recoveries[which], day, at=at, **said)
    elif kind == "review" and open_flags(recoveries[which]):
        a_review(recoveries[which], clinician, at=at)
    elif kind.endswith("move one"):
        move_recovery(by=admin, treatment=recoveries[which], version=in_force(pen), why="", now=at)
    elif kind.endswith("move all"):
        return moved(admin, recoveries, in_force(pen), which)
    return [] if kind == "publish" else [recoveries[which]]


def moved(admin, recoveries, version, most):
    """Moves up to `most` of those that follow another version; hands back all that waited."""
    waiting = [t for t in recoveries if Treatment.objects.get(pk=t.pk).norm_version != version]
    assert move_batch(by=admin, version=version, most=most) == max(len(waiting) - most, 0)
    return waiting


def publish(data, admin, pen, at):
    before = read_norms(in_force(pen))
    norms = data.draw(edited(before))
    if differences(before, norms):
        draft = save_draft(by=admin, draft=start_draft(by=admin, protocol=pen), norms=norms, seen=0)
        publish_draft(by=admin, draft=draft, reason="Tried.", seen=draft.edits, now=at)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_live_flag_follows_from_the_logs_and_the_pinned_version(data, recoveries, admin, clinician):
    with undone():
        pins = set()
        for number, step in enumerate(data.draw(st.lists(STEPS, min_size=2, max_size=6))):
            before = {t.pk: everything(t) for t in recoveries}
            at = datetime.combine(TREATED + timedelta(days=number // 2), time(10), UTC) + timedelta(minutes=number)
            may_change = a_step(data, admin, clinician, recoveries, at, step)
            for treatment in recoveries:
                assert stored(treatment) == derived(treatment)
                if treatment not in may_change:
                    assert everything(treatment) == before[treatment.pk]
            pins |= {Treatment.objects.get(pk=t.pk).norm_version_id for t in recoveries}
        event(f"versions followed: {len(pins)}")
