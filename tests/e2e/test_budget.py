"""What the pages of a phone weigh and how still they stand, in a real browser against the server as shipped."""

from __future__ import annotations

import pytest

from tests.e2e import steps
from tests.pictures.scene import jpeg, scene

pytestmark = pytest.mark.browser
FIRST_LOAD, LATER = 90_000, 15_000  # bytes over the network
LATE = 500  # milliseconds by which the pictures are late
ALL_THERE = "[...document.querySelectorAll('main img')].every(i => i.complete && i.naturalWidth > 0)"
MOST_SHIFT = 0.001
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => sum += e.value)).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 300);
})"""
# Days 0 to 7, each entered on its own evening; what is asked of the page is asked as if the week had passed.
WEEK = """
from datetime import datetime, time
from zoneinfo import ZoneInfo
from django.utils import timezone
from patients.models import *
from patients.actions.logs import Said, record_log
t = Treatment.objects.with_people().get(patient__user__email='{email}')
for day in range(8):
    evening = datetime.combine(t.date_of(day), time(19), ZoneInfo('Europe/London'))
    ratings = dict(redness=max(0, 3 - day), swelling=max(0, 2 - day), flaking=day % 3, breakouts=0, itching=1)
    record_log(by=t.patient.user, treatment=t, when=t.date_of(day), said=Said(ratings, note='Slept.'), now=min(evening, timezone.now()))
"""


class Wire:
    """What a page fetched: bytes by address as they came over the network, heads of the answers included."""

    def __init__(self, page) -> None:
        self.page, self.bytes, self.cached = page, dict[str, int](), set[str]()
        self._names = dict[str, str]()
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("Network.enable")
        self.cdp.on("Network.requestWillBeSent", lambda e: self._names.update({e["requestId"]: e["request"]["url"]}))
        self.cdp.on("Network.requestServedFromCache", lambda e: self.cached.add(self._names[e["requestId"]]))
        self.cdp.on("Network.loadingFinished", lambda e: self._add(e["requestId"], int(e["encodedDataLength"])))

    def _add(self, request: str, size: int) -> None:
        url = self._names.get(request)
        if url is not None:  # else the page before asked for it
            self.bytes[url] = self.bytes.get(url, 0) + size

    def forget(self) -> None:
        self.bytes.clear()

    def open(self, path: str) -> dict[str, int]:
        self.forget()
        self.page.goto(path)
        self.page.wait_for_load_state("networkidle")
        return {url.partition("://")[2].partition("/")[2]: size for url, size in self.bytes.items()}


@pytest.fixture
def week(house, new_patient):
    """A patient on day 7 with eight logs and three photos of today."""
    page = new_patient("Runa Week", day=7)
    house.shell(WEEK.format(email=steps.address_of(page)))
    add_photos(page, "front", "left", "right")
    return page


def add_photos(page, *views: str, ago: int = 0) -> None:
    page.goto(f"/log/{steps.days_ago(ago)}/")
    steps.allow_photos(page)
    for view in views:
        page.locator(f"#photo-{view}").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(scene(1500, 2000))})
    steps.save(page)
    page.wait_for_url("**/saved/")


def kilobytes(found: dict[str, int]) -> str:
    return f"{sum(found.values()) / 1000:.1f} kB"


def test_the_first_load_of_the_log_weighs_little(new_patient):
    page = new_patient()
    wire = Wire(page)
    found = wire.open("/log/")
    print(f"\nfirst load of /log/: {kilobytes(found)}")
    for path, size in sorted(found.items(), key=lambda pair: -pair[1]):
        print(f"  {size:6} {path}")
    print(f"first contentful paint: {page.evaluate(PAINT):.0f} ms")
    styles = [size for path, size in found.items() if path.endswith(".css")]
    assert (len(styles), min(styles) > 1000) == (2, True)
    assert sum(found.values()) <= FIRST_LOAD


def test_pages_after_it_weigh_less(week):
    wire = Wire(week)
    wire.open("/log/")
    today = steps.days_ago(0)
    print()
    for name, path in {
        "log of day 7": "/log/",
        "answer": f"/log/{today}/saved/",
        "recovery": "/recovery/",
        "settings": "/settings/",
    }.items():
        found = wire.open(path)
        pictures = {path: size for path, size in found.items() if path.startswith("photos/")}
        others = {path: size for path, size in found.items() if path not in pictures}
        print(f"{name}: {kilobytes(others)}, {len(pictures)} thumbnails {kilobytes(pictures)}")
        assert others[path.removeprefix("/")] > 500  # the page itself came, and was measured
        assert sum(others.values()) <= LATER, others
        if name in ("log of day 7", "answer"):
            assert len(pictures) == 3


def test_a_day_that_is_sent_weighs_as_little(new_patient):
    """Saving and its answer, as the phone sees them."""
    page = new_patient()
    wire = Wire(page)
    wire.open("/log/")
    steps.answer_all(page)
    wire.forget()
    steps.save(page)
    page.wait_for_url("**/saved/")
    page.wait_for_load_state("networkidle")
    print(f"\nsaving: {kilobytes(wire.bytes)}")
    assert 1000 < sum(wire.bytes.values()) <= LATER


def test_nothing_moves_when_pictures_come_late(week):
    add_photos(week, "front", ago=1)
    today, found = steps.days_ago(0), {}
    week.goto("/recovery/")
    compare = week.get_by_role("link", name="Compare two days").get_attribute("href")
    assert compare
    held = []
    week.route("**/photos/*-*/**", lambda route: held.append(route))
    for name, path in {"log": "/log/", "answer": f"/log/{today}/saved/", "recovery": "/recovery/", "compare": compare}.items():
        week.goto(path, wait_until="domcontentloaded")
        # In sight before they arrive: what moves out of sight is no shift.
        for photo in week.locator("main img").all():
            photo.evaluate("i => i.scrollIntoView({block: 'start'})")
        week.wait_for_timeout(LATE)
        assert len(held) >= 2
        while held:
            held.pop().continue_()
        week.wait_for_load_state("networkidle")
        assert week.evaluate(ALL_THERE)
        found[name] = week.evaluate(SHIFT)
    print(f"\nlayout shift: {found}")
    assert [name for name, shift in found.items() if shift > MOST_SHIFT] == []


def test_no_page_of_a_patient_asks_another_origin(week, house):
    asked = []
    week.on("request", lambda request: asked.append(request.url))
    today = steps.days_ago(0)
    for path in ("/", "/log/", f"/log/{today}/saved/", "/recovery/", "/settings/", "/accounts/password/change/", "/accounts/logout/"):
        week.goto(path)
        week.wait_for_load_state("networkidle")
    assert len(asked) > 7
    assert [url for url in asked if not url.startswith((f"{house.url}/", "data:image/svg+xml"))] == []
