"""In which state a thing may be done, with the exact sentences."""

from datetime import date, timedelta

import pytest

from patients.errors import NotNow
from patients.models import Treatment
from patients.policies import DAYS_AHEAD, check_comes_after, check_date_can_be_logged, check_new_date, check_treated_on, long_date
from recovery.timeline.scale import MOST_DAY

TODAY = date(2026, 11, 20)  # a Friday
TREATED = date(2026, 11, 16)
NEW_YEARS_DAY = date(2027, 1, 1)
BEFORE = "is before your treatment. The first day you can log is the day of the treatment."
TOO_OLD = "This recovery is more than ten years old. Ask your clinic to record a new treatment."
CHOOSE = "Choose today or one of the 3 days before."


def treated(on):
    return Treatment(treated_on=on) if on else None


@pytest.mark.parametrize(
    "when, today, treated_on, says",
    [
        (date(2026, 11, 20), TODAY, TREATED, ""),
        (date(2026, 11, 19), TODAY, TREATED, ""),
        (date(2026, 11, 17), TODAY, TREATED, ""),
        (date(2026, 11, 16), TODAY, TREATED, f"Monday 16 November is more than 3 days back. {CHOOSE}"),
        (date(2026, 11, 16), date(2026, 11, 16), TREATED, ""),  # day 0
        (date(2026, 11, 21), TODAY, TREATED, f"Saturday 21 November is tomorrow. {CHOOSE}"),
        (date(2026, 11, 22), TODAY, TREATED, f"Sunday 22 November is still to come. {CHOOSE}"),
        (date(9999, 12, 31), TODAY, TREATED, f"Friday 31 December is still to come. {CHOOSE}"),
        (date(2026, 11, 15), TODAY, TREATED, f"Sunday 15 November {BEFORE}"),
        (date(1, 1, 1), TODAY, TREATED, f"Monday 1 January {BEFORE}"),
        (date(2026, 11, 19), TODAY, TODAY, f"Thursday 19 November {BEFORE}"),
        (date(2026, 11, 21), TODAY, date(2026, 11, 21), f"Saturday 21 November is tomorrow. {CHOOSE}"),
        (date(2026, 11, 20), TODAY, date(2026, 11, 21), f"Friday 20 November {BEFORE}"),
        (date(2026, 11, 20), TODAY, None, f"Friday 20 November {BEFORE}"),
        (date(2036, 11, 13), date(2036, 11, 13), TREATED, ""),  # day 3650
        (
            date(2036, 11, 14),
            date(2036, 11, 14),
            TREATED,
            TOO_OLD,
        ),
        (date(2026, 12, 31), NEW_YEARS_DAY, TREATED, ""),
        (date(2026, 12, 28), NEW_YEARS_DAY, TREATED, f"Monday 28 December is more than 3 days back. {CHOOSE}"),
    ],
)
def test_which_dates_can_be_logged(when, today, treated_on, says):
    if not says:
        assert check_date_can_be_logged(when, today, treated(treated_on)) is None
        return
    with pytest.raises(NotNow) as refused:
        check_date_can_be_logged(when, today, treated(treated_on))
    assert str(refused.value) == says


@pytest.mark.parametrize("days", [-DAYS_AHEAD, -1, 0, 1, 365, MOST_DAY])
def test_a_treatment_may_lie_back_up_to_ten_years_or_180_days_ahead(days):
    assert check_treated_on(TODAY - timedelta(days=days), TODAY) is None


@pytest.mark.parametrize(
    "when, says",
    [
        (date(2027, 5, 20), "Thursday 20 May 2027 is more than 180 days ahead. Check the year, or plan it later."),
        (date(9999, 12, 31), "Friday 31 December 9999 is more than 180 days ahead. Check the year, or plan it later."),
    ],
)
def test_a_treatment_further_ahead_is_taken_for_a_slip(when, says):
    with pytest.raises(NotNow) as refused:
        check_treated_on(when, TODAY)
    assert str(refused.value) == says


RECORDED = "A treatment on Monday 16 November is already recorded. A further session must come after it."
PLANNED = (
    "A treatment is planned for Saturday 21 November. On the patient’s page, change its date or call it off before you record another."
)
FAR = "Monday 16 November is more than 3 days back. Choose a day to come, today, or one of the 3 days before."


@pytest.mark.parametrize(
    "when, before, says",
    [
        (date(2000, 1, 1), None, ""),
        (date(2026, 11, 17), TREATED, ""),
        (date(2026, 12, 17), TREATED, ""),
        (date(2026, 11, 16), TREATED, RECORDED),
        (date(2026, 11, 1), TREATED, RECORDED),
        (date(2026, 12, 17), TODAY, ""),  # planned for today is no plan any more
        (date(2026, 12, 17), date(2026, 11, 21), PLANNED),
        (date(2026, 11, 20), date(2026, 11, 21), PLANNED),
        (date(2026, 11, 21), date(2026, 11, 21), PLANNED),
    ],
)
def test_sessions_come_in_order_and_one_is_planned_at_a_time(when, before, says):
    assert refusal(lambda: check_comes_after(when, treated(before), TODAY)) == says


@pytest.mark.parametrize(
    "when, before, says",
    [
        (date(2027, 5, 19), TREATED, ""),
        (date(2026, 11, 21), TREATED, ""),
        (TODAY, None, ""),
        (date(2026, 11, 17), TREATED, ""),
        (date(2027, 5, 20), TREATED, "Thursday 20 May 2027 is more than 180 days ahead. Check the year, or plan it later."),
        (date(2026, 11, 16), None, FAR),
        (date(2026, 11, 18), date(2026, 11, 18), "Session 1 was on Wednesday 18 November. Choose a day after it."),
        (date(2026, 11, 17), date(2026, 11, 18), "Session 1 was on Wednesday 18 November. Choose a day after it."),
    ],
)
def test_where_a_planned_treatment_can_be_moved_to(when, before, says):
    assert refusal(lambda: check_new_date(when, TODAY, treated(before))) == says


def refusal(check):
    """Its sentence, or nothing."""
    try:
        check()
    except NotNow as refused:
        return str(refused)
    return ""


def test_a_treatment_longer_ago_is_taken_for_a_slip():
    with pytest.raises(NotNow, match=r"^Saturday 20 November 1926 is more than ten years back\. Check the year\.$"):
        check_treated_on(date(1926, 11, 20), TODAY)


def test_dates_are_said_without_a_leading_zero():
    assert long_date(date(2026, 11, 3)) == "Tuesday 3 November"
