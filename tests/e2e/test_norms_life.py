"""The life of a norm version in a browser: one cell changed and published, recoveries moved in batches, all of it undone."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e import pages
from tests.e2e.pictures import picture

pytestmark = pytest.mark.browser

MOST_CLICKS = 12
SLUG = "/norms/pen-deep/"
REASON = "Mild redness on day 6 is usual in our patients."
BIG = re.compile(r"(\d+)\s+becomes\s+(\d+) flagged logs")
FOLLOW = re.compile(r"(\d+) of (\d+) follow version \d+")
IN_FORCE = """
from patients.models import Band, NormVersion
version = NormVersion.objects.in_force().get(protocol__slug='pen-deep', protocol__clinic__name='{0} Clinic')
bands = Band.objects.filter(version=version, symptom='redness', first_day__gte=5).order_by('first_day')
print(version.number, version.reason, list(bands.values_list('first_day', 'last_day', 'high')), sep='|')
"""
# How many recoveries follow which version of the clinic's own, and how many moves the audit holds.
FOLLOWING = """
from collections import Counter
from patients.models import AuditEvent, Treatment
own = Treatment.objects.filter(clinic__name='{0} Clinic', protocol__clinic__isnull=False)
moves = AuditEvent.objects.filter(action='recovery moved', clinic__name='{0} Clinic').count()
print(dict(Counter(own.values_list('norm_version__number', flat=True))), moves)
"""
FLAGS = """
from patients.models import Flag
flags = Flag.objects.live().filter(log__treatment__clinic__name='{0} Clinic').order_by('log_id', 'rule', 'subject')
print(*flags.values_list('log_id', 'rule', 'subject', 'urgency', 'observed', 'distance', 'review_id'), sep=';')
"""


class Hand:
    """Does what a person does and counts it: a click is one, and what is typed at one go is another one."""

    def __init__(self, page) -> None:
        self.page, self.count = page, 0

    def click(self, locator) -> None:
        self.count += 1
        locator.click()

    def type(self, locator, text: str) -> None:
        self.click(locator)
        self.count += 1
        self.page.keyboard.type(text)


@pytest.fixture
def admin_of(house, open_window, session_of):
    """The window of the admin of a clinic with its own copy of the protocol."""

    def admin_of(name, width=1280, **options):
        page = open_window(width, **options)
        session = session_of(pages.norms_clinic(house, name))
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": house.url}])
        return page

    return admin_of


@pytest.fixture
def ask(house):
    return lambda question, name: house.shell(question.format(name))


def effect(page):
    """Flagged logs before and after, as the page says."""
    found = BIG.search(page.locator(".big").text_content())
    return int(found[1]), int(found[2])


def progress(page):
    found = FOLLOW.search(page.get_by_role("heading", name=FOLLOW).inner_text())
    return int(found[1]), int(found[2])


def publish(page, number, reason, *, is_moving=False):
    """With script, running recoveries are moved to the last one before the page says that it is done."""
    page.goto(f"{SLUG}publish/")
    page.get_by_label("Why these norms change").fill(reason)
    if is_moving:
        page.get_by_label("running recoveries too").check()
    page.get_by_role("button", name=f"Publish version {number}", exact=True).click()
    page.wait_for_url(lambda url: "/publish/" not in url)


def publish_an_edit(page, **options):
    """Redness 2 on days 6 and 7 becomes expected."""
    page.goto(SLUG)
    page.get_by_role("button", name="Edit these norms").click()
    for day in (6, 7):
        page.locator(f"#high-{day}").fill("2")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("text=Redness: saved.")
    publish(page, 2, REASON, **options)


def test_an_admin_changes_one_cell_reads_its_effect_and_publishes(admin_of, ask):
    page = admin_of("Northgate")
    page.goto("/norms/")
    hand, began = Hand(page), time.monotonic()
    hand.click(page.get_by_role("link", name="Pen over 1.5 mm"))
    hand.click(page.get_by_role("button", name="Edit these norms"))
    page.wait_for_url(f"**{SLUG}draft/")
    before = effect(page)
    hand.type(page.get_by_label("Redness, day 6, high"), "2")
    page.wait_for_selector("#effect .sheet")
    shown, rows = effect(page), page.locator("#effect tbody").inner_text()
    picture(page, "norms-draft", 1150)
    hand.click(page.get_by_role("button", name="Save", exact=True))
    hand.click(page.get_by_role("link", name="Publish version 2…"))
    hand.type(page.get_by_label("Why these norms change"), REASON)
    published = effect(page), page.locator("main tbody").inner_text()
    hand.click(page.get_by_role("button", name="Publish version 2", exact=True))
    page.wait_for_url(f"**{SLUG}")
    seconds = time.monotonic() - began
    print(f"\nOne cell changed, its effect read, published: {hand.count} clicks, {seconds:.1f} s")

    assert hand.count <= MOST_CLICKS
    assert before[0] == before[1] == shown[0] > shown[1]
    assert published == (shown, rows)
    assert "Redness 2, day 6" in rows
    assert ask(IN_FORCE, "Northgate") == f"2|{REASON}|[(5, 5, 2), (6, 6, 2), (7, 365, 1)]"
    assert ask(FOLLOWING, "Northgate") == "{} 0"


def test_moving_stops_and_goes_on_where_it_stopped(admin_of, ask):
    """Without script one batch a click; with it the batches follow each other."""
    page = admin_of("Westgate", java_script_enabled=False)
    publish_an_edit(page, is_moving=True)
    done, total = progress(page)
    assert (done, total > 100, ask(FOLLOWING, "Westgate")) == (50, True, "{2: 50} 50")
    page.get_by_role("button", name=f"{total - 50}").click()
    page.wait_for_selector("text=100 of")
    page.get_by_role("link", name="Stop here").click()
    page.wait_for_url("**/versions/")
    assert ask(FOLLOWING, "Westgate") == "{2: 100} 100"

    page = admin_of("Westgate")
    page.goto(f"{SLUG}versions/")
    page.get_by_role("link", name="Move recoveries").click()
    assert progress(page) == (100, total)
    page.get_by_role("button", name=f"Move {total - 100} recoveries").click()
    page.wait_for_url("**/versions/")
    assert "All running recoveries follow version 2." in page.locator("main").inner_text()
    assert ask(FOLLOWING, "Westgate") == f"{{2: {total}}} {total}"


def test_an_older_version_is_restored_and_every_flag_with_it(admin_of, ask):
    page = admin_of("Eastgate")
    at_first = ask(FLAGS, "Eastgate")
    publish_an_edit(page, is_moving=True)
    page.wait_for_url("**/versions/")
    edited = ask(FLAGS, "Eastgate")
    assert edited != at_first

    page.goto(f"{SLUG}versions/")
    page.get_by_role("button", name="Restore as a draft version 1").click()
    page.wait_for_url("**/diff/")
    assert "Redness, days 6 to 7" in page.locator("main").inner_text()
    page.get_by_role("link", name="Publish version 3…").click()
    publish(page, 3, "Back to what it was.", is_moving=True)
    page.wait_for_url("**/versions/")
    assert ask(IN_FORCE, "Eastgate") == "3|Back to what it was.|[(5, 5, 2), (6, 365, 1)]"
    assert ask(FLAGS, "Eastgate") == at_first
