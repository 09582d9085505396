"""The queue page by page: every row once, whatever comes in between, at a cost that does not grow."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from patients.exports.queue import PAGE
from tests.conftest import TREATED
from tests.factories import a_log, a_review, a_treatment
from tests.pages import items, page, text

URL = reverse("queue")
NOW = "2026-01-01T00:00:00+00:00"


def fill(clinician, rows, minute=0):
    """Recoveries of every urgency, tied in threes but for their ids."""
    kinds = [{"redness": 3}, {"signs": "fever"}, {"asked": True}, {"redness": 3}, {"signs": "breathing"}]
    return [
        a_log(
            a_treatment(clinician, f"Patient-{number:03}", TREATED),
            4,
            at=datetime(2026, 3, 18, 8, minute + number // 3 % 2, tzinfo=UTC),
            **kinds[number // 6 % len(kinds)],
        ).log.treatment
        for number in range(rows)
    ]


def names_on(response):
    """The first of each row: the name stands in what can be done about it, too."""
    found = [[word for word in entry.split() if word.startswith("Patient-")] for entry in items(response)]
    return [words[0] for words in found if words]


def next_page(browser, response):
    link = next((link for link in page(response).links if link.startswith("?after=") and "on=" not in link), "")
    return browser.get(URL + link) if link else None


def walk(browser):
    """The names on each page, following the link as a person does."""
    response = browser.get(URL)
    while response is not None:
        yield names_on(response)
        response = next_page(browser, response)


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("rows", [1, 5, 10, 31])
def test_every_row_is_met_once_in_the_order_of_one_page(as_clinician, clinician, monkeypatch, rows, length):
    fill(clinician, rows)
    whole = names_on(as_clinician.get(URL))
    monkeypatch.setattr("patients.exports.queue.PAGE", length)
    pages = list(walk(as_clinician))
    assert [name for names in pages for name in names] == whole
    assert [len(names) for names in pages] == [length] * (rows // length) + ([rows % length] if rows % length else [])


def test_a_row_reviewed_meanwhile_moves_nobody(as_clinician, clinician, monkeypatch):
    monkeypatch.setattr("patients.exports.queue.PAGE", 3)
    treatments = fill(clinician, 7)
    first = as_clinician.get(URL)
    reviewed = next(t for t in treatments if t.patient.user.name == names_on(first)[0])
    a_review(reviewed, clinician)
    later = next_page(as_clinician, first)
    assert not set(names_on(first)) & set(names_on(later))
    assert len(names_on(later)) == 3


def test_past_the_last_row_it_says_so(as_clinician, clinician):
    fill(clinician, 1)
    place = urlencode({"after": f"2_0_0_0_2030-01-01T00:00:00+00:00_1_{NOW}"})
    assert "No more rows. Back to the first" in text(as_clinician.get(f"{URL}?{place}"))


def test_a_full_page_holds_fifty_and_the_count_is_of_all(as_clinician, clinician):
    fill(clinician, PAGE + 1)
    response = as_clinician.get(URL)
    assert len(names_on(response)) == PAGE == 50
    assert "51 need review." in text(response)


def test_a_long_queue_is_not_counted_to_its_end(as_clinician, clinician, monkeypatch):
    monkeypatch.setattr("patients.exports.queue_page.COUNTED_UP_TO", 2)
    fill(clinician, 4)
    assert "2+ need review." in text(as_clinician.get(URL))


@pytest.mark.parametrize(
    "place",
    [
        *("", "x", "1", f"2_0_0_0_x_1_{NOW}", f"2_0_0_0_{NOW}_1", f"2_0_0_0_{NOW}_x_{NOW}", f"2_0_0_0_{NOW}_1_1_{NOW}"),
        *(
            f"9_0_0_0_{NOW}_1_{NOW}",
            f"2_7_0_0_{NOW}_1_{NOW}",
            f"2_0_2_0_{NOW}_1_{NOW}",
            f"2_0_0_-1_{NOW}_1_{NOW}",
            f"2_0_0_9999_{NOW}_1_{NOW}",
        ),
        *(
            f"2_0_0_0_2026-01-01T00:00:00_1_{NOW}",
            f"2_0_0_0_0001-01-01T00:00:00+23:59_1_{NOW}",
            f"4_0_0_9_{NOW}_1_0001-01-01T00:00:00+00:00",
            f"4_0_0_9_{NOW}_1_9999-12-31T23:59:59+00:00",
            f"2_0_0_0_{NOW}_1_2026-13-01T00:00:00+00:00",
        ),
        *(
            f"2_0_0_0_{NOW}_1_2026-01-01T00:00:00",
            f"２_0_0_0_{NOW}_1_{NOW}",
            f"2_0_0_0_{NOW}_-1_{NOW}",
            f"2_0_0_0_{NOW}_{'9' * 30}_{NOW}",
            "\x00",
        ),
    ],
)
def test_a_place_that_no_page_gave_is_refused_with_a_sentence(as_clinician, place):
    response = as_clinician.get(f"{URL}?{urlencode({'after': place})}")
    assert response.status_code == 400
    assert "This page of the queue does not exist. Open the queue from its first page." in text(response)


def test_it_costs_the_same_at_1_3_and_50_rows(as_clinician, clinician, django_assert_max_num_queries):
    found, there = {}, 0
    for rows in (1, 3, 50):
        fill(clinician, rows - there)
        there = rows
        with django_assert_max_num_queries(12) as captured:
            assert len(names_on(as_clinician.get(URL))) == rows
        found[rows] = len(captured)
    assert found[1] == found[3] == found[50]
