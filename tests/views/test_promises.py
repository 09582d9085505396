"""What was promised and by when: a promise that was not kept does not read like one, and no day is forgotten."""

from datetime import UTC, datetime, time

import pytest
from django.urls import reverse

from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_review, open_flags
from tests.pages import page, text

URL = reverse("recovery")
CALL = "Call 020 7946 0145 if you are worried or it is getting worse."
KEPT = "Your clinic has been told and answers by"
MISSED = "Your clinic was to answer by"
NOTHING = "Nothing needs doing"


def at(day, hour):
    """A moment of a day of the recovery; its day 4 is Wednesday 18 March. In March the clinic's clock is UTC."""
    return datetime.combine(TREATED.replace(day=TREATED.day + day), time(hour), UTC)


@pytest.fixture
def seen_at(signed_in, treatment, travel_to):
    def seen(day, hour, url=URL):
        travel_to(treatment.date_of(day), time(hour))
        return text(signed_in(treatment.patient.user).get(url))

    return seen


class TestTheDayItself:
    # A watch of Wednesday 10:00 is promised for Friday 18:00; an urgent one for the same evening.
    @pytest.mark.parametrize(
        "answers, day, hour, said",
        [
            ({"redness": 3}, 4, 11, f"{KEPT} Friday 20 March, 18:00."),
            ({"redness": 3}, 6, 17, f"{KEPT} today, 18:00."),
            ({"redness": 3}, 6, 19, f"{MISSED} today, 18:00 and has not yet. {CALL}"),
            ({"redness": 3}, 7, 9, f"{MISSED} Friday 20 March, 18:00 and has not yet. {CALL}"),
            ({"redness": 4}, 4, 17, f"{KEPT} today, 18:00. Do not wait for the reply."),
            ({"redness": 4}, 4, 19, f"{MISSED} today, 18:00 and has not yet. {CALL}"),
            ({"redness": 4}, 5, 9, f"{MISSED} Wednesday 18 March, 18:00 and has not yet. {CALL}"),
            ({"asked": True}, 7, 9, f"{MISSED} Friday 20 March, 18:00 and has not yet. {CALL}"),
        ],
    )
    def test_kept_or_missed(self, seen_at, treatment, answers, day, hour, said):
        a_log(treatment, 4, at=at(4, 10), **answers)
        for url in (URL, reverse("log-saved", args=[TODAY.isoformat()])):
            seen = seen_at(day, hour, url)
            assert said in seen
            assert (KEPT in seen) != (MISSED in seen)

    def test_the_number_can_be_tapped(self, signed_in, treatment, travel_to):
        a_log(treatment, 4, at=at(4, 10), redness=3)
        travel_to(treatment.date_of(7))
        links = page(signed_in(treatment.patient.user).get(URL)).links
        assert links.count("tel:02079460145") == 2  # the line of help on top, and here

    @pytest.mark.parametrize("answers", [{"signs": "fever", "asked": True}, {"asked": True, "redness": 4, "swelling": 4}])
    def test_of_several_promises_of_a_day_the_earliest_counts(self, seen_at, treatment, answers):
        a_log(treatment, 4, at=at(4, 10), **answers)
        assert f"{KEPT} today, 18:00." in seen_at(4, 11)

    def test_an_answer_ends_it(self, seen_at, treatment, clinician):
        a_log(treatment, 4, at=at(4, 10), redness=3)
        a_review(treatment, clinician)
        seen = seen_at(7, 9)
        assert "Your clinic has looked at this." in seen
        assert (KEPT in seen, MISSED in seen) == (False, False)


class TestOtherDays:
    @pytest.fixture
    def calm_today(self, treatment):
        """Day 4 is calm; what was said before it is the test's."""

        def logs(**days):
            for name, answers in days.items():
                day = int(name.removeprefix("day"))
                a_log(treatment, day, at=at(day, 10), **answers)
            a_log(treatment, 4, at=at(4, 10))

        return logs

    @pytest.mark.parametrize(
        "days, hour, said, is_nothing_to_do",
        [
            # Monday's question is promised for Wednesday evening, Tuesday's for Thursday
            ({"day3": {"asked": True}}, 11, "Day 3 is with your clinic; answer by Thursday 19 March, 18:00.", True),
            ({"day2": {"asked": True}}, 11, "Day 2 is with your clinic; answer by today, 18:00.", True),
            ({"day2": {"asked": True}}, 19, f"Your clinic was to answer about day 2 by today, 18:00 and has not yet. {CALL}", False),
            ({"day2": {"asked": True}, "day3": {"asked": True}}, 11, "Days 2 and 3 are with your clinic; answer by today, 18:00.", True),
            # an urgent flag that is overdue beside a calm day
            (
                {"day3": {"signs": "fever"}},
                11,
                f"Your clinic was to answer about day 3 by Tuesday 17 March, 18:00 and has not yet. {CALL}",
                False,
            ),
        ],
    )
    def test_they_are_named_beside_a_calm_day(self, seen_at, calm_today, days, hour, said, is_nothing_to_do):
        calm_today(**days)
        seen = seen_at(4, hour)
        assert said in seen
        assert "Your skin is as expected for day 4." in seen
        assert (NOTHING in seen) is is_nothing_to_do

    def test_what_is_overdue_and_what_is_not_are_two_sentences(self, seen_at, calm_today):
        calm_today(day2={"asked": True}, day3={"asked": True})
        seen = seen_at(4, 19)
        overdue = seen.index("Your clinic was to answer about day 2 by today, 18:00 and has not yet.")
        assert overdue < seen.index("Day 3 is with your clinic; answer by Thursday 19 March, 18:00.")

    def test_an_urgent_one_that_is_still_to_be_answered_is_not_waited_for(self, seen_at, treatment):
        a_log(treatment, 3, "fever", at=at(3, 19))  # after hours: by Wednesday evening
        a_log(treatment, 4, at=at(4, 10))
        seen = seen_at(4, 11)
        assert "Day 3 is with your clinic; answer by today, 18:00. Do not wait for the reply: call 020 7946 0145." in seen
        assert NOTHING not in seen

    def test_a_days_own_promise_is_its_own(self, seen_at, treatment):
        a_log(treatment, 2, at=at(2, 10), asked=True)
        a_log(treatment, 4, at=at(4, 10), asked=True)
        seen = seen_at(4, 19)
        assert f"{KEPT} Friday 20 March, 18:00." in seen
        assert f"Your clinic was to answer about day 2 by today, 18:00 and has not yet. {CALL}" in seen

    def test_answered_days_are_not_named(self, seen_at, treatment, clinician):
        a_log(treatment, 2, at=at(2, 10), asked=True)
        a_log(treatment, 3, at=at(3, 10), asked=True)
        a_review(treatment, clinician, seen=[flag for flag in open_flags(treatment) if flag.log.day == 2])
        a_log(treatment, 4, at=at(4, 10))
        seen = seen_at(4, 11)
        assert "Day 3 is with your clinic" in seen
        assert "day 2 by" not in seen
        assert "Days 2" not in seen

    def test_the_clinics_clock_counts(self, seen_at, treatment):
        treatment.clinic.time_zone = "Europe/Athens"
        treatment.clinic.save()
        a_log(treatment, 4, at=at(4, 10), redness=4)  # noon in Athens: by 18:00 there, which is 16:00 UTC
        assert KEPT in seen_at(4, 15)
        assert MISSED in seen_at(4, 17)
