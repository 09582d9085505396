"""The whole way with JavaScript switched off, and the log with nothing but a keyboard."""

from __future__ import annotations

import pytest

from tests.e2e import pages, steps

pytestmark = pytest.mark.browser

# What has the focus: its id or words, whether a ring is drawn round it (or its label), and whether something covers it.
FOCUS = """() => {
  const here = document.activeElement;
  const label = here.classList.contains('tick') ? document.querySelector(`label[for="${here.id}"]`) : null;
  const seen = label || here.closest('label.row-toggle, .sign label') || here;
  const box = seen.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const ringed = [here, seen].some(e => getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) > 1);
  return {
    name: here.id || here.name || here.innerText.trim(),
    ringed: ringed,
    covered: !(top && (seen.contains(top) || top.contains(seen))),
  };
}"""


def test_the_whole_way_without_script(new_patient, open_window):
    phone = new_patient("Greta Holm", java_script_enabled=False)
    desk = open_window(1280, "clinician", java_script_enabled=False)
    phone.goto("/log/")
    assert not phone.locator("#sign-fever").is_visible()
    assert not phone.locator("#ask-itching").is_visible()

    steps.answer_all(phone, redness=3)
    phone.locator("label[for=add-itching]").click()
    steps.choose(phone, "itching", 1)
    phone.get_by_text("Yes, or not sure", exact=True).click()
    phone.locator("label[for=sign-firm_bumps]").click()
    assert "within two working days" in phone.locator(".sign .advice:visible").inner_text()
    phone.locator("#note").fill("Two small lumps.")
    steps.save(phone)
    phone.wait_for_url("**/saved/")
    assert "Itching 1 trace" in phone.locator(".lines").inner_text()

    desk.goto("/clinic/")
    row = desk.locator(".qrow").filter(has_text="Greta Holm")
    assert "Redness 3, expected 0–2 on day 4" in row.inner_text()
    assert "Firm lumps" in row.inner_text()
    steps.review(desk, "Greta Holm", "Visit booked", "Please come in on Monday at ten.")
    phone.goto("/recovery/")

    assert "Please come in on Monday at ten." in phone.locator(".letter").inner_text()


def test_same_as_before_a_missing_answer_and_an_earlier_day_without_script(new_patient):
    page = new_patient("Hedda Lund", java_script_enabled=False)
    page.goto("/log/")
    page.locator(".strip a", has_text="3").click()
    page.wait_for_url(f"**/log/{steps.days_ago(1)}/")
    steps.save(page)
    page.wait_for_selector("#errors")
    assert page.locator("#errors a").count() == 5
    steps.answer_all(page, redness=2)
    steps.save(page)
    page.wait_for_url("**/saved/")

    page.goto("/log/")
    page.locator("button[name=same]").click()
    page.wait_for_selector(".notice")
    assert page.locator("#redness-2").is_checked()
    steps.save(page)
    page.wait_for_url("**/saved/")

    assert "Day 4 saved" in page.locator(".verdict").inner_text()


def test_an_extra_symptom_can_be_left_out_again_without_script(new_patient):
    page = new_patient("Jette Dahl", java_script_enabled=False)
    page.goto("/log/")
    steps.answer_all(page)
    for name in ("itching", "dryness"):
        page.locator(f"label[for=add-{name}]").click()
        steps.choose(page, name, 3)
    page.locator("#ask-dryness").get_by_text("Leave this out").click()
    page.locator("label[for=add-itching]").click()  # closed: what cannot be seen must not be saved
    steps.save(page)
    page.wait_for_url("**/saved/")

    said = page.locator(".lines").inner_text()
    assert "Dryness" not in said
    assert "Itching" not in said


class Keyboard:
    """Presses keys and looks at every stop: there must be a ring, and nothing in front of it."""

    def __init__(self, page) -> None:
        self.page, self.stops, self.problems = page, [], []

    def tab_to(self, name: str, at_most: int = 45) -> None:
        for _ in range(at_most):
            self.page.keyboard.press("Tab")
            focus = self.page.evaluate(FOCUS)
            self.stops.append(focus["name"])
            self.problems += [f"{focus['name']}: no ring"] * (not focus["ringed"])
            self.problems += [f"{focus['name']}: covered"] * focus["covered"]
            if focus["name"] == name:
                return
        raise AssertionError(f"Tab does not reach “{name}”: {self.stops[-at_most:]}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


def test_a_patient_signs_in_and_logs_a_day_by_keyboard_alone(house, open_window, enrolled):
    email = enrolled("Karin Moe")
    page = open_window(390)
    page.goto("/accounts/login/code/")
    keyboard = Keyboard(page)
    keyboard.tab_to("id_email")
    page.keyboard.type(email)
    keyboard.press("Enter")
    page.wait_for_url("**/code/confirm/")
    keyboard.tab_to("id_code")
    page.keyboard.type(house.code_sent_to(email))
    keyboard.press("Enter")
    page.wait_for_url("**/log/")

    keyboard.tab_to("Skip to the page")
    keyboard.press("Enter")
    keyboard.tab_to("redness-0")
    keyboard.press("Space", "ArrowRight", "ArrowRight")  # 2, mild
    for symptom in ("swelling", "flaking", "breakouts"):
        keyboard.tab_to(f"{symptom}-0")
        keyboard.press("Space")
    keyboard.tab_to("add-itching")
    keyboard.press("Space")
    keyboard.tab_to("itching-0")
    keyboard.press("Space", "ArrowRight")
    keyboard.tab_to("signs-none")
    keyboard.press("Space")
    keyboard.tab_to("look")
    keyboard.tab_to("note")
    page.keyboard.type("By keyboard.")
    keyboard.tab_to("Save day 4")
    keyboard.press("Enter")
    page.wait_for_url("**/saved/")

    answers = page.locator(".lines").inner_text()
    assert "Redness 2 mild" in answers
    assert "Itching 1 trace" in answers
    assert keyboard.problems == []


def test_a_clinician_reviews_by_keyboard_alone(open_window, new_patient):
    steps.tell(new_patient("Lisbet Vik"), 0, redness=3)
    page = open_window(1280, "clinician")
    page.goto("/clinic/?text=Lisbet")
    keyboard = Keyboard(page)
    keyboard.tab_to("Lisbet Vik")
    keyboard.press("Enter")
    page.wait_for_url("**/clinic/recoveries/**")
    keyboard.tab_to("d-expected")
    keyboard.press("Space", "ArrowRight")
    keyboard.tab_to("reply")
    page.keyboard.type("This is usual.")
    keyboard.tab_to("Reviewed, next")
    keyboard.press("Enter")
    steps.reviewed(page, "Lisbet Vik")

    assert keyboard.problems == []


@pytest.fixture
def norms_admin(house, open_window, session_of):
    """The window of the admin of a new clinic with its own norms, and a draft of them."""

    def norms_admin(name, **options):
        page = open_window(1280, **options)
        session = session_of(pages.norms_clinic(house, name))
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": house.url}])
        pages.start_draft(page)
        return page

    return norms_admin


def test_norms_are_changed_previewed_and_published_without_script(norms_admin):
    page = norms_admin("Plaingate", java_script_enabled=False)
    page.get_by_role("link", name="Phases").click()
    page.get_by_label("What to expect").first.fill("Redness eases from day to day.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("text=Saved: 1 change.")
    page.get_by_role("link", name="Bands").click()
    page.locator("#high-6").fill("2")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Redness: saved.")
    page.get_by_role("link", name="Every log that changes").click()
    page.get_by_label("Logs of").select_option("30")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/impact/?days=30")
    assert "logs of the last 30 days" in page.locator("main").inner_text()
    page.get_by_role("link", name="Compare").click()
    said = page.locator("main").inner_text()
    assert "Bands: 1 change" in said
    assert "Phases: 1 change" in said

    page.get_by_role("link", name="Publish version 2…").click()
    page.get_by_label("Why these norms change").fill("Mild redness on day 6 is usual.")
    page.get_by_role("button", name="Publish version 2", exact=True).click()
    page.wait_for_url("**/norms/pen-deep/")
    assert "Version 2 is in force for new treatments." in page.locator("main").inner_text()


def test_norms_are_changed_by_keyboard_alone(norms_admin):
    page = norms_admin("Keygate")
    keyboard = Keyboard(page)
    keyboard.tab_to("high-6", at_most=80)
    keyboard.press("ArrowUp")
    page.wait_for_selector("text=Day 6 changed.")
    keyboard.press("Enter")
    page.wait_for_selector("text=Redness: saved.")
    keyboard.tab_to("Publish version 2…", at_most=160)
    keyboard.press("Enter")
    page.wait_for_url("**/publish/")
    keyboard.tab_to("id_reason")
    page.keyboard.type("Mild redness on day 6 is usual.")
    keyboard.tab_to("Publish version 2")
    keyboard.press("Enter")
    page.wait_for_url("**/norms/pen-deep/")

    assert "Version 2 is in force for new treatments." in page.locator("main").inner_text()
    assert keyboard.problems == []
