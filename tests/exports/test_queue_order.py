"""The order of the queue: the database's is that of recovery.timeline.rank, page by page, whatever happens in between."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is a development dependency; test_queue_paging.py holds cases by hand")

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.exports import queue
from patients.models import Treatment
from recovery.timeline.rank import rank_key
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_treatment

# Few values each, so that rows are tied in every part.
ROWS = st.tuples(st.sampled_from([2, 3, 4]), st.booleans(), st.integers(-2, 2), st.integers(0, 3), st.integers(0, 2))
LENGTH = 3


@dataclass
class Walk:
    """A clinician going through the pages, each of three rows."""

    user: object
    now: object

    def pages(self):
        after = None
        while True:
            found = queue.page(self.user, self.now, after)
            shown = found[:LENGTH]
            yield [row.pk for row in shown]
            if len(found) <= LENGTH:
                return
            after = queue.read_place(queue.write_place(queue.place_of(shown[-1], self.now)))


@pytest.fixture
def treatments(clinician, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", LENGTH)
    return [a_treatment(clinician, f"P{number} Patient", TREATED) for number in range(10)]


def store(treatments, rows, now):
    """The open state as given: due and since in hours around now."""
    for treatment, (urgency, asked, due, distance, since) in zip(treatments, rows, strict=False):
        Treatment.objects.filter(pk=treatment.pk).update(
            open_urgency=urgency,
            open_asked=asked,
            open_distance=distance,
            open_since=now - timedelta(hours=since),
            answer_due=now + timedelta(hours=due),
        )


def in_order(now):
    return [t.pk for t in sorted(Treatment.objects.filter(open_urgency__gt=0), key=lambda t: rank_key(t, now))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=10))
def test_every_row_is_met_once_in_the_order_of_the_rank(treatments, clinician, frozen, rows):
    with transaction.atomic():
        store(treatments, rows, frozen)
        met = [pk for page in Walk(clinician, frozen).pages() for pk in page]
        assert met == in_order(frozen)
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=4, max_size=10), reviewed=st.lists(st.integers(0, 9), max_size=4))
def test_reviews_in_between_skip_and_repeat_nobody(treatments, clinician, frozen, rows, reviewed):
    """After each page one row, met or not, leaves the queue, and time passes."""
    with transaction.atomic():
        store(treatments, rows, frozen)
        order, met, gone = in_order(frozen), [], []
        for page in Walk(clinician, frozen).pages():
            met += page
            if len(gone) < len(reviewed):
                gone.append(treatments[reviewed[len(gone)]].pk)
                state = {"open_urgency": 0, "open_asked": False, "open_distance": 0, "open_since": None, "answer_due": None}
                Treatment.objects.filter(pk=gone[-1]).update(**state)
        assert met == [pk for pk in order if pk in met]
        assert set(order) - set(gone) <= set(met)
        transaction.set_rollback(True)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=10))
def test_the_neighbours_of_a_row_are_those_of_the_list(treatments, clinician, frozen, rows):
    with transaction.atomic():
        store(treatments, rows, frozen)
        order = [None, *(Treatment.objects.get(pk=pk) for pk in in_order(frozen)), None]
        for before, row, after in zip(order, order[1:], order[2:], strict=False):
            assert queue.neighbours(clinician, row, frozen) == (before and before.uuid, after and after.uuid)
        transaction.set_rollback(True)


def test_the_order_is_found_in_the_index(treatments, clinician, frozen):
    """SQLite names the index; only what is tied in urgency and request is sorted."""
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("the plan in words is SQLite's")
    plan = queue.waiting(clinician, frozen).first_things_first(frozen).values_list("pk", flat=True)[:51].explain()
    assert "USING COVERING INDEX treatment_queue" in plan
    # As different versions of SQLite put it.
    assert re.search(r"USE TEMP B-TREE FOR (RIGHT PART|LAST \d TERMS) OF ORDER BY", plan)


def test_the_neighbours_are_found_in_the_index_alone(treatments, clinician, frozen, django_assert_num_queries):
    from django.db import connection

    store(treatments, [(2, False, -1, n % 4, n) for n in range(10)], frozen)
    row = Treatment.objects.get(pk=in_order(frozen)[4])
    with django_assert_num_queries(2):
        queue.neighbours(clinician, row, frozen)
    if connection.vendor != "sqlite":
        pytest.skip("the plan in words is SQLite's")
    found, place = queue.waiting(clinician, frozen), queue.place_of(row, frozen)
    for rows in (next(found.next_ahead(place)), next(found.next_behind(place))):
        plan = rows.values("pk")[:1].explain()
        assert re.search(r"SEARCH \w+ USING COVERING INDEX treatment_queue \(clinic_id=\? AND ", plan), plan


class TestNews:
    def test_a_flag_raised_since_is_news(self, treatments, clinician, frozen):
        a_log(treatments[0], 4, redness=3, at=frozen - timedelta(minutes=5))
        a_log(treatments[1], 4, redness=3, at=frozen + timedelta(minutes=5))
        a_log(treatments[2], 4, at=frozen + timedelta(minutes=5))
        found = queue.waiting(clinician, frozen).with_news_since(frozen)
        assert [t.pk for t in found] == [treatments[1].pk]

    def test_so_is_something_worse_in_a_row_that_was_there(self, treatments, clinician, frozen):
        a_log(treatments[0], 4, redness=3, at=frozen - timedelta(minutes=5))
        a_log(treatments[0], 4, redness=4, at=frozen + timedelta(minutes=5))
        assert queue.waiting(clinician, frozen).with_news_since(frozen).count() == 1

    def test_nothing_of_another_clinic(self, other_treatment, clinician, frozen):
        a_log(other_treatment, 4, redness=3, at=frozen + timedelta(minutes=5))
        assert not queue.waiting(clinician, frozen).with_news_since(frozen - timedelta(days=1)).exists()


def test_what_is_overdue_rises_above_what_is_further_out(clinician, travel_to):
    near, far = (a_treatment(clinician, name, TREATED) for name in ("Ana Near", "Bo Far"))
    a_log(near, 3, redness=3, at=travel_to(TODAY - timedelta(days=1)))
    now = travel_to(TODAY)
    a_log(far, 4, redness=3, at=now)
    Treatment.objects.filter(pk=far.pk).update(open_urgency=2, open_distance=3, answer_due=now + timedelta(days=9))
    names = {near.pk: "near", far.pk: "far"}
    due = Treatment.objects.get(pk=near.pk).answer_due
    assert [names[row.pk] for row in queue.page(clinician, due)] == ["far", "near"]
    assert [names[row.pk] for row in queue.page(clinician, due + timedelta(seconds=1))] == ["near", "far"]
