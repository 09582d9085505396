"""What the flags were worth, in a browser: enough flags for shares, at both widths, in both colours, on paper and without a mouse."""

from __future__ import annotations

import re

import pytest

from tests.e2e import looking, pages, steps, watching

pytestmark = pytest.mark.browser

# A clinic apart with a history of months, and a decision of every kind in turn.
BUSY = """
from django.core.management import call_command
from patients.models import Clinic, Review, User
from recovery.timeline.scale import Disposition
if not Clinic.objects.filter(name='Busy Clinic').exists():
    call_command('seed', recoveries=150, clinic='Busy Clinic', verbosity=0)
    kinds = list(Disposition)
    reviews = list(Review.objects.filter(clinic__name='Busy Clinic').order_by('pk'))
    for number, review in enumerate(reviews):
        review.disposition = kinds[number % len(kinds)].value
    Review.objects.bulk_update(reviews, ['disposition'])
print(User.objects.get(clinic__name='Busy Clinic', role='clinician').email)
"""
PATHS = [
    "/clinic/insights/?period=all",
    "/clinic/insights/",
    "/clinic/insights/flags/?period=all&rule=above_range&state=action",
    "/clinic/insights/check-ins/?period=all&step=day-4&logged=no",
]


@pytest.fixture
def busy(house, open_window, session_of):
    """The window of the busy clinic's clinician."""
    session = session_of(house.shell(BUSY).splitlines()[-1])

    def opened(width, **options):
        page = open_window(width, **options)
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": house.url}])
        return page

    return opened


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_insights_have_no_findings(busy, theme):
    page = busy(1280)
    steps.choose_theme(page, theme)
    found, bars = [], 0
    for path, go in map(pages.at, PATHS):
        go(page)
        bars += page.locator("svg.rng").count()
        for width in (768, 1280):
            page.set_viewport_size({"width": width, "height": watching.HEIGHTS[width]})
            found += [f"{path}, {width} px: {said}" for said in looking.overflow(page) + looking.axe_findings(page)]
    steps.choose_theme(page, "Light")
    assert found == []
    assert bars > 30


def test_a_refused_filter_is_said_accessibly_and_leads_back(busy):
    page = busy(1280, expect=[400])
    page.goto("/clinic/insights/flags/?rule=nonsense")
    assert "“nonsense” is not a rule of this page." in page.locator(".errors[role=alert]").inner_text()
    assert looking.axe_findings(page) == []
    page.get_by_role("link", name="Back to the last 90 days").click()
    page.wait_for_url("**/clinic/insights/")


def test_a_figure_leads_to_its_rows_by_keyboard_and_without_a_script(busy):
    page = busy(1280, java_script_enabled=False)
    page.goto("/clinic/insights/?period=all")
    figure = page.locator("#t-rule ~ * tbody tr").first.get_by_role("link").first
    flags = int(figure.inner_text().replace(",", ""))
    figure.press("Enter")
    page.wait_for_url("**/clinic/insights/flags/**")
    assert page.locator("h1").inner_text() == f"{flags} flags"
    assert page.locator("tbody tr").count() == 50
    page.get_by_label("Outcome").select_option("action")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**state=action**")
    assert int(page.locator("h1").inner_text().split()[0]) < flags


def test_it_prints_on_two_sheets_without_what_can_only_be_tapped(busy):
    page = busy(1280)
    page.goto("/clinic/insights/?period=all")
    assert max(int(number) for number in re.findall(rb"/Count (\d+)", page.pdf(format="A4"))) <= 2
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="Download as CSV").is_visible()
    assert page.get_by_role("heading", name="How this is counted").is_visible()
