"""The same recovery page on day 2, on day 40 of a second session, in month 5 and past a year: on a phone, in both themes."""

from __future__ import annotations

import gzip
import re
from itertools import count

import pytest

from tests.e2e import steps, timelines
from tests.e2e.looking import axe_findings, overflow, small_targets

pytestmark = pytest.mark.browser
NUMBERS = count(1)

# Name, sessions, days with photos, what is certain to be on the page.
LIVES = [
    ("Day Two", timelines.DAY_2, (), ["What is usual today", "Initial healing", "Your next check-in is due tomorrow"]),
    ("Second Session", timelines.TWO_SESSIONS, (3, 14), ["Collagen building", "session 1, same day", "Earlier sessions"]),
    ("Month Five", timelines.MONTH_5, (), ["Log day 150", "Results maturing", "Touch-up window", "no special care"]),
    ("Past A Year", timelines.PAST_A_YEAR, (), ["Log day 400", "no usual values to compare", "past the last phase"]),
]


@pytest.fixture
def recovering(house, session_of, open_window):
    """The window of a patient with this life behind them."""

    def recovering(name, sessions, photos=(), theme="Light"):
        email = timelines.make(house, name, f"{name.lower().replace(' ', '')}{next(NUMBERS)}@demo.example", sessions, photos)
        page = open_window(390)
        page.context.add_cookies([{"name": "sessionid", "value": session_of(email), "url": house.url}])
        if theme != "Light":
            steps.choose_theme(page, theme)
        return page

    return recovering


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("name, sessions, photos, said", LIVES, ids=[life[0] for life in LIVES])
def test_the_page_serves_every_day_of_it(recovering, name, sessions, photos, said, theme):
    page = recovering(name, sessions, photos, theme)
    page.goto("/recovery/")
    seen = page.locator("main").inner_text()
    assert [words for words in said if words not in seen] == []
    assert page.locator("h1").count() == 1
    for summary in page.locator("main summary").all():
        summary.click()
    assert axe_findings(page) + overflow(page) + small_targets(page) == []


def test_a_photo_of_the_same_day_of_the_first_session_leads_to_the_comparison(recovering):
    first, second = [(0, 3), (1, 3), (3, 2)], [(0, 3), (3, 2)]
    page = recovering("Series Photos", [(44, first), (4, second)], (3,))
    page.goto("/recovery/")
    page.get_by_role("link", name="Session 1, front").click()
    page.wait_for_url("**/photos/?view=front&first=1-3&second=2-3")
    assert page.locator(".shot img").count() == 2
    assert page.get_by_role("link", name="Emergency 999").is_visible()


def test_the_dates_of_the_next_session_are_a_calendar_file(recovering):
    page = recovering("Calendar Keeper", timelines.DAY_2)
    page.goto("/recovery/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Add these dates to your calendar").click()
    event = download.value.path().read_bytes().decode()
    assert download.value.suggested_filename == "next-appointment.ics"
    assert f"DTSTART;VALUE=DATE:{steps.days_ago(2 - 28):%Y%m%d}\r\n" in event
    assert f"DTEND;VALUE=DATE:{steps.days_ago(2 - 43):%Y%m%d}\r\n" in event


def test_a_second_visit_asks_for_little(recovering):
    """What comes over the line once styles and scripts are kept; the server in front compresses."""
    page = recovering("Light Traveller", timelines.TWO_SESSIONS)
    page.goto("/recovery/")
    answer = page.goto("/recovery/")
    weight = len(gzip.compress(answer.body()))
    print(f"\nthe recovery page: {len(answer.body())} bytes, {weight} compressed")
    assert weight <= 15_000
    assert re.search(r'class="earlier"', page.content())
