"""In which state a thing may be done. Each check raises NotNow with a sentence that says what to do instead."""

from datetime import date
from enum import StrEnum

from django.db.models import Max

from patients.errors import NotNow
from patients.models import NormVersion, Protocol, Treatment
from recovery.timeline.scale import MOST_DAY


class VersionState(StrEnum):
    """Where a norm version stands in its life."""

    DRAFT = "draft"
    IN_FORCE = "in force"
    RETIRED = "retired"
    DISCARDED = "discarded"  # gone from the tables, kept whole in the audit


# What can be done with a version in each state, and what it is then. Restoring copies: what was published never changes.
VERSION_LIFE = {
    VersionState.DRAFT: {"edit": VersionState.DRAFT, "publish": VersionState.IN_FORCE, "discard": VersionState.DISCARDED},
    VersionState.IN_FORCE: {
        "move recoveries to it": VersionState.IN_FORCE,
        "publish the next": VersionState.RETIRED,
        "retire its protocol": VersionState.RETIRED,
    },
    VersionState.RETIRED: {"restore as a draft": VersionState.DRAFT, "bring its protocol back": VersionState.IN_FORCE},
    VersionState.DISCARDED: {},
}

DAYS_BACK = 3  # older days are remembered too poorly to be compared


def long_date(day: date) -> str:
    """“Tuesday 24 November”, the way dates are said to patients."""
    return f"{day:%A} {day.day} {day:%B}"


def check_date_can_be_logged(when: date, today: date, treatment: Treatment | None) -> None:
    """Today and the three days before, from the treatment's date on."""
    if when > today:
        said = "tomorrow" if (when - today).days == 1 else "still to come"
        raise NotNow(f"{long_date(when)} is {said}. Choose today or one of the {DAYS_BACK} days before.")
    # None: no treatment had been done yet on that date, so there is no day to count.
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


def state_of(version: NormVersion, newest: int | None = None) -> VersionState:
    """`newest`: the number of its protocol's newest published version, where it is at hand; else the database is asked."""
    if version.is_draft:
        return VersionState.DRAFT
    # In force is what is newest, not a mark on the row: published rows cannot be changed, so none could be taken off.
    if newest is None:
        newest = NormVersion.objects.published().filter(protocol=version.protocol_id).aggregate(number=Max("number"))["number"]
    return VersionState.RETIRED if version.protocol.retired_at or version.number < newest else VersionState.IN_FORCE


def check_version_can(step: str, version: NormVersion) -> None:
    """Raises NotNow for a step that the version's life does not have in its present state."""
    state = state_of(version)
    if step not in VERSION_LIFE[state]:
        raise NotNow(f"Version {version.number} is {state}: what can be done is {', '.join(VERSION_LIFE[state]) or 'nothing'}.")


def check_protocol_lives(protocol: Protocol) -> None:
    if protocol.retired_at:
        raise NotNow(f"{protocol.name} is retired. Bring it back before you change its norms.")
