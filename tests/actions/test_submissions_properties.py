"""Whatever is sent, sent again and sent late, in whatever order: each day ends with what was last said of it for the first time."""

from datetime import timedelta
from uuid import UUID

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; tests/actions/test_submissions.py has them by hand")

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from patients.models import AuditEvent, Log, Rating, Submission
from tests.conftest import TREATED
from tests.edits import undone
from tests.factories import a_log
from tests.rederived import derived, stored

# Few of each, so that the same comes together often: a page is sent again, edited, sent for another day.
NEW = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 4))  # key, day, redness


@st.composite
def sendings(draw):
    """Entries in the order in which they are made, each at most once more at any time after it."""
    made = list(enumerate(draw(st.lists(NEW, min_size=1, max_size=7))))
    for number, entry in made.copy():
        if draw(st.booleans()):
            first = made.index((number, entry))
            made.insert(draw(st.integers(first + 1, len(made))), (None, entry))
    return [entry for _, entry in made]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=sendings())
def test_each_day_ends_with_the_last_that_was_new(sent, treatment, frozen):
    with undone():
        known, stands, changes = set(), {}, 0
        for number, (key, day, redness) in enumerate(sent):
            at = frozen + timedelta(seconds=number)
            recorded = a_log(treatment, day, key=UUID(int=key), at=at, redness=redness)
            if (key, day, redness) not in known:
                changes += stands.get(day) != redness
                stands[day] = redness
            known.add((key, day, redness))
            assert recorded.log.day == day
        logs = {log.day: log.severities["redness"] for log in Log.objects.of(treatment).with_ratings()}
        assert logs == stands
        assert Rating.objects.count() == 4 * len(stands)
        assert AuditEvent.objects.filter(subject_type="log").count() == changes
        assert Submission.objects.count() == len(known)
        assert stored(treatment) == derived(treatment)
        event(f"came again: {len(sent) - len(known)}")
        assert treatment.treated_on == TREATED
