"""Photos on the phone: added in a few taps, compared by finger and by keyboard, and never moving what is read."""

from __future__ import annotations

import re

import pytest

from tests.e2e import looking, steps
from tests.pictures.scene import jpeg, scene

pytestmark = pytest.mark.browser

PICKER = 3  # taps in the phone's own sheet: camera, shutter, use it; from the library it is two
RED, BLUE = (200, 40, 30), (40, 80, 200)
HOW_MUCH = "[document.getElementById('pair').style.getPropertyValue('--at'), document.getElementById('slide').ariaValueText]"
SHIFTS = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().reduce((sum, e) => sum + e.value, 0)))
  .observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"""


def a_picture(colour=RED, name="IMG_0001.jpg", size=(600, 800)):
    return {"name": name, "mimeType": "image/jpeg", "buffer": jpeg(scene(*size, red=colour))}


def choose(page, view: str, picture) -> None:
    """As the finger does: a tap on the slot, then what the phone's own sheet gives back; photos are allowed first."""
    steps.allow_photos(page)
    with page.expect_file_chooser() as chooser:
        page.locator(f"label[for=photo-{view}]").click()
    chooser.value.set_files(picture)


def log_with_photos(page, ago: int, *views: str, colour=RED) -> None:
    page.goto(f"/log/{steps.days_ago(ago)}/")
    steps.answer_all(page)
    for view in views:
        choose(page, view, a_picture(colour))
    steps.save(page)
    page.wait_for_url("**/saved/")


def are_drawn(page, selector: str) -> list[bool]:
    page.wait_for_load_state("networkidle")
    return page.locator(selector).evaluate_all("all => all.map(i => i.complete && i.naturalWidth > 0)")


def findings(page) -> list[str]:
    return looking.axe_findings(page) + looking.overflow(page) + looking.small_targets(page)


def test_a_photo_costs_at_most_five_taps_more(new_patient):
    page = new_patient()
    page.goto("/log/")
    steps.answer_all(page)
    steps.allow_photos(page)
    before = page.locator("label[for=photo-front]").bounding_box()
    choose(page, "front", a_picture())
    more = 1 + PICKER

    assert page.locator("#photo-front-says").inner_text().startswith("Chosen, ")
    assert page.locator("label[for=photo-front]").bounding_box() == before
    assert findings(page) == []
    steps.save(page)
    page.wait_for_url("**/saved/")

    print(f"\na photo more: {more} taps, {PICKER} of them in the phone's own sheet")
    assert more <= 5
    assert are_drawn(page, ".photos img") == [True]
    assert "Photos of day 4" in page.locator("main").inner_text()
    assert findings(page) == []


def test_what_is_no_picture_is_named_and_the_log_is_kept(new_patient):
    page = new_patient()
    page.goto("/log/")
    steps.answer_all(page)
    choose(page, "left", {"name": "../../notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    choose(page, "right", a_picture())
    steps.save(page)
    page.wait_for_url("**/saved/")

    said = page.locator(".errors").inner_text()
    assert "Your answers are saved. One photo is not." in said
    assert "Left side: not taken. This is not a picture we can read." in said
    assert "notes" not in page.content()
    assert findings(page) == []
    page.get_by_role("link", name="Add a photo to day 4").click()
    page.wait_for_url("**/#photos")
    assert are_drawn(page, ".slot img") == [True]


def test_a_missing_answer_is_found_before_the_photos_are_sent(new_patient):
    page = new_patient()
    page.goto("/log/")
    for symptom in ("redness", "swelling", "flaking"):
        steps.choose(page, symptom, 1)
    choose(page, "front", a_picture())
    steps.save(page)

    assert page.evaluate("document.activeElement.name") == "breakouts"
    assert page.locator("#photo-front").evaluate("i => i.files.length") == 1
    steps.choose(page, "breakouts", 0)
    page.get_by_text("None of these", exact=True).click()
    steps.save(page)
    page.wait_for_url("**/saved/")
    assert are_drawn(page, ".photos img") == [True]


def test_one_that_is_too_large_is_told_before_it_is_sent(new_patient, tmp_path):
    large = tmp_path / "a.jpg"
    large.write_bytes(bytes(26 * 1024 * 1024))
    page = new_patient()
    page.goto("/log/")
    choose(page, "front", large)

    assert page.locator("#photo-front-says").inner_text() == "26.0 MB is too large. The most is 25 MB."


def test_a_photo_is_removed_and_what_is_typed_stays(new_patient):
    page = new_patient()
    log_with_photos(page, 0, "front")
    page.goto("/log/")
    page.locator("#note").fill("Not saved yet.")
    page.locator(".slots summary").click()
    page.wait_for_selector("button[name=remove]", state="visible")
    assert findings(page) == []
    page.locator("button[name=remove]").click()
    page.wait_for_selector("text=Front: the photo is removed.")

    assert page.locator("#note").input_value() == "Not saved yet."
    assert page.locator(".slot img").count() == 0


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_two_days_lie_one_over_the_other_and_the_slider_works_by_keyboard(new_patient, theme):
    page = new_patient()
    steps.choose_theme(page, theme)
    log_with_photos(page, 2, "front")
    log_with_photos(page, 0, "front", colour=BLUE)
    page.goto("/recovery/")
    assert page.evaluate(SHIFTS) < 0.01
    assert findings(page) == []
    page.get_by_role("link", name="Compare two days").click()
    page.wait_for_url("**/photos/")

    first, second = (page.locator(f".shot:nth-child({place}) img") for place in (1, 2))
    assert are_drawn(page, ".shot img") == [True, True]
    assert first.bounding_box() == second.bounding_box()
    assert page.evaluate(HOW_MUCH) == ["50%", "50 % Day 2"]
    page.locator("#slide").focus()
    for key in ("End", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate(HOW_MUCH) == ["98%", "98 % Day 2"]
    assert first.evaluate("i => getComputedStyle(i).clipPath") == "inset(0px 2% 0px 0px)"

    assert findings(page) == []

    page.get_by_role("button", name="Side by side").click()
    left, right = first.bounding_box(), second.bounding_box()
    assert (left["y"], left["x"] + left["width"] <= right["x"]) == (right["y"], True)
    assert page.locator("#slide").is_disabled()
    assert findings(page) == []


def test_without_script_everything_works_side_by_side(new_patient, open_window):
    page = new_patient("Runa Falk", java_script_enabled=False)
    for ago in (1, 0):
        page.goto(f"/log/{steps.days_ago(ago)}/")
        steps.allow_photos(page)
        steps.answer_all(page)
        page.locator("#photo-left").set_input_files(a_picture())
        assert page.locator("#photo-left").is_visible()
        steps.save(page)
        page.wait_for_url("**/saved/")
    page.goto("/recovery/")
    page.get_by_role("link", name="Day 4, left side").click()
    page.wait_for_url("**/photos/?view=left&second=1-4")

    assert not page.locator("#slide").is_visible()
    boxes = [page.locator(f".shot:nth-child({place}) img").bounding_box() for place in (1, 2)]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.get_by_label("View").select_option("front")
    page.get_by_role("button", name="Show").click()
    page.wait_for_selector("text=Day 3 has no photo of this view: front.")


@pytest.mark.parametrize("width", [768, 1280])
def test_the_clinic_compares_them_too(new_patient, open_window, width):
    name = f"Sanna Wide{width}"
    patient = new_patient(name)
    log_with_photos(patient, 1, "front")
    log_with_photos(patient, 0, "front", "left")
    page = open_window(width, "clinician")
    page.goto(f"/clinic/patients/?q={name.split()[1]}")
    page.locator(".sheet tbody a").first.click()
    page.get_by_role("link", name="Session 1").click()
    page.wait_for_url("**/clinic/recoveries/**")
    assert are_drawn(page, ".photos img") == [True, True, True]
    assert looking.axe_findings(page) + looking.overflow(page) == []

    page.get_by_role("link", name=re.compile("Compare day")).click()
    page.wait_for_url("**/photos/?**")
    assert are_drawn(page, ".shot img") == [True, True]
    assert looking.axe_findings(page) + looking.overflow(page) == []
