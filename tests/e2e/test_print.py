"""On paper: a recovery fits one sheet, in light colours, without what can only be tapped."""

from __future__ import annotations

import re

import pytest

from tests.e2e import steps

pytestmark = pytest.mark.browser


def sheets(page) -> int:
    """How many pages of A4 the print takes."""
    return max(int(number) for number in re.findall(rb"/Count (\d+)", page.pdf(format="A4")))


def test_one_recovery_prints_on_one_sheet_for_the_clinic(new_patient, open_window):
    steps.tell(new_patient("Nora Falk"), 0, redness=3)
    page = open_window(1280, "clinician")
    page.goto("/clinic/")
    page.locator(".qrow").filter(has_text="Nora Falk").get_by_role("link").first.click()
    page.wait_for_url("**/clinic/recoveries/**")

    assert sheets(page) == 1
    page.emulate_media(media="print")
    assert page.locator(".flag").first.is_visible()
    assert not page.get_by_role("button", name="Reviewed").is_visible()
    assert not page.locator(".top").is_visible()


# What no page can do: a week of logs, entered day by day; a photo each, a review in between, two flags at the end.
A_WEEK = """
from datetime import timedelta
from io import BytesIO
from django.utils import timezone
from patients.actions.logs import Said, record_log
from patients.actions.photos import add_photos
from patients.actions.reviews import Decision, review_recovery
from patients.models import *
from recovery.timeline.scale import Disposition
from tests.factories import allow_photos
from tests.pictures.scene import jpeg
nurse, now = User.objects.get(email='clinician@demo.example'), timezone.now()
treatment = Treatment.objects.with_people().get(patient__user__email={email!r})
allow_photos(treatment.patient)
words = 'Thank you for logging. This is common at this stage and settles within the week. Keep the skin moist and log again tomorrow.'
for day in range(8):
    at = now - timedelta(days=7 - day)
    ratings = dict(redness=3 if day == 3 else 1, swelling=0, flaking=1, breakouts=3 if day == 7 else 0, itching=1, dryness=1)
    signs = frozenset(['fever'] if day == 7 else [])
    said = Said(ratings, signs, 'A line about the day, as people write it.' if day % 2 else '')
    log = record_log(by=treatment.patient.user, treatment=treatment, when=treatment.date_of(day), said=said, now=at).log
    add_photos(by=treatment.patient.user, log=log, files={{'front': BytesIO(jpeg())}}, now=at)
    if day == 3:
        seen = [flag.uuid for flag in Flag.objects.of(treatment).open()]
        review_recovery(by=nurse, treatment=treatment, seen=seen, decision=Decision(Disposition.ADVICE, 'Seen.', words), now=at)
print(treatment.uuid, Flag.objects.of(treatment).open().count())
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_eight_logs_and_two_flags_print_on_one_light_sheet(house, enrolled, open_window, theme):
    uuid, flags = house.shell(A_WEEK.format(email=enrolled("Runa Dahl", day=7))).split()[-2:]
    assert flags == "2"
    page = open_window(1280, "clinician")
    page.goto(f"/clinic/recoveries/{uuid}/")
    page.evaluate("theme => document.documentElement.dataset.bsTheme = theme", theme)

    assert sheets(page) == 1
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    paper = page.locator("main").inner_text()
    assert [
        word for word in ("Fever or chills, day 7", "Breakouts 3 on day 7", "Thank you for logging", "Day 7, front") if word not in paper
    ] == []
    gone = [".ask-panel", ".crumb", ".top", ".photo-strip .btn", "summary >> nth=0"]
    assert [name for name in gone if page.locator(name).first.is_visible()] == []


def test_a_dark_page_prints_black_on_white(new_patient):
    page = new_patient()
    steps.tell(page, 0)
    steps.choose_theme(page, "Dark")
    page.goto("/recovery/")

    page.emulate_media(media="print")

    colours = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('h1')).color]")
    assert colours == ["rgb(255, 255, 255)", "rgb(23, 33, 31)"]
