"""The daily log: few taps, advice at once, and nothing that was typed is ever lost."""

from __future__ import annotations

import pytest

from tests.e2e import steps

pytestmark = pytest.mark.browser


def days_logged(page) -> list[str]:
    """The days of the recovery's table, as the patient sees them."""
    page.goto("/recovery/")
    return page.locator("table.sheet thead th").all_text_contents()[1:]


def answers_of(page) -> str:
    return page.locator(".lines").inner_text()


def test_same_as_before_keeps_the_note_that_was_being_typed(new_patient):
    page = new_patient()
    steps.tell(page, 1)
    page.goto("/log/")
    page.locator("#note").fill("Slept badly.")
    page.locator("#look").check()

    page.locator("button[name=same]").click()
    page.wait_for_selector("#redness-1:checked", state="attached")

    assert page.locator("#note").input_value() == "Slept badly."
    assert page.locator("#look").is_checked()


@pytest.mark.parametrize(
    "sign, advice, call",
    [("fever", "Call your clinic today.", "tel:02079460145"), ("breathing", "Call your local emergency number now.", "tel:999")],
)
def test_a_sign_says_what_to_do_before_anything_is_saved(new_patient, sign, advice, call):
    page = new_patient()
    page.goto("/log/")
    assert not page.locator(f"#sign-{sign}").is_visible()

    page.get_by_text("Yes, or not sure", exact=True).click()
    assert not page.get_by_text(advice).locator("visible=true").count()
    page.locator(f"label[for=sign-{sign}]").click()

    shown = page.locator(".sign .advice:visible")
    assert shown.count() == 1
    assert advice in shown.inner_text()
    assert shown.get_by_role("link").get_attribute("href") == call
    assert page.url.endswith("/log/")


def test_a_missing_answer_is_named_and_everything_typed_is_still_there(new_patient):
    page = new_patient()
    page.goto("/log/")
    for symptom, grade in {"redness": 2, "swelling": 1, "breakouts": 1}.items():
        steps.choose(page, symptom, grade)
    page.locator("label[for=add-itching]").click()
    steps.choose(page, "itching", 2)
    page.get_by_text("None of these", exact=True).click()
    page.locator("#look").check()
    page.locator("#note").fill("Used the new cleanser.")

    steps.save(page)
    page.wait_for_selector("#errors")

    said = page.locator("#errors").inner_text()
    assert "Not saved yet." in said
    assert "One answer is missing" in said
    assert page.locator("#errors a").all_inner_texts() == ["Flaking: choose one of the five answers."]
    assert page.evaluate("document.activeElement.id") == "errors"
    kept = page.locator("form.log-form input:checked").evaluate_all("all => all.map(i => i.id)")
    assert set(kept) == {"redness-2", "swelling-1", "breakouts-1", "add-itching", "itching-2", "signs-none", "look"}
    assert page.locator("#note").input_value() == "Used the new cleanser."
    assert days_logged(page) == []


def test_the_error_leads_to_its_question_and_the_log_can_then_be_saved(new_patient):
    page = new_patient()
    page.goto("/log/")
    steps.answer_all(page)
    page.locator("#note").fill("x" * 2001)
    steps.save(page)
    page.locator("#errors a").click()

    note, bar = page.locator("#note").bounding_box(), page.locator(".savebar").bounding_box()
    assert note["y"] + note["height"] < bar["y"]
    page.locator("#note").fill("Short.")
    steps.save(page)
    page.wait_for_url("**/saved/")
    assert days_logged(page) == ["4"]


def test_none_of_these_beside_a_ticked_sign_asks_which_is_right(new_patient):
    page = new_patient()
    page.goto("/log/")
    steps.answer_all(page)
    page.get_by_text("Yes, or not sure", exact=True).click()
    page.locator("label[for=sign-fever]").click()
    page.get_by_text("None of these", exact=True).click()
    assert page.locator("#sign-fever").is_visible()

    steps.save(page)
    page.wait_for_selector("#errors")

    assert "Which is right?" in page.locator("#errors").inner_text()
    assert page.locator("#sign-fever").is_checked()
    assert page.locator("#signs-none").is_checked()


def test_an_extra_symptom_is_saved_and_shown(new_patient):
    page = new_patient()
    page.goto("/log/")
    steps.answer_all(page)
    page.locator("label[for=add-itching]").click()
    steps.choose(page, "itching", 2)
    steps.save(page)
    page.wait_for_url("**/saved/")

    assert "Itching 2 mild" in answers_of(page)
    page.goto("/log/")
    assert page.locator("#itching-2").is_checked()
    assert page.locator("#ask-itching").is_visible()


def test_closing_an_extra_symptom_forgets_its_answer(new_patient):
    page = new_patient()
    page.goto("/log/")
    steps.answer_all(page)
    page.locator("label[for=add-itching]").click()
    steps.choose(page, "itching", 2)
    page.locator("label[for=add-itching]").click()
    steps.save(page)
    page.wait_for_url("**/saved/")

    assert "Itching" not in answers_of(page)


def test_the_strip_opens_yesterday_and_fills_in_that_day(new_patient):
    page = new_patient()
    page.goto("/log/")
    page.locator(".strip a", has_text="3").click()
    page.wait_for_url(f"**/log/{steps.days_ago(1)}/")
    assert "Day 3" in page.locator(".eyebrow").inner_text()

    steps.answer_all(page)
    steps.save(page)
    page.wait_for_url(f"**/log/{steps.days_ago(1)}/saved/")

    assert "Day 3 saved" in page.locator(".verdict").inner_text()
    assert days_logged(page) == ["3"]


def test_a_second_log_of_a_day_amends_it_and_says_so(new_patient):
    page = new_patient()
    steps.tell(page, 0, redness=3)
    page.goto("/log/")
    assert "You already logged day 4." in page.locator("main").inner_text()

    steps.choose(page, "redness", 1)
    steps.save(page)
    page.wait_for_url("**/saved/")

    assert "This changed that entry." in page.locator("main").inner_text()
    assert "Your skin is as expected for day 4." in page.locator(".verdict").inner_text()
    assert days_logged(page) == ["4"]


def test_saving_twice_in_a_hurry_stores_one_log(new_patient):
    page = new_patient()
    page.goto("/log/")
    steps.answer_all(page)

    page.locator(".savebar button").dblclick(no_wait_after=True)
    page.wait_for_url("**/saved/")

    assert "Day 4 saved" in page.locator(".verdict").inner_text()
    assert days_logged(page) == ["4"]


def test_a_date_that_cannot_be_logged_is_refused_with_a_sentence(new_patient):
    page = new_patient(expect=[404])

    page.goto(f"/log/{steps.days_ago(-1)}/")

    assert "is tomorrow. Choose today or one of the 3 days before." in page.locator("#errors").inner_text()


def key_of(page) -> str:
    return page.locator("input[name=key]").input_value()


def test_whoever_goes_back_and_changes_sends_something_new(new_patient):
    """A, then B, then A again by going back: the last A is meant, and is no late repetition of the first."""
    page = new_patient()
    page.goto("/log/")
    keys = []
    for note in ("A", "B", "A"):
        if keys:
            page.go_back()
            page.wait_for_selector("#note")
        before = key_of(page)
        steps.answer_all(page, redness=1)
        page.locator("#note").fill(note)
        assert (key_of(page) == before) is not bool(keys)
        keys.append(key_of(page))
        page.get_by_role("button", name="Save day").click()
        page.wait_for_url("**/saved/")
    assert len(set(keys)) == 3
    page.goto("/log/")
    assert page.locator("#note").input_value() == "A"
