"""The other tabs: who stands in them, in which order, how many, page by page."""

from datetime import timedelta

import pytest

from patients.actions.snoozes import snooze_recovery
from patients.exports import queue, tabs
from patients.exports.queue_filters import QueueFilters
from patients.models import Treatment
from recovery.timeline.scale import Disposition
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_review, a_treatment


def names(rows):
    return [row.name.split()[0] for row in rows]


@pytest.fixture
def clinic_day(clinician, travel_to):
    """Recoveries in every tab, at noon of TODAY."""
    travel_to(TREATED)
    found = {
        name: a_treatment(clinician, f"{name} Patient", TREATED) for name in ("open", "snoozed", "advised", "visit", "expected", "calm")
    }
    now = travel_to(TODAY)
    for name in ("open", "snoozed", "advised", "visit", "expected"):
        a_log(found[name], 4, breakouts=3, at=now - timedelta(hours=5))
    a_log(found["calm"], 4, at=now - timedelta(hours=5))
    a_review(found["advised"], clinician, Disposition.ADVICE, reply="Keep it moist.", at=now - timedelta(hours=3))
    a_review(found["visit"], clinician, Disposition.VISIT, at=now - timedelta(hours=2))
    a_review(found["expected"], clinician, Disposition.EXPECTED, at=now - timedelta(hours=1))
    snooze_recovery(by=clinician, treatment=found["snoozed"], until=TODAY + timedelta(days=2))
    return now


def test_who_stands_where(clinician, clinic_day):
    assert names(queue.page(clinician, clinic_day)) == ["open"]
    assert names(tabs.tab_page(clinician, "waiting", clinic_day)) == ["visit", "advised"]
    assert names(tabs.tab_page(clinician, "done", clinic_day)) == ["expected", "visit", "advised"]
    assert names(tabs.tab_page(clinician, "quiet", clinic_day)) == []
    later = clinic_day + timedelta(days=2)
    assert names(tabs.tab_page(clinician, "quiet", later)) == ["expected", "visit", "advised", "snoozed", "open", "calm"]


def test_the_counts_are_those_of_the_lists_in_one_query(clinician, other_treatment, clinic_day, django_assert_num_queries):
    a_log(other_treatment, 4, "fever", at=clinic_day)
    with django_assert_num_queries(1):
        counts = Treatment.objects.visible_to(clinician).tab_counts(clinic_day)
    assert counts == {"needs_review": 1, "snoozed": 1, "waiting": 2, "quiet": 0, "done": 3}
    later = Treatment.objects.visible_to(clinician).tab_counts(clinic_day + timedelta(days=3))
    assert later == {"needs_review": 2, "snoozed": 0, "waiting": 2, "quiet": 6, "done": 3}


def test_an_empty_clinic_counts_nothing(clinician, clinic_day, other_clinician):
    assert set(Treatment.objects.visible_to(other_clinician).tab_counts(clinic_day).values()) == {0}


def test_a_long_list_is_not_counted_to_its_end(clinician, clinic_day):
    assert Treatment.objects.visible_to(clinician).tab_counts(clinic_day, most=2)["done"] == 3
    assert Treatment.objects.visible_to(clinician).tab_counts(clinic_day, most=1)["done"] == 2


@pytest.mark.parametrize("tab", tabs.TABS)
@pytest.mark.parametrize("length", [1, 2, 3])
def test_every_row_is_met_once(clinician, clinic_day, monkeypatch, tab, length):
    now = clinic_day + timedelta(days=2)
    whole = names(tabs.tab_page(clinician, tab, now))
    monkeypatch.setattr(tabs, "PAGE", length)
    met, after = [], None
    while True:
        found = tabs.tab_page(clinician, tab, now, after)
        met += names(found[:length])
        if len(found) <= length:
            break
        after = tabs.read_tab_place(tabs.write_tab_place(tabs.tab_place(tab, found[length - 1])))
    assert met == whole != []


@pytest.mark.parametrize(
    "place", ["", "x", "2_2026-01-01T00:00:00+00:00_1", "1_2026-01-01T00:00:00_1", "1_2026-13-01T00:00:00+00:00_1", "1_x_1"]
)
def test_a_place_that_no_page_gave(place):
    try:
        found = tabs.read_tab_place(place)
    except ValueError:
        found = None
    assert found is None


def test_filters_narrow_them_too(clinician, clinic_day):
    assert names(tabs.tab_page(clinician, "done", clinic_day, None, QueueFilters(text="visit"))) == ["visit"]


def test_a_row_says_what_the_tab_is_about(clinician, clinic_day):
    row = tabs.tab_page(clinician, "quiet", clinic_day + timedelta(days=2))[0]
    assert (row.day(clinic_day), row.protocol, row.reviewed_by) == (4, "Pen 0.5–1.5 mm", "Mira Osei")
    assert row.silence(clinic_day + timedelta(days=2)) == "no log since day 4, which was flagged; missed 12 h ago"


def test_the_review_to_undo_is_the_newest_that_stands_in_one_query(clinician, clinic_day, django_assert_num_queries):
    rows = tabs.tab_page(clinician, "done", clinic_day)
    with django_assert_num_queries(1):
        reviews = tabs.newest_reviews(rows)
        assert [reviews[row.pk].disposition for row in rows] == ["expected", "visit", "advice"]


def test_nobody_of_another_clinic(other_clinician, clinic_day):
    assert [tabs.tab_page(other_clinician, tab, clinic_day + timedelta(days=9)) for tab in tabs.TABS] == [[], [], []]
