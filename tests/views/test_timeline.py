"""The recovery page as a timeline: what is usual, what comes next and when, from day 0 to past a year."""

import re

import pytest
from django.urls import reverse

from tests.conftest import TREATED
from tests.factories import a_log, a_review, next_session
from tests.pages import item, items, page, text

URL = reverse("recovery")


@pytest.fixture
def seen_on(signed_in, treatment, travel_to):
    """The page on a day of Ana's recovery."""

    def seen(day):
        travel_to(treatment.date_of(day))
        return signed_in(treatment.patient.user).get(URL)

    return seen


def headings(response):
    return re.findall(r"<h[12][^>]*>([^<]+)</h[12]>", response.content.decode())


def test_what_a_worried_person_needs_stands_first(as_patient, treatment, clinician):
    a_log(treatment, 4, redness=3)
    a_review(treatment, clinician, reply="Keep it moist.")
    assert headings(as_patient.get(URL)) == [
        "Redness is higher than usual for day 4. Everything else is as expected.",
        "From your clinic",
        "What is usual today",
        "Care today",
        "Your course so far",
        "Photos",
        "The whole course",
        "What comes next",
    ]


def test_there_is_one_first_heading_on_every_day(seen_on):
    for day in (0, 2, 40, 150, 275, 365, 366, 1200):
        assert len(re.findall("<h1", seen_on(day).content.decode())) == 1


class TestUsual:
    @pytest.mark.parametrize(
        "day, said",
        [
            (2, "Redness 0 to 3, usually 1 trace Swelling 0 to 2, usually 1 trace"),
            (4, "Redness 0 to 2, usually 1 trace"),
            (150, "Redness 0 to 1, usually 0 none Swelling 0 none Flaking"),
            (366, "The usual ranges end with day 365. For day 366 we have no usual values to compare your answers with."),
        ],
    )
    def test_it_is_said_before_todays_log(self, seen_on, day, said):
        assert f"What is usual today {said}" in text(seen_on(day))

    def test_past_the_last_band_nothing_is_promised_of_a_log(self, seen_on):
        seen = text(seen_on(400))
        assert "Log today to see" not in seen
        assert "Day 400 is past the last day we can compare." in seen
        assert "Log day 400" in seen


class TestPhases:
    @pytest.mark.parametrize(
        "day, now",
        [(2, "Initial healing days 0–7 you are here from 14 Mar"), (150, "Results maturing days 91–270 you are here from 13 Jun")],
    )
    def test_each_is_over_now_or_to_come(self, seen_on, day, now):
        response = seen_on(day)
        rows = [row for row in items(response) if re.search(r"days \d+–\d+ ", row)]
        assert len(rows) == 5
        assert [row for row in rows if "you are here" in row] == [now]
        assert response.content.decode().count('aria-current="step"') == 1

    def test_past_the_last_one_it_says_so(self, seen_on):
        response = seen_on(366)
        assert "Day 366 is past the last phase." in text(response)
        assert 'aria-current="step"' not in response.content.decode()


class TestCheckIns:
    def test_a_logged_day_names_the_next_one(self, as_patient, treatment):
        a_log(treatment, 4)
        assert "Your next check-in is due tomorrow, Thursday 19 March; you can log any day." in text(as_patient.get(URL))

    @pytest.mark.parametrize("day, logged, said", [(10, 7, "Saturday 28 March"), (30, 28, "Monday 11 May")])
    def test_later_it_is_weeks_away_and_today_stays_offered(self, seen_on, treatment, travel_to, day, logged, said):
        travel_to(treatment.date_of(logged))
        a_log(treatment, logged)
        seen = text(seen_on(day))
        assert f"Log day {day} Your next check-in is due {said}; you can log any day." in seen

    @pytest.mark.parametrize("day, asks", [(3, False), (7, False), (14, True), (150, True)])
    def test_the_improvement_scale_is_announced_from_day_14(self, seen_on, day, asks):
        assert ("It also asks how your skin looks compared with before the treatment." in text(seen_on(day))) is asks

    def test_it_is_announced_with_the_check_in_that_has_it(self, seen_on, treatment, travel_to):
        travel_to(treatment.date_of(7))
        a_log(treatment, 7)
        assert "It also asks how your skin looks" in text(seen_on(8))

    def test_an_earlier_session_asks_for_nothing_and_says_where_the_latest_is(self, signed_in, treatment, clinician, travel_to):
        travel_to(treatment.date_of(40))
        next_session(clinician, treatment.patient, treatment.date_of(40))
        response = signed_in(treatment.patient.user).get(reverse("recovery-of", args=[treatment.uuid]))
        assert "This is an earlier session, of Saturday 14 March 2026. Go to your latest session" in text(response)
        assert "check-in" not in text(response)


class TestCare:
    def test_sources_and_where_they_differ(self, as_patient, treatment):
        seen = text(as_patient.get(URL))
        assert "No swimming, sauna or steam. Last day today. Sources differ: 72 hours to 5 days." in seen
        assert "Where this advice comes from" in seen
        assert "Danjella Dusanic, personal site: What to expect after microneedling?" in seen

    def test_without_advice_it_says_so_and_names_no_source_of_it(self, seen_on):
        seen = text(seen_on(150))
        assert "Care today The timeline asks for no special care on day 150. What your clinic told you comes first." in seen
        assert "Where this advice comes from" not in seen


class TestAhead:
    def test_month_5(self, seen_on):
        response = seen_on(150)
        assert item(response, "Measured improvement").startswith("Day 90–150 until 11 Aug Measured improvement (now)")
        assert item(response, "Touch-up window").startswith("Day 180–365 from 10 Sep Touch-up window")
        assert item(response, "Fine lines").startswith("Day 365–730 from 14 Mar 2027")

    def test_what_is_over_lies_behind(self, seen_on):
        seen = text(seen_on(150))
        assert "What lies behind you Day 0 Sat 14 Mar Treatment day" in seen
        assert "Where these dates come from" in seen

    def test_on_the_first_day_nothing_does(self, seen_on):
        assert "What lies behind you" not in text(seen_on(0))

    def test_when_everything_is_over_it_says_so(self, seen_on):
        assert "What comes next Nothing more is on the timeline." in text(seen_on(1200))


class TestNextSession:
    def url(self, treatment):
        return reverse("next-session-file", args=[treatment.uuid])

    @pytest.mark.parametrize("day, is_there", [(0, True), (42, True), (43, False)])
    def test_the_window_is_on_the_page_until_it_is_over(self, seen_on, treatment, day, is_there):
        response = seen_on(day)
        said = "The next session is usual from Saturday 11 April to Saturday 25 April. Add these dates to your calendar"
        assert (said in text(response)) is is_there
        assert (self.url(treatment) in page(response).links) is is_there

    def test_after_the_next_session_the_earlier_one_offers_none(self, signed_in, treatment, clinician, travel_to):
        travel_to(treatment.date_of(30))
        second = next_session(clinician, treatment.patient, treatment.date_of(30))
        browser = signed_in(treatment.patient.user)
        links = page(browser.get(reverse("recovery-of", args=[treatment.uuid]))).links
        assert self.url(treatment) not in links
        assert self.url(second) in page(browser.get(URL)).links

    def test_the_file_is_a_calendar_that_nobody_keeps(self, as_patient, treatment):
        response = as_patient.get(self.url(treatment))
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert response["Cache-Control"] == "private, no-store"
        assert response["Content-Disposition"] == 'attachment; filename="next-appointment.ics"'
        assert "DTSTART;VALUE=DATE:20260411\r\nDTEND;VALUE=DATE:20260426\r\n" in response.content.decode()

    def test_strangers_and_staff_do_not_get_it(self, as_patient, as_clinician, treatment, other_treatment):
        stranger, staff = as_patient.get(self.url(other_treatment)), as_clinician.get(self.url(treatment))
        assert (stranger.status_code, staff.status_code) == (404, 403)
        assert b"VEVENT" not in stranger.content + staff.content

    def test_signed_out_asks_to_sign_in(self, client, treatment):
        response = client.get(self.url(treatment))
        assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))

    def test_it_is_only_read(self, as_patient, treatment):
        response = as_patient.post(self.url(treatment))
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_older_answers_are_folded(as_patient, treatment, clinician):
    for day in (2, 3, 4):
        a_log(treatment, day, redness=4)
        a_review(treatment, clinician, reply=f"About day {day}.")
    seen = text(as_patient.get(URL))
    assert seen.index("About day 4.") < seen.index("2 earlier answers") < seen.index("About day 3.") < seen.index("About day 2.")


def test_before_the_first_day_the_page_speaks_of_no_day(signed_in, treatment, travel_to):
    """Who travels west may stand before day 0 for some hours."""
    travel_to(TREATED.replace(day=TREATED.day - 1))
    response = signed_in(treatment.patient.user).get(URL)
    assert response.status_code == 200
    assert "What is usual today" not in text(response)
    assert "check-in" not in text(response)
