"""Entry in seconds: what a finger does on a usual day, on one like the day before, and for a photo. The README has the figures."""

from __future__ import annotations

import time

import pytest

from tests.e2e import steps
from tests.pictures.scene import jpeg, scene

pytestmark = pytest.mark.browser
PICKER = 3  # taps in the phone's own sheet: camera, shutter, use it; from the library it is two
SEEN = """() => {
  const box = document.querySelector('.savebar button').getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight;
}"""


class Taps:
    """Counts what a finger does, and the seconds from the first tap to the answer."""

    def __init__(self, page) -> None:
        self.page, self.count = page, 0
        page.goto("/log/")
        # Nothing has to be looked for: the button that saves is in sight from the start.
        assert page.evaluate(SEEN)
        self.started = time.monotonic()

    def on(self, selector: str) -> None:
        self.page.locator(selector).click()
        self.count += 1

    def take_a_photo(self, view: str) -> None:
        with self.page.expect_navigation():
            self.on("button[name=consent]")  # the first photo of all
        with self.page.expect_file_chooser() as chooser:
            self.on(f"label[for=photo-{view}]")
        chooser.value.set_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": jpeg(scene(3000, 4000), quality=90)})
        self.count += PICKER

    def answer_all(self) -> None:
        for symptom, grade in steps.CALM.items():
            self.on(f"label[for={symptom}-{grade}]")
        self.on("label[for=signs-none]")

    def save(self) -> str:
        """What the answer says, and the figures."""
        self.on(".savebar button")
        self.page.wait_for_url("**/saved/")
        return f"{self.count} taps, {time.monotonic() - self.started:.1f} s by the script"


def a_usual_day(page) -> Taps:
    taps = Taps(page)
    taps.answer_all()
    print(f"\na usual day: {taps.save()}")
    assert "Day 4 saved" in page.locator(".verdict").inner_text()
    return taps


def as_yesterday(page) -> Taps:
    taps = Taps(page)
    taps.on("button[name=same]")
    page.wait_for_selector("#redness-2:checked", state="attached")
    print(f"as yesterday: {taps.save()}")
    assert "2 mild" in page.locator(".lines").inner_text()
    return taps


def with_a_photo(page) -> Taps:
    taps = Taps(page)
    taps.answer_all()
    taps.take_a_photo("front")
    print(f"a usual day with a photo: {taps.save()}, {PICKER} of the taps in the phone's own sheet")
    assert "Photos of day 4" in page.locator("main").inner_text()
    return taps


def test_a_day_is_logged_in_few_taps(new_patient):
    """At 390 px, on days without trouble."""
    usual = a_usual_day(new_patient("Runa Usual"))
    page = new_patient("Runa Same")
    steps.tell(page, 1, redness=2, flaking=2)
    same = as_yesterday(page)
    photo = with_a_photo(new_patient("Runa Photo"))

    print(f"usual day {usual.count} taps, as yesterday {same.count} taps, with a photo +{photo.count - usual.count} taps")
    assert usual.count <= 8
    assert same.count == 2
    assert photo.count - usual.count <= 5
