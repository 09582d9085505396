"""The bands editor in a browser: typed, stepped and pasted; checked as one types; by keyboard alone and without script."""

from __future__ import annotations

import pytest

from tests.e2e import looking, steps, watching

pytestmark = pytest.mark.browser

PATH = "/norms/radiofrequency/draft/"
# A new draft of the clinic's own copy: a second clinic of another test must not take the right to edit away.
NEW_DRAFT = """
from patients.actions.norms import discard_draft, draft_of, start_draft
from patients.actions.protocols import copy_protocol
from patients.models import Protocol, User
admin = User.objects.get(email='admin@demo.example')
protocol = Protocol.objects.visible_to(admin).get(slug='radiofrequency')
protocol = protocol if protocol.clinic_id else copy_protocol(by=admin, protocol=protocol)
old = draft_of(protocol)
if old:
    discard_draft(by=admin, draft=old, seen=old.edits)
"""
START = NEW_DRAFT + "start_draft(by=admin, protocol=protocol)"
STORED = """
from patients.models import Band
rows = Band.objects.filter(version__published_at=None, version__protocol__slug='radiofrequency', symptom='redness', last_day__gte=6)
print(list(rows.order_by('first_day').values_list('first_day', 'last_day', 'typical', 'high', 'urgent_above')))
"""

LATE = '<span id="changed" hx-swap-oob="true">Too late.</span>'
# Keeps all that the page ever says of what is changed.
WATCH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const says = document.getElementById('changed').textContent.trim();
    if (seen.at(-1) !== says) seen.push(says);
  }).observe(document.getElementById('changed').parentElement, { childList: true });
}"""


@pytest.fixture
def desk(house, open_window):
    """The editor with a new draft, redness open."""

    def desk(**options):
        house.shell(START)
        page = open_window(1280, "admin", **options)
        page.goto(PATH)
        return page

    return desk


@pytest.fixture
def stored(house):
    return lambda: house.shell(STORED)


def value(page, name):
    return page.locator(f"#{name}").input_value()


def checked(page, do):
    """Does something that is checked as one types, and waits for the answer."""
    with page.expect_response("**/draft/check/") as answer:
        do()
    assert answer.value.status == 200
    page.wait_for_selector("html:not(:has(.htmx-request, .htmx-settling, .htmx-swapping))", state="attached")


def wait_for(page, things, number):
    for _ in range(200):
        if len(things) >= number:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{len(things)} instead of {number}")


def paste(page, name, text):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator(f"#{name}").focus()
    page.keyboard.press("Control+V")


def cells(page):
    return page.locator(".cellin").evaluate_all("all => all.map(cell => cell.value)")


def test_a_value_is_stepped_checked_and_saved_by_keyboard_alone(desk, stored):
    page = desk()
    before = page.locator("#chart").inner_html()
    page.locator("#high-6").focus()
    checked(page, lambda: page.keyboard.press("ArrowUp"))
    assert (value(page, "high-6"), page.locator("#changed").inner_text()) == ("2", "Day 6 changed.")
    assert page.locator("#high-6").get_attribute("aria-label") == "Redness, day 6, high, was 1"
    assert page.locator("#chart").inner_html() != before
    assert "Sources differ on day 6." in page.locator("#claims").inner_text()

    page.keyboard.press("ArrowRight")
    checked(page, lambda: page.keyboard.press("ArrowUp"))
    assert "Sources differ on days 6 to 7." in page.locator("#claims").inner_text()
    assert page.get_by_label("Rationale of days 6 to 7").is_visible()
    assert (value(page, "n"), page.evaluate("document.activeElement.id")) == ("7", "high-7")
    assert stored() == "[(6, 365, 0, 1, 2)]"
    page.keyboard.press("Enter")
    page.wait_for_url("**/draft/?symptom=redness&day=7")

    assert "Redness: saved." in page.locator("main").inner_text()
    assert stored() == "[(6, 7, 0, 2, 2), (8, 365, 0, 1, 2)]"


def test_arrows_stay_within_the_grades_and_page_keys_change_the_line(desk):
    page = desk()
    page.locator("#urgent_above-6").focus()
    seen = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        seen.append(value(page, "urgent_above-6"))
    assert seen == ["3", "4", "", "", "4"]  # blank is above 4: never urgent
    page.keyboard.press("PageDown")
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    assert (page.evaluate("document.activeElement.id"), value(page, "high-6")) == ("high-6", "4")
    for _ in range(3):
        page.keyboard.press("PageDown")
    page.keyboard.press("ArrowDown")
    assert (page.evaluate("document.activeElement.id"), value(page, "low-6")) == ("low-6", "0")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("4")
    assert (page.evaluate("document.activeElement.id"), value(page, "low-5")) == ("low-5", "4")


def test_a_bad_cell_is_named_as_one_types_and_nothing_is_stored(desk, stored):
    page = desk()
    checked(page, lambda: page.locator("#high-9").fill("5"))
    problems = page.locator("#problems")
    assert "1 problem" in problems.inner_text()
    assert page.locator("#high-9").get_attribute("aria-invalid") == "true"
    assert "Solve the problems above first." in page.locator("#publish").inner_text()
    page.locator("#low-0").focus()
    problems.get_by_role("link", name="Redness, day 9, high: “5” is not a grade. Type 0 to 4.").click()
    assert page.evaluate("document.activeElement.id") == "high-9"
    checked(page, lambda: page.keyboard.type("2"))

    assert "No problems" in problems.inner_text()
    assert page.locator("#high-9").get_attribute("aria-invalid") is None
    assert stored() == "[(6, 365, 0, 1, 2)]"


def test_a_block_from_a_spreadsheet_is_pasted_from_a_cell_on(desk, stored):
    page = desk()
    checked(page, lambda: paste(page, "high-6", "2\t2\t2\r\n1\t1\t0\r\n"))
    assert [value(page, f"{line}-{day}") for line in ("high", "typical") for day in (6, 7, 8, 9)] == [
        "2",
        "2",
        "2",
        "1",
        "1",
        "1",
        "0",
        "0",
    ]
    assert page.locator("#paste-says").inner_text() == "6 cells filled in."
    assert page.locator("#changed").inner_text() == "Days 6 to 8 changed."
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".said")
    assert stored() == "[(6, 7, 1, 2, 2), (8, 8, 0, 2, 2), (9, 365, 0, 1, 2)]"


@pytest.mark.parametrize(
    "cell, block, says",
    [
        ("urgent_above-6", "1\n1\n1\n1\n1", "The block has 5 rows; from here 4 fit. Nothing was pasted."),
        ("typical-6", "1\n1\n1", "The block has 3 rows; from here 2 fit. Nothing was pasted."),
        ("high-181", "1\t1", "The block has 2 columns; from here 1 fit. Nothing was pasted."),
        ("high-6", "1\t1\n1", "The rows of the block differ in length: 2, 1. Nothing was pasted."),
    ],
)
def test_a_block_of_another_shape_is_refused(desk, cell, block, says):
    page = desk()
    before = cells(page)
    paste(page, cell, block)
    page.wait_for_selector("#paste-says:not(:empty)")
    assert page.locator("#paste-says").inner_text() == says
    assert cells(page) == before


def test_one_value_is_pasted_into_its_cell(desk):
    page = desk()
    paste(page, "high-6", " 3 \n")
    assert value(page, "high-6") == "3"


def test_what_is_typed_in_a_rationale_is_not_taken_away(desk, stored):
    page = desk()
    checked(page, lambda: page.locator("#high-6").fill("2"))
    rationale = page.get_by_label("Rationale of day 6")
    rationale.fill("Ours.")
    checked(page, lambda: page.locator("#high-9").fill("2"))
    assert rationale.input_value() == "Ours."
    page.get_by_role("button", name="Save redness").click()
    page.wait_for_selector(".said")
    assert rationale.input_value() == "Ours."
    assert stored().count("(6, 6, 0, 2, 2)") == 1


def test_the_effect_stays_in_sight_and_follows_what_is_typed(desk):
    page = desk()
    glance = page.locator("#glance")
    assert glance.inner_text().startswith("No problems.")
    assert "If published:" in glance.inner_text()
    checked(page, lambda: page.locator("#high-6").fill("9"))
    assert "1 problem" in glance.inner_text()
    box = glance.bounding_box()
    assert box["y"] + box["height"] <= page.viewport_size["height"]
    glance.get_by_role("link", name="1 problem").click()
    assert page.locator("#problems").bounding_box()["y"] < page.viewport_size["height"]


def test_an_answer_that_comes_too_late_is_left_aside(desk):
    """What it says is of cells as they were before more was typed."""
    page = desk()
    held = []
    page.route("**/draft/check/", lambda route: held.append(route))
    page.locator("#high-6").fill("2")
    wait_for(page, held, 1)
    page.evaluate(WATCH)
    page.locator("#high-7").fill("2")
    held[0].fulfill(status=200, content_type="text/html", body=LATE)
    wait_for(page, held, 2)
    held[1].continue_()
    page.wait_for_selector("text=Days 6 to 7 changed.")
    assert page.evaluate("seen") == ["Days 6 to 7 changed."]


def test_a_check_that_fails_says_so_and_takes_nothing_away(desk):
    page = desk(expect=[500])
    page.evaluate("console.error = () => {}")  # htmx reports the refusal that is made here
    page.route("**/draft/check/", lambda route: route.fulfill(status=500, body="no"))
    page.locator("#high-6").fill("2")
    page.wait_for_selector("text=What you typed could not be checked.")
    assert value(page, "high-6") == "2"


def test_leaving_with_something_unsaved_asks_first(desk):
    page = desk()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("#high-6").click()
    page.keyboard.type("2")
    page.locator(".ngrid").get_by_role("link", name="Swelling").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert (asked, value(page, "high-6")) == (["beforeunload"], "2")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".said")
    page.locator(".ngrid").get_by_role("link", name="Swelling").click()
    page.wait_for_url("**/?symptom=swelling")
    assert asked == ["beforeunload"]


def test_everything_works_without_script(desk, stored):
    page = desk(java_script_enabled=False)
    page.locator("#high-6").fill("9")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("#errors")
    page.get_by_role("link", name="Redness, day 6, high: “9” is not a grade. Type 0 to 4.").first.click()
    assert (value(page, "high-6"), stored()) == ("9", "[(6, 365, 0, 1, 2)]")
    page.locator("#high-6").fill("2")
    page.keyboard.press("Enter")
    page.wait_for_selector(".said")
    assert stored() == "[(6, 6, 0, 2, 2), (7, 365, 0, 1, 2)]"

    page.locator("#n").fill("6")
    page.locator("#m").fill("8")
    page.get_by_role("button", name="Stretch to day").click()
    page.wait_for_selector("text=the band of day 6 now reaches to day 8")
    assert stored() == "[(6, 8, 0, 2, 2), (9, 365, 0, 1, 2)]"

    page.get_by_text("Paste a block as text").click()
    page.locator("#block").fill("3\t3\n3\t3\n1\t1\n0\t0")
    page.locator("#block_day").fill("9")
    page.get_by_role("button", name="Fill in").click()
    page.wait_for_selector("text=The block is filled in on days 9 to 10.")
    assert [value(page, f"high-{day}") for day in (9, 10, 11)] == ["3", "3", "1"]
    page.get_by_role("button", name="As published").click()
    page.wait_for_selector("text=the bands are as published")
    assert stored() == "[(6, 365, 0, 1, 2)]"


@pytest.mark.parametrize("theme, widths", [("Light", [640, 768, 1280]), ("Dark", [768, 1280])])
def test_it_has_no_findings_in_any_state(desk, house, theme, widths):
    page = desk()
    steps.choose_theme(page, theme)
    found = []

    def look(name):
        for width in widths:
            page.set_viewport_size({"width": width, "height": watching.HEIGHTS[width]})
            said = [*looking.overflow(page), *looking.axe_findings(page, only_colours=theme == "Dark")]
            found.extend(f"{name}, {width} px: {what}" for what in said)

    page.goto(f"{PATH}?symptom=redness&day=6")
    for summary in page.locator("summary").all():
        summary.click()
    look("a draft")
    checked(page, lambda: page.locator("#high-6").fill("x"))
    look("a problem as one types")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("#errors")
    look("refused")
    page.locator("#high-6").fill("1")
    for line in ("urgent_above", "high", "typical", "low"):
        page.locator(f"#{line}-9").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".said")
    page.goto(f"{PATH}?symptom=pain")
    look("a gap in a closed row")
    house.shell(NEW_DRAFT)
    page.goto(PATH)
    assert page.get_by_role("button", name="Start a draft").is_visible()
    look("no draft")
    steps.choose_theme(page, "Light")
    assert found == []
