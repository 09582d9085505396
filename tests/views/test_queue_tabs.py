"""The tabs of the queue, its filters in the address, those kept under a name, and what is new."""

from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from patients.actions.snoozes import assign_recovery, snooze_recovery
from patients.models import AuditEvent, Role
from recovery.timeline.scale import Disposition
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_member, a_photo, a_review, a_treatment
from tests.pages import filled_in, item, items, page, text

URL, NEWS = reverse("queue"), reverse("queue-news")
NAMES = ("Ana Ferreira", "Bo Lind", "Cleo Sand", "Dora Holm", "Eva Krog")


def names_on(response):
    said = text(response)
    return [name for name in NAMES if name in said]


@pytest.fixture
def people(clinician, frozen):
    """One in each tab, one snoozed, one urgent."""
    found = {name: a_treatment(clinician, name, TREATED) for name in NAMES}
    at = frozen - timedelta(hours=5)
    for name in NAMES[:4]:
        a_log(found[name], 4, breakouts=3, at=at)
    a_log(found["Eva Krog"], 4, "fever", at=at)
    snooze_recovery(by=clinician, treatment=found["Bo Lind"], until=TODAY + timedelta(days=2))
    a_review(found["Cleo Sand"], clinician, Disposition.VISIT, at=frozen - timedelta(hours=2))
    a_review(found["Dora Holm"], clinician, Disposition.EXPECTED, at=frozen - timedelta(hours=1))
    return found


@pytest.mark.parametrize(
    "query, names",
    [
        ("", ["Ana Ferreira", "Eva Krog"]),
        ("snoozed=1", ["Bo Lind"]),
        ("tab=waiting", ["Cleo Sand"]),
        ("tab=quiet", []),
        ("tab=done", ["Cleo Sand", "Dora Holm"]),
        ("urgency=urgent", ["Eva Krog"]),
        ("text=ferr", ["Ana Ferreira"]),
        ("tab=done&text=dora", ["Dora Holm"]),
        ("urgency=emergency", []),
    ],
)
def test_each_shows_its_own(as_clinician, people, query, names):
    assert names_on(as_clinician.get(f"{URL}?{query}")) == names


def test_the_counts_are_said_and_the_snoozed_are_reachable(as_clinician, people):
    response = as_clinician.get(URL)
    assert "Needs review 2 Waiting for patient 1 Gone quiet 0 Done 2" in text(response)
    assert "1 snoozed, show them" in text(response)
    assert "/clinic/?snoozed=1" in page(response).links


def test_a_snoozed_row_says_until_when(as_clinician, people):
    assert "Snoozed until Fri 20 Mar" in item(as_clinician.get(f"{URL}?snoozed=1"), "Bo Lind")


def test_who_is_quiet_is_listed_with_why(signed_in, clinician, people, travel_to):
    travel_to(TODAY + timedelta(days=2))
    said = text(signed_in(clinician).get(f"{URL}?tab=quiet"))
    assert "no log since day 4, which was flagged; missed 12 h ago" in said
    assert "Send a nudge" in said


def test_done_says_what_was_decided_by_whom(as_clinician, people):
    said = text(as_clinician.get(f"{URL}?tab=done"))
    assert "Dora Holm Day 4, pen 0.5–1.5 mm Expected for this patient Today, 11:00, Mira Osei Undo" in said


@pytest.mark.parametrize("tab", ["waiting", "done"])
def test_a_tab_is_gone_through_page_by_page_with_its_filters(as_clinician, people, monkeypatch, tab):
    monkeypatch.setattr("patients.exports.tabs.PAGE", 1)
    first = as_clinician.get(f"{URL}?tab={tab}&text=o")
    following = [link for link in page(first).links if "after=" in link]
    if tab == "waiting":
        assert following == []
        return
    assert ("tab=done" in following[0], "text=o" in following[0]) == (True, True)
    assert (names_on(first), names_on(as_clinician.get(URL + following[0]))) == (["Dora Holm"], ["Cleo Sand"])


def test_a_row_says_whose_it_is_and_that_its_log_was_amended(as_clinician, clinician, clinic, people, frozen):
    colleague = a_member(clinic, Role.CLINICIAN, "Jonas Lind")
    assign_recovery(by=colleague, treatment=people["Ana Ferreira"])
    assign_recovery(by=clinician, treatment=people["Eva Krog"])
    a_log(people["Ana Ferreira"], 4, breakouts=3, swelling=1, at=frozen - timedelta(minutes=30))
    response = as_clinician.get(URL)
    assert "With Jonas Lind" in item(response, "Ana Ferreira")
    assert "Day 4 amended today, 11:30" in item(response, "Ana Ferreira")
    assert "Yours" in item(response, "Eva Krog")
    assert "amended" not in item(response, "Eva Krog")


def test_a_row_shows_the_newest_photo_from_the_front_and_an_empty_place_without_one(as_clinician, people):
    ana = people["Ana Ferreira"]
    earlier, today = a_log(ana, 3).log, ana.logs.get(day=4)
    a_photo(earlier)
    a_photo(today, "left")
    newest = a_photo(today, "front")
    content = as_clinician.get(URL).content.decode()
    assert content.count("<img ") == 1
    assert f'<img src="{reverse("photo-thumb", args=[newest.uuid])}" width="52" height="62" alt="Photo of day 4" loading="lazy">' in content
    assert content.count('class="nophoto"') == 1


class TestAnAddressThatAsksForWhatIsNotThere:
    @pytest.mark.parametrize(
        "given, says",
        [
            ({"urgency": "purple"}, "“purple” is no urgency. Choose one of the list, or clear the filter."),
            ({"clinician": "me"}, "“me” is no clinician of this clinic."),
            ({"protocol": "laser"}, "“laser” is no protocol of this clinic."),
            ({"phase": "x"}, "“x” is no phase of the timeline."),
            ({"text": "x" * 81}, "Search for a part of the name, up to 80 letters."),
            ({"snoozed": "yes"}, "“yes” is not a choice for snoozed rows."),
            ({"tab": "all"}, "“all” is no part of the queue. Choose one of the tabs."),
            ({"tab": "done", "after": "x"}, "This page of the queue does not exist."),
            ({"tab": "done", "after": ""}, "This page of the queue does not exist."),
        ],
    )
    def test_it_is_refused_with_a_sentence_and_no_row(self, as_clinician, people, given, says):
        response = as_clinician.get(f"{URL}?{urlencode({'text': 'Ana'} | given)}")
        assert response.status_code == 400
        assert says in text(response)
        assert names_on(response) == []
        assert filled_in(response)["text"] == [given.get("text", "Ana")]

    def test_a_row_that_is_not_here_any_more_is_passed_over(self, as_clinician, people):
        for on in (people["Dora Holm"].uuid, "x", ""):
            assert item(as_clinician.get(f"{URL}?on={on}"), "Reviewed, next").startswith("Urgent Eva Krog")


class TestSavedFilters:
    def test_one_is_saved_opened_and_deleted(self, as_clinician, people, clinician):
        response = as_clinician.post(reverse("filter-save"), {"name": "Urgent", "query": "urgency=urgent"}, follow=True)
        assert response.redirect_chain == [(f"{URL}?urgency=urgent", 302)]
        assert "/clinic/?urgency=urgent" in page(as_clinician.get(URL)).links
        as_clinician.post(reverse("filter-delete"), {"name": "Urgent"})
        assert clinician.saved_filters.count() == 0

    @pytest.mark.parametrize(
        "name, query, says",
        [
            ("", "urgency=urgent", "Give the filter a name of up to 40 letters."),
            ("x" * 41, "urgency=urgent", "Give the filter a name of up to 40 letters."),
            ("All", "", "Nothing is filtered yet."),
        ],
    )
    def test_what_cannot_be_saved_is_said_and_the_name_kept(self, as_clinician, people, clinician, name, query, says):
        response = as_clinician.post(reverse("filter-save"), {"name": name, "query": query})
        assert says in text(response)
        assert clinician.saved_filters.count() == 0
        if query:
            assert filled_in(response)["name"] == [name]

    def test_an_unknown_value_is_not_saved(self, as_clinician, clinician):
        response = as_clinician.post(reverse("filter-save"), {"name": "Odd", "query": "urgency=purple"})
        assert "“purple” is no urgency." in text(response)
        assert clinician.saved_filters.count() == 0


def asked(browser, since, **filters):
    return browser.get(f"{NEWS}?{urlencode({'since': since} | filters)}")


class TestNews:
    def test_what_came_in_since_is_counted_and_said(self, as_clinician, people, clinician, frozen):
        since = (frozen - timedelta(minutes=12)).isoformat()
        assert asked(as_clinician, since).json() == {"count": 0, "said": ""}
        a_log(a_treatment(clinician, "Fay Moss", TREATED), 4, redness=3, at=frozen - timedelta(minutes=2))
        assert asked(as_clinician, since).json() == {"count": 1, "said": "1 new since 11:48, show them"}
        assert asked(as_clinician, since, urgency="urgent").json()["count"] == 0

    def test_the_page_asks_with_its_own_moment_and_filters(self, as_clinician, people, clinician):
        content = as_clinician.get(f"{URL}?urgency=watch").content.decode()
        assert f'data-ask="{NEWS}?urgency=watch&amp;since=2026-03-18T12%3A00%3A00%2B00%3A00"' in content

    @pytest.mark.parametrize("since", ["", "x", "2026-03-18", "2026-03-18T12:00:00", "2026-03-18T12:00:00+01:00", "\0"])
    def test_a_moment_that_no_page_gave_is_refused(self, as_clinician, since):
        assert asked(as_clinician, since).status_code == 400

    def test_a_filter_that_is_unknown_is_refused(self, as_clinician):
        assert asked(as_clinician, "2026-03-18T12:00:00+00:00", urgency="purple").status_code == 400

    def test_asking_prolongs_no_session_and_is_written_nowhere(self, as_clinician, people, frozen):
        ends, events = Session.objects.get().expire_date, AuditEvent.objects.count()
        response = asked(as_clinician, frozen.isoformat())
        assert response.status_code == 200
        assert response.cookies == {}
        assert (Session.objects.get().expire_date, AuditEvent.objects.count()) == (ends, events)

    def test_nothing_of_another_clinic(self, as_clinician, other_treatment, frozen):
        a_log(other_treatment, 4, redness=3, at=frozen)
        assert asked(as_clinician, (frozen - timedelta(hours=1)).isoformat()).json()["count"] == 0


def test_overdue_is_part_of_the_rank_that_is_said(clinician, people, signed_in, travel_to):
    travel_to(TODAY + timedelta(days=2), time(21))
    rank = next(entry for entry in items(signed_in(clinician).get(URL)) if "Ana Ferreira" in entry)
    assert "Rank: watch 3 h overdue 1 above the range waiting 2 days" in rank
    assert datetime(2026, 3, 20, 21, tzinfo=UTC) > people["Ana Ferreira"].recorded_at


@pytest.mark.parametrize("query", ["", "tab=waiting", "tab=quiet", "tab=done", "snoozed=1"])
def test_no_tab_costs_more_with_more_rows(clinician, signed_in, travel_to, query, django_assert_max_num_queries):
    found, there = [], 0
    for rows in (1, 3):
        for number in range(there, rows):
            travel_to(TREATED)
            treatment = a_treatment(clinician, f"Patient {number}", TREATED)
            travel_to(TODAY)
            a_log(treatment, 4, breakouts=3)
            if query in ("tab=waiting", "tab=done"):
                a_review(treatment, clinician, Disposition.VISIT)
            elif query == "snoozed=1":
                snooze_recovery(by=clinician, treatment=treatment, until=TODAY + timedelta(days=9))
        there = rows
        travel_to(TODAY + timedelta(days=3))
        browser = signed_in(clinician)
        with django_assert_max_num_queries(12) as captured:
            response = browser.get(f"{URL}?{query}")
        assert [f"Patient {number}" in text(response) for number in range(3)] == [number < rows for number in range(3)]
        found.append(len(captured))
    assert found[0] == found[1]
