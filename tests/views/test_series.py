"""A further session beside the same day of the one before: charts, table, photos and the sentence of the day."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.conftest import TREATED
from tests.factories import a_log, a_photo, a_treatment, next_session
from tests.pages import page, text

URL = reverse("recovery")
COMFORT = "On day 2 after session 1 your redness was 3, now it is 2. Nothing is stronger than it was then."
KEY = "session 1, same day"


@pytest.fixture
def second(treatment, clinician, travel_to):
    """The second session, on its day 2; of the first, days 0 to 3 are logged."""
    for day, redness in enumerate((4, 3, 3, 1)):
        a_log(treatment, day, redness=redness)
    travel_to(TREATED + timedelta(days=42))
    new = next_session(clinician, treatment.patient, TREATED + timedelta(days=40))
    a_log(new, 0, redness=3)
    return new


@pytest.fixture
def browser(signed_in, second):
    return signed_in(second.patient.user)


def thens(response):
    """Titles of the points of the session before."""
    return re.findall(r'class="earlier-pt"[^>]*><title>([^<]*)', response.content.decode())


class TestChart:
    def test_the_session_before_lies_below_in_every_chart(self, browser):
        response = browser.get(URL)
        assert thens(response)[:4] == [
            f"Session 1, day {day}: {said}" for day, said in enumerate(["4 severe", "3 moderate", "3 moderate", "1 trace"])
        ]
        assert response.content.decode().count('class="earlier"') == 4
        assert KEY in text(response)

    def test_each_point_says_its_session_once(self, browser):
        found = thens(browser.get(URL))
        assert len(found) == 16
        assert len(set(found[:4])) == 4

    def test_below_the_line_of_this_recovery(self, browser):
        markup = browser.get(URL).content.decode()
        assert markup.index('class="earlier"') < markup.index('class="line"')

    def test_the_first_session_has_none(self, browser, treatment):
        response = browser.get(reverse("recovery-of", args=[treatment.uuid]))
        assert thens(response) == []
        assert KEY not in text(response)

    def test_a_session_before_without_logs_has_none(self, signed_in, clinician, treatment, travel_to):
        travel_to(TREATED + timedelta(days=40))
        next_session(clinician, treatment.patient, TREATED + timedelta(days=40))
        response = signed_in(treatment.patient.user).get(URL)
        assert (thens(response), KEY in text(response)) == ([], False)

    def test_the_third_is_beside_the_second(self, signed_in, clinician, second, travel_to):
        travel_to(TREATED + timedelta(days=80))
        next_session(clinician, second.patient, TREATED + timedelta(days=80))
        response = signed_in(second.patient.user).get(URL)
        assert set(thens(response)) == {"Session 2, day 0: 3 moderate", "Session 2, day 0: 0 none"}

    def test_the_clinic_sees_the_same(self, signed_in, clinician, second):
        response = signed_in(clinician).get(reverse("clinic-recovery", args=[second.uuid]))
        assert thens(response)[0] == "Session 1, day 0: 4 severe"
        assert KEY in text(response)

    def test_the_table_has_it_in_a_row_on_the_days_that_were_logged(self, browser, second):
        a_log(second, 2, redness=2)
        assert "Redness 3 1–4 2 0–3 Redness, session 1 4 3 Swelling" in text(browser.get(URL))

    def test_a_symptom_that_was_not_rated_then_has_no_row(self, browser, second):
        a_log(second, 2, itching=1)
        seen = text(browser.get(URL))
        assert "Itching – 1 0–2" in seen
        assert "Itching, session 1" not in seen

    def test_its_weekly_check_ins_are_joined_like_ones_own(self, signed_in, treatment, clinician, travel_to):
        for day in (7, 14, 21):
            travel_to(treatment.date_of(day))
            a_log(treatment, day)
        travel_to(treatment.date_of(40))
        next_session(clinician, treatment.patient, treatment.date_of(40))
        travel_to(treatment.date_of(60))
        line = re.search(r'class="earlier" d="([^"]*)"', signed_in(treatment.patient.user).get(URL).content.decode())
        assert (line[1].count("M"), line[1].count("L")) == (1, 2)

    def test_a_day_that_was_not_logged_then_is_a_dash(self, signed_in, second, travel_to):
        travel_to(second.date_of(5))
        a_log(second, 5)
        assert "Redness, session 1 4 – Swelling" in text(signed_in(second.patient.user).get(URL))


class TestSentence:
    @pytest.mark.parametrize(
        "redness, said",
        [
            (2, COMFORT),
            (3, "On day 2 after session 1 your answers were the same."),
            (1, "On day 2 after session 1 your redness was 3, now it is 1. Nothing is stronger than it was then."),
        ],
    )
    def test_it_stands_with_the_verdict_and_on_the_saved_page(self, browser, second, redness, said):
        a_log(second, 2, redness=redness)
        assert said in text(browser.get(URL))
        assert said in text(browser.get(reverse("log-saved", args=[second.date_of(2).isoformat()])))

    def test_one_higher_is_neutral(self, browser, second):
        a_log(second, 2, redness=3, swelling=1)
        seen = text(browser.get(URL))
        assert "On day 2 after session 1 your swelling was 0, now it is 1." in seen
        assert "stronger" not in seen

    def test_two_higher_is_a_flag_that_says_it_once(self, browser, second):
        a_log(second, 2, flaking=2)
        seen = text(browser.get(URL))
        assert "Flaking is higher on day 2 than after your last session." in seen
        assert seen.count("on this day of your last session it was 0") == 1
        assert "after session 1 your" not in seen

    def test_nothing_comforts_beside_call_today(self, browser, second):
        a_log(second, 2, "fever", redness=2)
        seen = text(browser.get(URL))
        assert "Call today" in seen
        assert "after session 1" not in seen.replace("photos", "")

    def test_a_day_that_was_not_logged_then_says_nothing(self, signed_in, second, travel_to):
        travel_to(second.date_of(4))
        a_log(second, 4)
        assert "after session 1" not in text(signed_in(second.patient.user).get(URL))


class TestPhotos:
    @pytest.fixture
    def both(self, treatment, second):
        """Front and left of day 2 then, front and right now."""
        then = treatment.logs.get(day=2)
        old = [a_photo(then, view) for view in ("front", "left")]
        now = a_log(second, 2).log
        return old, [a_photo(now, view) for view in ("front", "right")]

    def test_the_same_day_and_view_stand_side_by_side_and_lead_to_the_comparison(self, browser, second, both):
        (old, _), (new, _) = both
        response = browser.get(URL)
        seen = re.findall(r'<img src="/photos/([0-9a-f-]+)/thumb/"', response.content.decode())
        assert seen[:2] == [str(old.uuid), str(new.uuid)]
        assert "Day 2, now and after session 1 Session 1, front Now, front All photos of this session" in text(response)
        link = reverse("photos-of", args=[second.uuid], query={"view": "front", "first": "1-2", "second": "2-2"})
        assert page(response).links.count(link) == 2
        assert [str(old.uuid), str(new.uuid)] == re.findall(r'<img src="/photos/([0-9a-f-]+)/"', browser.get(link).content.decode())

    def test_the_photos_of_this_session_are_this_sessions_alone(self, browser, both):
        old, new = both
        seen = text(browser.get(URL)).split("All photos of this session")[1]
        assert "Day 2, front Day 2, right side Compare two days" in seen

    def test_only_the_latest_day_with_photos_is_set_beside(self, signed_in, treatment, second, both, travel_to):
        old = a_photo(treatment.logs.get(day=3))
        travel_to(second.date_of(3))
        new = a_photo(a_log(second, 3).log)
        seen = re.findall(r'<img src="/photos/([0-9a-f-]+)/thumb/"', signed_in(second.patient.user).get(URL).content.decode())
        assert seen[:2] == [str(old.uuid), str(new.uuid)]
        assert len(seen) == 2 + 3

    def test_another_day_is_not_set_beside(self, signed_in, second, both, travel_to):
        travel_to(second.date_of(3))
        a_photo(a_log(second, 3).log)
        assert "now and after session" not in text(signed_in(second.patient.user).get(URL))


def test_earlier_sessions_can_be_opened(browser, treatment):
    response = browser.get(URL)
    assert "Earlier sessions Session 1, Saturday 14 March 2026" in text(response)
    assert reverse("recovery-of", args=[treatment.uuid]) in page(response).links
    assert "Earlier sessions" not in text(browser.get(reverse("recovery-of", args=[treatment.uuid])))


def test_nobody_elses_sessions_are_among_them(browser, clinician, other_clinician, second):
    before = TREATED - timedelta(days=30)
    strangers = [a_treatment(clinician, "Mei Chen", before), a_treatment(other_clinician, "Lea Krog", before)]
    response = browser.get(URL)
    assert [link for link in page(response).links if any(str(stranger.uuid) in link for stranger in strangers)] == []
    assert len([link for link in page(response).links if re.fullmatch("/recovery/[0-9a-f-]{36}/", link)]) == 1
