"""In which state a thing may be done. Each check raises NotNow with a sentence that says what to do instead."""

from datetime import date
from enum import StrEnum

from django.db.models import Max

from patients.errors import NotNow
from patients.language import gettext, long_date
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
DAYS_AHEAD = 180  # a treatment that lies further ahead is taken for a slip of the year


def check_date_can_be_logged(when: date, today: date, treatment: Treatment | None) -> None:
    """Today and the three days before, from the treatment's date on."""
    if when > today:
        said = (
            gettext("{date} is tomorrow. Choose today or one of the {number} days before.")
            if (when - today).days == 1
            else gettext("{date} is still to come. Choose today or one of the {number} days before.")
        )
        raise NotNow(said.format(date=long_date(when), number=DAYS_BACK))
    # None: no treatment had been done yet on that date, so there is no day to count.
    if treatment is None or when < treatment.treated_on:
        said = gettext("{date} is before your treatment. The first day you can log is the day of the treatment.")
        raise NotNow(said.format(date=long_date(when)))
    if treatment.day_of(when) > MOST_DAY:
        raise NotNow(gettext("This recovery is more than ten years old. Ask your clinic to record a new treatment."))
    if (today - when).days > DAYS_BACK:
        said = gettext("{date} is more than {number} days back. Choose today or one of the {number} days before.")
        raise NotNow(said.format(date=long_date(when), number=DAYS_BACK))


def check_treated_on(when: date, today: date) -> None:
    """Done up to ten years ago, or planned for one of the days to come."""
    if (when - today).days > DAYS_AHEAD:
        raise NotNow(f"{long_date(when)} {when.year} is more than {DAYS_AHEAD} days ahead. Check the year, or plan it later.")
    if (today - when).days > MOST_DAY:
        raise NotNow(f"{long_date(when)} {when.year} is more than ten years back. Check the year.")


def check_comes_after(when: date, before: Treatment | None, today: date) -> None:
    """In order only, and one plan at a time. `before`: the patient's last treatment, done or planned."""
    if before is None:
        return
    if before.treated_on > today:
        said = long_date(before.treated_on)
        raise NotNow(f"A treatment is planned for {said}. On the patient’s page, change its date or call it off before you record another.")
    # An earlier session recorded late would have to take over logs and the pinned comparison of the next.
    if when <= before.treated_on:
        raise NotNow(f"A treatment on {long_date(before.treated_on)} is already recorded. A further session must come after it.")


def check_can_be_replanned(treatment: Treatment) -> None:
    """A plan can be changed or called off until something is known of it: a log, and the photos and flags with it."""
    if not treatment.was_planned:
        raise NotNow("This treatment was recorded when it was done. Only a planned one can be moved or called off.")
    if treatment.logs.exists():
        raise NotNow("The patient has logged this treatment. It cannot be moved or called off any more.")
    if Treatment.objects.filter(session_before=treatment).exists():
        raise NotNow("A later session is recorded. This one cannot be moved or called off any more.")


def can_be_replanned(treatment: Treatment) -> bool:
    # From the check itself, so that a button and the refusal behind it cannot disagree.
    try:
        check_can_be_replanned(treatment)
    except NotNow:
        return False
    return True


def check_new_date(when: date, today: date, before: Treatment | None) -> None:
    """Where a planned treatment can be moved to. `before`: the session before it."""
    check_treated_on(when, today)
    if (today - when).days > DAYS_BACK:
        said = f"{long_date(when)} is more than {DAYS_BACK} days back."
        raise NotNow(f"{said} Choose a day to come, today, or one of the {DAYS_BACK} days before.")
    if before is not None and when <= before.treated_on:
        raise NotNow(f"Session {before.session_number} was on {long_date(before.treated_on)}. Choose a day after it.")


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
