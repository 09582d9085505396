"""In which state a thing may be done. Each check raises NotNow with a sentence that says what to do instead."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Max

from patients.errors import NotNow
from patients.language import gettext, long_date
from patients.models import NormVersion, Patient, Protocol, Review, Treatment
from patients.models.replies import LONGEST_NAME, LONGEST_TEXT, PLACEHOLDERS
from recovery.timeline.scale import MOST_DAY, Urgency


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

MOST_SNOOZED = 60  # days; what is put off for longer is forgotten, not put off
MOST_HOLIDAYS = 400
HOLIDAY_DAYS_BACK, HOLIDAY_DAYS_AHEAD = 366, 1830  # what lies further off is taken for a slip of the year
INVITATION_PAUSE, MOST_INVITATIONS = timedelta(minutes=1), 5  # between two to the same patient, and in 24 hours
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
        raise NotNow(f"{long_date(when)} {when.year} is more than {DAYS_AHEAD} days ahead. Check the year, or plan it later.", "treated_on")
    if (today - when).days > MOST_DAY:
        raise NotNow(f"{long_date(when)} {when.year} is more than ten years back. Check the year.", "treated_on")


def check_comes_after(when: date, before: Treatment | None, today: date) -> None:
    """In order only, and one plan at a time. `before`: the patient's last treatment, done or planned."""
    if before is None:
        return
    if before.treated_on > today:
        said = f"A treatment is planned for {long_date(before.treated_on)}."
        raise NotNow(f"{said} On the patient’s page, change its date or call it off before you record another.", "treated_on")
    # An earlier session recorded late would have to take over logs and the pinned comparison of the next.
    if when <= before.treated_on:
        said = f"A treatment on {long_date(before.treated_on)} is already recorded."
        raise NotNow(f"{said} A further session must come after it.", "treated_on")


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


def check_snooze_date(until: date, today: date) -> None:
    if until <= today:
        said = "today" if until == today else "over"
        raise NotNow(f"{long_date(until)} is {said}. Choose a date from tomorrow on.")
    if (until - today).days > MOST_SNOOZED:
        raise NotNow(f"{long_date(until)} {until.year} is more than {MOST_SNOOZED} days ahead. Choose an earlier date.")


def check_can_be_snoozed(treatment: Treatment) -> None:
    """Watch rows only, overdue ones too: who snoozes has looked. What is urgent was promised the same day."""
    if not treatment.open_urgency:
        raise NotNow("Nothing is open here, so there is nothing to snooze.")
    if treatment.open_urgency > Urgency.WATCH:
        raise NotNow(f"This is {Urgency(treatment.open_urgency).word} and cannot be snoozed. Review it, or assign it to yourself.")


def check_can_be_nudged(treatment: Treatment, today: date, now: datetime) -> None:
    """`today`: by the patient's calendar."""
    name = treatment.patient.user.first_name
    if not treatment.patient.user.is_active:
        raise NotNow(f"{name} can no longer sign in, so a mail would lead nowhere. Call instead.")
    if treatment.treated_on > today:
        raise NotNow("This treatment is still to come, so there is nothing to ask for yet.")
    if treatment.quiet_from is None or treatment.quiet_until is None or treatment.quiet_until <= now:
        raise NotNow("This recovery is over: no entry is asked for any more.")
    if treatment.last_log_day is not None and treatment.last_log_day >= treatment.day_of(today):
        raise NotNow(f"{name} has logged today, so there is nothing to ask for.")


def check_can_be_closed(treatment: Treatment, today: date, is_latest: bool) -> None:
    """`today`: by the patient's calendar; `is_latest`: no later session has begun."""
    if treatment.treated_on > today:
        raise NotNow("This treatment is planned, so there is no recovery to close. Call the treatment off instead.")
    if not is_latest:
        raise NotNow("A later session has begun, so this recovery is over by itself. There is nothing to close.")
    if treatment.open_urgency:
        word = Urgency(treatment.open_urgency).word
        raise NotNow(f"Something is open here ({word}). Review it first, then close the recovery.")


def check_can_be_invited(patient: Patient, made: Collection[datetime], now: datetime) -> None:
    """`made`: when this patient was invited in the last 24 hours, what no mail server took left out."""
    name = patient.user.first_name
    if not patient.user.is_active:
        raise NotNow(f"The sign-in of {name} is switched off, so an invitation would lead nowhere.")
    if patient.user.last_login is not None:
        raise NotNow(f"{name} has signed in already and needs no invitation. The sign-in page sends a code to the address at any time.")
    if any(now - at < INVITATION_PAUSE for at in made):
        raise NotNow(f"{name} was invited less than a minute ago. Give the mail a moment before you send it again.")
    if len(made) >= MOST_INVITATIONS:
        said = f"{name} was invited {MOST_INVITATIONS} times in the last 24 hours, which is the most."
        raise NotNow(f"{said} Check the address with the patient, or try again tomorrow.")


def check_urgency_is_at_most(most: Urgency, treatment: Treatment) -> None:
    """`treatment` as it is under the lock: something urgent may have come in since the page was read."""
    if treatment.open_urgency > most:
        raise NotNow(f"This is {Urgency(treatment.open_urgency).word} now. Open it and review it by itself.")


def check_review_can_be_undone(review: Review, newest: Review | None) -> None:
    """`newest`: the newest review of the same recovery that stands."""
    clinic = review.clinic
    if review.undone_at is not None and review.undone_by is not None:
        at = clinic.local(review.undone_at)
        raise NotNow(f"{review.undone_by.byline} undid this on {long_date(at.date())} at {at:%H:%M} already.")
    if newest is not None and newest.pk != review.pk:
        at = clinic.local(newest.reviewed_at)
        said = f"{long_date(at.date())} at {at:%H:%M}"
        raise NotNow(f"{newest.reviewed_by.byline} has reviewed this recovery since, on {said}. Undo that review first.")


def check_clock(
    opens_at: time, closes_at: time, weekdays: str, watch_days: int, urgent_hours: int | None, holidays: Mapping[date, str]
) -> None:
    """What a clinic may promise, in one sentence for the first thing that is wrong."""
    if opens_at >= closes_at:
        raise NotNow(f"The clinic must open before it closes: {opens_at:%H:%M} is not before {closes_at:%H:%M}.")
    if not weekdays or set(weekdays) - set("1234567") or len(set(weekdays)) < len(weekdays):
        raise NotNow("Choose at least one working day, each once: Monday is 1 and Sunday is 7.")
    if not 1 <= watch_days <= 5:
        raise NotNow("A watch is answered within 1 to 5 working days. Choose a number from 1 to 5.")
    if urgent_hours is not None and not 1 <= urgent_hours <= 24:
        raise NotNow("What is urgent is answered within 1 to 24 working hours, or the same working day. Choose one of these.")
    if len(holidays) > MOST_HOLIDAYS:
        raise NotNow(f"{len(holidays)} holidays are too many: {MOST_HOLIDAYS} can be kept. Leave out those that are over.")
    for day, name in holidays.items():
        if not name.strip() or len(name) > 80:
            raise NotNow(f"Give {long_date(day)} {day.year} a name of up to 80 letters, such as “Good Friday”.")


def check_holiday(day: date, today: date) -> None:
    """For one that is new: what is over for long promises nothing any more."""
    if (today - day).days > HOLIDAY_DAYS_BACK:
        raise NotNow(f"{long_date(day)} {day.year} is more than a year back. Check the year.")
    if (day - today).days > HOLIDAY_DAYS_AHEAD:
        raise NotNow(f"{long_date(day)} {day.year} is more than five years ahead. Check the year.")


def check_reply_template(name: str, text: str) -> None:
    """What a clinic may keep as a text for its replies, in one sentence for the first thing that is wrong."""
    if not 1 <= len(name) <= LONGEST_NAME:
        raise NotNow(f"Give the text a name of up to {LONGEST_NAME} letters.")
    if not text:
        raise NotNow("The text is empty. Write what the patient is to read.")
    if len(text) > LONGEST_TEXT:
        raise NotNow(f"The text has {len(text)} letters; {LONGEST_TEXT} fit. Shorten it.")
    rest = re.sub("|".join(f"{{{known}}}" for known in PLACEHOLDERS), "", text)
    # A slip such as {nmae} would reach the patient as it stands.
    if found := re.search(r"\{[^{}\n]{0,40}\}?|\}", rest):
        raise NotNow(f"“{found[0].strip()}” is not a placeholder. Write {{name}}, {{clinic}} or {{phone}}, and no other curly brackets.")
