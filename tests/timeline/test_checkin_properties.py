"""What must hold of check-ins for any phases and any way of answering."""

from dataclasses import replace
from itertools import pairwise

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; the tables in test_checkin.py run without it")

from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.timeline.checkin import is_due, next_check_in
from recovery.timeline.course import Phase
from tests.timeline.samples import PEN

quick = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@st.composite
def some_norms(draw):
    """The starting bands under drawn phases, some with gaps between them."""
    phases, day = [], 0
    for number in range(draw(st.integers(1, 5))):
        first = day + draw(st.sampled_from([0, 0, 0, 3]))
        day = first + draw(st.integers(1, 60))
        phases.append(Phase(f"phase {number}", first, day - 1, draw(st.integers(1, 40)), "drawn"))
    return replace(PEN, course=replace(PEN.course, phases=tuple(phases)))


def lived(norms, logs, *, extra=frozenset()):
    """Days on which a reminder goes out. `logs(day)`: whether the patient answers it; extra: days logged unasked, before the hour."""
    reminded, logged = [], set()
    for day in range(-14, 400):
        if day in extra:
            logged.add(day)
        if is_due(norms, day, [*logged, *reminded]):
            reminded.append(day)
            if logs(day):
                logged.add(day)
    return reminded, logged


@quick
@given(some_norms(), st.frozensets(st.integers(0, 399)), st.frozensets(st.integers(0, 399)))
def test_never_two_reminders_within_an_interval(norms, answered, extra):
    reminded, _ = lived(norms, answered.__contains__, extra=extra)
    for earlier, later in pairwise(reminded):
        assert later - earlier >= norms.course.phase_on(later).check_in_every_days


@quick
@given(some_norms(), st.frozensets(st.integers(0, 399)))
def test_never_after_a_log_of_that_day_nor_outside_the_norms(norms, extra):
    reminded, _ = lived(norms, lambda day: True, extra=extra)
    assert not set(reminded) & extra
    assert all(0 <= day <= norms.last_day and norms.course.phase_on(day) for day in reminded)


@quick
@given(some_norms(), st.frozensets(st.integers(0, 399)))
def test_who_answers_in_time_is_asked_as_often_as_who_never_does(norms, answered):
    """No more mails for silence: who wants to leave it is not pressed."""
    assert lived(norms, answered.__contains__)[0] == lived(norms, lambda day: False)[0]


@quick
@given(some_norms())
def test_every_interval_is_asked_for(norms):
    """No check-in is left out: what lies between two reminders is never longer than its phase asks for."""
    reminded, _ = lived(norms, lambda day: True)
    for day in range(0, norms.last_day + 1):
        phase = norms.course.phase_on(day)
        if phase and day not in reminded:
            before = [other for other in reminded if other < day]
            assert before
            assert day - before[-1] < phase.check_in_every_days


@quick
@given(some_norms(), st.frozensets(st.integers(0, 399), max_size=12), st.integers(-5, 400))
def test_the_next_check_in_is_the_first_day_that_is_due(norms, logged, day):
    due = next((later for later in range(day, norms.last_day + 1) if is_due(norms, later, logged)), None)
    assert next_check_in(norms, day, logged) == due
