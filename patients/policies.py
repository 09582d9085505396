"""In which state a thing may be done. Each check raises NotNow with a sentence that says what to do instead."""

from datetime import date

from patients.errors import NotNow
from patients.models import Treatment
from patients.models.norms import MOST_DAY

DAYS_BACK = 3  # older days are remembered too poorly to be compared


def long_date(day: date) -> str:
    """“Tuesday 24 November”, the way dates are said to patients."""
    return f"{day:%A} {day.day} {day:%B}"


def check_date_can_be_logged(when: date, today: date, treatment: Treatment | None) -> None:
    """Today and the three days before, from the treatment's date on."""
    if when > today:
        said = "tomorrow" if (when - today).days == 1 else "still to come"
        raise NotNow(f"{long_date(when)} is {said}. Choose today or one of the {DAYS_BACK} days before.")
    if treatment is None or when < treatment.treated_on:
        raise NotNow(f"{long_date(when)} is before your treatment. The first day you can log is the day of the treatment.")
    if treatment.day_of(when) > MOST_DAY:
        raise NotNow("This recovery is more than ten years old. Ask your clinic to record a new treatment.")
    if (today - when).days > DAYS_BACK:
        raise NotNow(f"{long_date(when)} is more than {DAYS_BACK} days back. Choose today or one of the {DAYS_BACK} days before.")


def check_treated_on(when: date, today: date) -> None:
    if when > today:
        raise NotNow(f"{long_date(when)} is still to come. Record the treatment on the day it is done.")
    if (today - when).days > MOST_DAY:
        raise NotNow(f"{long_date(when)} {when.year} is more than ten years back. Check the year.")
