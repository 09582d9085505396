"""The queue by keyboard alone, without a reload where it can be, and without a script at all."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

# A clinic of its own with watch rows alone, in the order of their names.
CLINIC = """
from datetime import timedelta
from django.utils import timezone
from patients.actions.logs import Said, record_log
from patients.actions.people import Session, enrol_patient
from patients.models import Clinic, Protocol, Treatment, User
clinic, _ = Clinic.objects.get_or_create(name={name!r}, phone='020 7946 0100', time_zone='Europe/London')
user = User.objects.create_user({email!r}, None, name='Kim Dahl', role='clinician', clinic=clinic)
pen, now = Protocol.objects.get(slug='pen'), timezone.now()
for number in range({rows}):
    session = Session(pen, clinic.today() - timedelta(days=5))
    patient = enrol_patient(by=user, name=f'Patient {{number:02}}', email=f'p{{number}}-' + {email!r}, time_zone='Europe/London',
                            first_session=session, is_invited=False)
    treatment = Treatment.objects.with_people().get(patient=patient)
    said = Said({{'redness': 3, 'swelling': 0, 'flaking': 0, 'breakouts': 0}})
    at = now - timedelta(minutes=90 - number)
    record_log(by=patient.user, treatment=treatment, when=clinic.today() - timedelta(days=1), said=said, now=at)
"""
REVIEWED = """
from patients.models import Review
found = Review.objects.filter(clinic__name={name!r}, undone_at=None).order_by('reviewed_at', 'pk')
print(*[review.treatment.patient.user.name.split()[1] for review in found])
"""


class Desk:
    """A clinician's window, with the keys counted."""

    def __init__(self, page, house, name):
        self.page, self.house, self.name, self.keys = page, house, name, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def on(self):
        return self.page.locator(".qrow.is-on h3").inner_text()

    def wait_on(self, name):
        self.page.wait_for_function("name => document.querySelector('.qrow.is-on .review[aria-label=\"Review ' + name + '\"]')", arg=name)

    def reviewed(self):
        return self.house.shell(REVIEWED.format(name=self.name)).split()


@pytest.fixture
def desk(house, open_window, session_of):
    def desk(name, rows, **options):
        email = f"{name.split()[0].lower()}@queue.example"
        house.shell(CLINIC.format(name=name, email=email, rows=rows))
        page = open_window(1280, **options)
        page.context.add_cookies([{"name": "sessionid", "value": session_of(email), "url": house.url}])
        page.goto("/clinic/")
        return Desk(page, house, name)

    return desk


def test_a_usual_row_takes_three_keys(desk):
    desk = desk("Three Keys", 2)
    desk.press("e", "1", "Enter")
    desk.page.wait_for_selector("#undo")
    assert (desk.keys, desk.reviewed(), desk.on()) == (3, ["00"], "Patient 01")


def test_fifty_rows_are_reviewed_without_the_mouse_in_their_order(desk):
    desk = desk("Fifty Rows", 50)
    for number in range(50):
        desk.wait_on(f"Patient {number:02}")
        desk.press("e", "1", "Enter")
        desk.page.wait_for_selector(f"#undo:has-text('Patient {number:02}: reviewed')")
    assert "Nothing needs review." in desk.page.locator("main").inner_text()
    assert (desk.keys, desk.reviewed()) == (150, [f"{number:02}" for number in range(50)])


def test_rows_are_gone_through_without_a_reload_and_what_was_typed_stays(desk):
    desk = desk("Going Through", 3)
    desk.page.evaluate("window.isTheSame = true")
    desk.press("r")
    desk.page.keyboard.type("jk/z?")
    desk.press("Escape", "j")
    desk.wait_on("Patient 01")
    desk.press("j")
    desk.wait_on("Patient 02")
    desk.press("j")
    assert desk.on() == "Patient 02"
    desk.press("k", "k")
    desk.wait_on("Patient 00")
    assert desk.page.locator("#reply").input_value() == "jk/z?"
    assert desk.page.evaluate("window.isTheSame") is True
    assert desk.page.locator(".review").count() == 1


def test_what_was_begun_in_another_row_is_not_lost_without_a_word(desk):
    desk = desk("Begun", 3)
    desk.press("r")
    desk.page.keyboard.type("Hello")
    desk.press("Escape", "j")
    desk.wait_on("Patient 01")
    asked = []
    desk.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    desk.press("e", "3", "Enter")
    assert asked == ["You have begun to decide about Patient 00. That would be lost. Send this one all the same?"]
    assert (desk.reviewed(), desk.on()) == ([], "Patient 01")
    desk.page.once("dialog", lambda dialog: dialog.accept())
    desk.press("Enter")
    desk.page.wait_for_selector("#undo")
    assert (desk.reviewed(), desk.on()) == (["01"], "Patient 02")


def test_the_other_keys(desk):
    desk = desk("Other Keys", 3)
    page = desk.page
    desk.press("/")
    assert page.evaluate("document.activeElement.id") == "text"
    desk.press("Escape", "s")
    assert page.locator(".snooze[open]").count() == 1
    desk.press("Enter")
    page.wait_for_selector(".notice:has-text('Patient 00: snoozed until')")
    desk.press("?")
    assert "expected for this patient" in page.locator("#keys-help").inner_text()
    desk.press("e")  # nothing is pressed behind the sheet
    desk.press("Escape")
    assert not page.locator("#keys-help").is_visible()
    desk.press("e", "2", "4")
    assert page.locator("[name=disposition]:checked").get_attribute("value") == "visit"
    desk.press("Enter")
    page.wait_for_selector("#undo")
    desk.press("z")
    page.wait_for_selector(".notice:has-text('Patient 01: the review is taken back')")
    assert (desk.on(), desk.reviewed()) == ("Patient 01", [])
    desk.press("Control+j")
    assert desk.on() == "Patient 01"
    desk.press("o")
    page.wait_for_url("**/clinic/recoveries/**")
    assert "Patient 01" in page.locator("h1").inner_text()


def test_enter_opens_where_nothing_is_chosen(desk):
    desk = desk("Enter Opens", 1)
    desk.press("Enter")
    desk.page.wait_for_url("**/clinic/recoveries/**")
    assert desk.reviewed() == []


def test_the_undo_bar_goes_away_after_ten_seconds(desk):
    desk = desk("Undo Bar", 2)
    desk.page.clock.install()
    desk.press("e", "1", "Enter")
    desk.page.wait_for_selector("#undo")
    desk.page.clock.run_for(9_000)
    assert desk.page.locator("#undo").count() == 1
    desk.page.clock.run_for(2_000)
    assert desk.page.locator("#undo").count() == 0


def test_news_are_said_and_no_row_moves(desk):
    desk = desk("News Come", 2)
    page = desk.page
    page.clock.install()
    page.reload()
    code = CLINIC.format(name=desk.name, email="later@queue.example", rows=1)
    desk.house.shell(code.replace("now - timedelta(minutes=90 - number)", "timezone.now()").replace("Patient ", "Newcomer "))
    asked = []
    page.on("request", lambda request: asked.append(request.url) if urlsplit(request.url).path == "/clinic/new/" else None)
    page.clock.run_for(61_000)
    page.wait_for_selector("#news:has-text('1 new since')")
    assert page.locator(".qrow h3").all_inner_texts() == ["Patient 00", "Patient 01"]
    page.context.clear_cookies()
    page.clock.run_for(61_000)
    page.wait_for_timeout(500)
    page.clock.run_for(300_000)
    assert len(asked) == 2  # who is signed out is not asked again
    assert page.locator("#news").inner_text().startswith("1 new since")


def test_keys_that_are_switched_off_do_nothing(desk):
    desk = desk("Keys Off", 2)
    desk.page.get_by_role("button", name="Switch keys off").click()
    desk.page.get_by_role("button", name="Switch keys on").wait_for()
    desk.press("e", "1", "Enter", "j", "?")
    assert (desk.reviewed(), desk.on()) == ([], "Patient 00")
    assert not desk.page.locator("kbd").first.is_visible()


def test_all_of_it_without_a_script(desk):
    desk = desk("No Script", 3, java_script_enabled=False)
    page = desk.page
    page.locator(".qrow", has_text="Patient 01").get_by_role("link", name="Decide").click()
    assert desk.on() == "Patient 01"
    page.locator(".chip", has_text="Called").click()
    page.get_by_role("button", name="Reviewed, next").click()
    assert (desk.on(), desk.reviewed()) == ("Patient 02", ["01"])
    page.get_by_role("button", name="Undo").click()
    assert (desk.on(), desk.reviewed()) == ("Patient 01", [])
    for name in ("Patient 00", "Patient 02"):
        page.get_by_label(f"Tick {name}").check()
    page.get_by_label("watch rows as").select_option(label="Duplicate")
    page.get_by_role("button", name="Review them").click()
    assert "2 rows reviewed: duplicate." in page.locator("main").inner_text()
    assert sorted(desk.reviewed()) == ["00", "02"]
