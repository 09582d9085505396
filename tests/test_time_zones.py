"""Which day it is for a patient: clocks that change, dates that differ, and journeys over the date line.

Each story goes the way of a real log: the patient's date, the day of the recovery, what can be logged and what is asked for.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from patients.actions.logs import record_log
from patients.actions.people import change_settings
from patients.actions.reminders import due_now
from patients.errors import NotNow
from patients.models import Log, Patient, Treatment
from patients.policies import check_date_can_be_logged, long_date
from tests.factories import a_clinic, a_member, a_treatment, said
from tests.pages import text

AUCKLAND, HONOLULU, LONDON, TOKYO = "Pacific/Auckland", "Pacific/Honolulu", "Europe/London", "Asia/Tokyo"
# What happens, zone of the patient, treated on, moment in UTC: local date, day, days that can be logged.
STORIES = [
    ("noon in winter", LONDON, "2026-03-14", "2026-03-18 12:00", "2026-03-18", 4, [1, 2, 3, 4]),
    ("a minute before midnight on day 0", LONDON, "2026-03-18", "2026-03-18 23:59", "2026-03-18", 0, [0]),
    ("a minute after midnight", LONDON, "2026-03-18", "2026-03-19 00:01", "2026-03-19", 1, [0, 1]),
    ("midnight itself", LONDON, "2026-03-18", "2026-03-19 00:00", "2026-03-19", 1, [0, 1]),
    ("the last minute of day 3, day 0 still open", LONDON, "2026-03-15", "2026-03-18 23:59", "2026-03-18", 3, [0, 1, 2, 3]),
    # The clocks go forward and back.
    ("London, the evening before the hour that is left out", LONDON, "2026-03-28", "2026-03-28 23:59", "2026-03-28", 0, [0]),
    ("London, just before it", LONDON, "2026-03-28", "2026-03-29 00:59", "2026-03-29", 1, [0, 1]),
    ("London, just after it", LONDON, "2026-03-28", "2026-03-29 01:00", "2026-03-29", 1, [0, 1]),
    ("London in summer, midnight an hour before that of UTC", LONDON, "2026-03-28", "2026-03-29 23:00", "2026-03-30", 2, [0, 1, 2]),
    ("London, the first half past one", LONDON, "2026-10-24", "2026-10-25 00:30", "2026-10-25", 1, [0, 1]),
    ("London, the second half past one", LONDON, "2026-10-24", "2026-10-25 01:30", "2026-10-25", 1, [0, 1]),
    ("London, the end of the day of 25 hours", LONDON, "2026-10-24", "2026-10-25 23:59", "2026-10-25", 1, [0, 1]),
    ("New York, the end of the day of 23 hours", "America/New_York", "2026-03-07", "2026-03-09 03:59", "2026-03-08", 1, [0, 1]),
    ("New York, the midnight after it", "America/New_York", "2026-03-07", "2026-03-09 04:00", "2026-03-09", 2, [0, 1, 2]),
    ("New York, the end of the day of 25 hours", "America/New_York", "2026-10-31", "2026-11-02 04:59", "2026-11-01", 1, [0, 1]),
    ("Lord Howe, half an hour forward", "Australia/Lord_Howe", "2026-10-03", "2026-10-04 12:59", "2026-10-04", 1, [0, 1]),
    ("Lord Howe, the midnight after it", "Australia/Lord_Howe", "2026-10-03", "2026-10-04 13:00", "2026-10-05", 2, [0, 1, 2]),
    ("Lord Howe, half an hour back", "Australia/Lord_Howe", "2026-04-04", "2026-04-05 13:29", "2026-04-05", 1, [0, 1]),
    ("Cairo, before a midnight that is left out", "Africa/Cairo", "2026-04-23", "2026-04-23 21:59", "2026-04-23", 0, [0]),
    ("Cairo, one o'clock right after it", "Africa/Cairo", "2026-04-23", "2026-04-23 22:00", "2026-04-24", 1, [0, 1]),
    ("Cairo, the last hour comes twice", "Africa/Cairo", "2026-10-29", "2026-10-29 21:30", "2026-10-29", 0, [0]),
    ("São Paulo 2018, before the midnight left out", "America/Sao_Paulo", "2018-11-03", "2018-11-04 02:59", "2018-11-03", 0, [0]),
    ("São Paulo 2018, right after it", "America/Sao_Paulo", "2018-11-03", "2018-11-04 03:00", "2018-11-04", 1, [0, 1]),
    ("Santiago, the second time it is eleven at night", "America/Santiago", "2026-04-04", "2026-04-05 03:30", "2026-04-04", 0, [0]),
    # Far ahead, far behind, and by three quarters of an hour.
    ("Auckland, a minute before midnight", AUCKLAND, "2026-03-18", "2026-03-18 10:59", "2026-03-18", 0, [0]),
    ("Auckland, midnight", AUCKLAND, "2026-03-18", "2026-03-18 11:00", "2026-03-19", 1, [0, 1]),
    ("Honolulu, a minute before midnight", HONOLULU, "2026-03-18", "2026-03-19 09:59", "2026-03-18", 0, [0]),
    ("Honolulu, midnight", HONOLULU, "2026-03-18", "2026-03-19 10:00", "2026-03-19", 1, [0, 1]),
    ("Kiritimati, 14 hours ahead", "Pacific/Kiritimati", "2026-03-18", "2026-03-18 10:00", "2026-03-19", 1, [0, 1]),
    ("Pago Pago, 11 hours behind", "Pacific/Pago_Pago", "2026-03-18", "2026-03-19 10:59", "2026-03-18", 0, [0]),
    ("Kathmandu, a quarter to six ahead", "Asia/Kathmandu", "2026-03-18", "2026-03-18 18:14", "2026-03-18", 0, [0]),
    ("Kathmandu, its midnight", "Asia/Kathmandu", "2026-03-18", "2026-03-18 18:15", "2026-03-19", 1, [0, 1]),
    # Samoa left out 30 December 2011: it went from day 1 to day 3, and day 2 is a date like others to whoever had it elsewhere.
    ("Samoa, the last minute before the date that never was", "Pacific/Apia", "2011-12-28", "2011-12-30 09:59", "2011-12-29", 1, [0, 1]),
    ("Samoa, the minute after", "Pacific/Apia", "2011-12-28", "2011-12-30 10:00", "2011-12-31", 3, [0, 1, 2, 3]),
    # The calendar.
    ("leap day is day 0", LONDON, "2028-02-29", "2028-02-29 20:00", "2028-02-29", 0, [0]),
    ("the day after leap day", LONDON, "2028-02-29", "2028-03-01 20:00", "2028-03-01", 1, [0, 1]),
    ("over leap day", LONDON, "2028-02-27", "2028-03-01 20:00", "2028-03-01", 3, [0, 1, 2, 3]),
    ("over the end of a February without one", LONDON, "2027-02-27", "2027-03-01 20:00", "2027-03-01", 2, [0, 1, 2]),
    ("a year after leap day", LONDON, "2028-02-29", "2029-02-28 20:00", "2029-02-28", 365, [362, 363, 364, 365]),
    ("and a day", LONDON, "2028-02-29", "2029-03-01 20:00", "2029-03-01", 366, [363, 364, 365, 366]),
    ("over New Year", LONDON, "2026-12-30", "2027-01-01 00:00", "2027-01-01", 2, [0, 1, 2]),
    ("New Year in Auckland while it is New Year's Eve in London", AUCKLAND, "2026-12-30", "2026-12-31 11:00", "2027-01-01", 2, [0, 1, 2]),
    # The clinic is in London in all of these; the date of the treatment is the one that it writes down.
    ("treated at 20:00 in London, at home it is the morning after", AUCKLAND, "2026-03-18", "2026-03-18 20:00", "2026-03-19", 1, [0, 1]),
    ("treated at 9:00 in London, at home it is the night before", HONOLULU, "2026-03-18", "2026-03-18 09:00", "2026-03-17", -1, []),
    ("the same patient once it is that date at home", HONOLULU, "2026-03-18", "2026-03-18 10:00", "2026-03-18", 0, [0]),
]  # fmt: skip


def at(moment):
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@dataclass
class Told:
    """A story with its people."""

    treatment: Treatment
    now: datetime

    @property
    def patient(self):
        return Patient.objects.get(pk=self.treatment.patient.pk)


@pytest.fixture
def told(db, travel_to):
    def tell(zone, treated_on, moment, clinic_zone=LONDON):
        now = at(moment)
        travel_to(now.date(), now.time())
        clinician = a_member(a_clinic(time_zone=clinic_zone), "clinician", "Mira Osei")
        return Told(a_treatment(clinician, "Ana Ferreira", date.fromisoformat(treated_on), time_zone=zone), now)

    return tell


def open_days(treatment, today):
    """The days, of all around today and the treatment, that can be logged."""
    found = []
    for day in {*range(-3, 6), *range(treatment.day_of(today) - 6, treatment.day_of(today) + 4)}:
        try:
            check_date_can_be_logged(treatment.date_of(day), today, treatment)
        except NotNow:
            continue
        found.append(day)
    return sorted(found)


def test_at_least_30_stories_are_told():
    assert len(STORIES) + len(JOURNEYS) >= 30
    assert len({name for name, *_ in STORIES}) == len(STORIES)


@pytest.mark.parametrize("zone, treated_on, moment, today, day, days", [story[1:] for story in STORIES], ids=[s[0] for s in STORIES])
class TestWhichDayItIs:
    def test_date_day_and_what_can_be_logged(self, told, zone, treated_on, moment, today, day, days):
        story = told(zone, treated_on, moment)
        assert story.patient.today().isoformat() == today
        assert story.patient.today(story.now.astimezone(ZoneInfo("Asia/Tokyo"))).isoformat() == today
        assert story.treatment.day_of(story.patient.today()) == day
        assert open_days(story.treatment, story.patient.today()) == days

    def test_the_log_and_how_late_it_is(self, told, zone, treated_on, moment, today, day, days):
        story = told(zone, treated_on, moment)
        for open_day in days:
            when = story.treatment.date_of(open_day)
            record_log(by=story.treatment.patient.user, treatment=story.treatment, when=when, said=said(), now=story.now)
        found = list(Log.objects.of(story.treatment).values_list("day", "days_late"))
        assert found == [(open_day, day - open_day) for open_day in days]

    def test_the_page_asks_for_that_day(self, told, signed_in, zone, treated_on, moment, today, day, days):
        story = told(zone, treated_on, moment)
        response = signed_in(story.patient.user).get("/log/")
        if days:
            spelt = f"{date.fromisoformat(today):%A} {date.fromisoformat(today).day} {date.fromisoformat(today):%B}"
            assert f"Day {day}, {spelt} How is your skin today?" in text(response)
        else:
            assert f"Logging begins on {long_date(story.treatment.treated_on)}, the day of your treatment" in text(response)

    def test_the_reminder_asks_for_the_same_date(self, told, zone, treated_on, moment, today, day, days):
        """At this hour of the patient's own day; phases ask for some days only."""
        story = told(zone, treated_on, moment)
        hour = story.now.astimezone(ZoneInfo(zone)).hour
        change_settings(by=story.patient.user, theme="light", reminder_hour=hour)
        expected = [(story.treatment, date.fromisoformat(today))] if 0 <= day <= 365 else []
        assert due_now(story.now) == expected


# A journey: zone of the patient's settings, moment in UTC, date that is logged, the day it is; or the start of the refusal.
JOURNEYS = {
    "west over the date line: the same date twice": [
        (AUCKLAND, "2026-03-18 07:00", "2026-03-18", 4),  # 20:00 there
        (HONOLULU, "2026-03-18 21:00", "2026-03-18", 4),  # 11:00 there, after a night's flight: the entry is changed
        (HONOLULU, "2026-03-19 21:00", "2026-03-19", 5),
    ],
    "west, with the next day logged already": [
        (AUCKLAND, "2026-03-18 19:00", "2026-03-19", 5),  # 8:00 of the 19th
        (HONOLULU, "2026-03-18 21:00", "2026-03-18", 4),  # 11:00 of the 18th, that was missing
        (HONOLULU, "2026-03-18 21:05", "2026-03-19", "Thursday 19 March is tomorrow."),
        (HONOLULU, "2026-03-19 21:00", "2026-03-19", 5),  # and here it is once more
    ],
    "east over the date line: a date is left out": [
        (HONOLULU, "2026-03-18 05:00", "2026-03-17", 3),  # 19:00 there
        (AUCKLAND, "2026-03-18 19:00", "2026-03-19", 5),  # 8:00 of the 19th after a flight of some hours
        (AUCKLAND, "2026-03-18 19:05", "2026-03-18", 4),  # the date between can be filled in
    ],
    "east, and what was four days back is not open any more": [
        (HONOLULU, "2026-03-18 05:00", "2026-03-14", 0),
        (AUCKLAND, "2026-03-18 05:01", "2026-03-14", "Saturday 14 March is more than 3 days back."),
    ],
    "west on the day of the treatment": [
        (AUCKLAND, "2026-03-14 02:00", "2026-03-14", 0),
        (HONOLULU, "2026-03-14 05:00", "2026-03-13", "Friday 13 March is before your treatment."),
        (HONOLULU, "2026-03-14 05:00", "2026-03-14", "Saturday 14 March is tomorrow."),
        (HONOLULU, "2026-03-14 20:00", "2026-03-14", 0),
    ],
    "London to Tokyo in the evening: the date changes on the way": [
        (LONDON, "2026-03-17 14:00", "2026-03-17", 3),
        (TOKYO, "2026-03-17 15:00", "2026-03-18", 4),
    ],
    "Tokyo to London after midnight: yesterday again": [
        (TOKYO, "2026-03-17 15:30", "2026-03-18", 4),
        (LONDON, "2026-03-17 16:00", "2026-03-17", 3),
        (LONDON, "2026-03-18 08:00", "2026-03-18", 4),
    ],
    "a page opened before midnight and sent a minute after it": [
        (LONDON, "2026-03-15 00:01", "2026-03-14", 0),
        (LONDON, "2026-03-15 00:02", "2026-03-15", 1),
    ],
}


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey(told, travel_to, signed_in, name):
    """Each stage: the zone is changed in the settings, a date is logged, and every page of the patient opens."""
    treatment, logged = None, {}
    for zone, moment, when, expected in JOURNEYS[name]:
        now = at(moment)
        travel_to(now.date(), now.time())
        treatment = treatment or told(zone, "2026-03-14", moment).treatment
        user = treatment.patient.user
        change_settings(by=user, theme="light", time_zone=zone)
        treatment = Treatment.objects.with_people().get(pk=treatment.pk)
        answer = said(note=moment)  # another each time, so that it is seen whether it was stored
        if isinstance(expected, str):
            with pytest.raises(NotNow, match=expected):
                record_log(by=user, treatment=treatment, when=date.fromisoformat(when), said=answer, now=now)
        else:
            recorded = record_log(by=user, treatment=treatment, when=date.fromisoformat(when), said=answer, now=now)
            assert (recorded.log.day, recorded.is_new) == (expected, expected not in logged)
            logged[expected] = moment
        assert dict(Log.objects.of(treatment).values_list("day", "note")) == logged
        browser = signed_in(user)
        today = treatment.day_of(treatment.patient.today())
        assert ("is your skin today?" if today >= 0 else "Logging begins on Saturday 14 March") in text(browser.get("/log/"))
        assert f"<title>Day {today}: your recovery</title>" in browser.get("/recovery/").content.decode()
        for day in logged:
            assert f"Day {day} saved" in text(browser.get(f"/log/{treatment.date_of(day)}/saved/"))


def test_the_same_date_twice_is_said_to_be_logged_already(told, travel_to, signed_in):
    story = told(AUCKLAND, "2026-03-14", "2026-03-18 07:00")
    record_log(by=story.patient.user, treatment=story.treatment, when=date(2026, 3, 18), said=said(), now=story.now)
    change_settings(by=story.patient.user, theme="light", time_zone=HONOLULU)
    travel_to(date(2026, 3, 18), at("2026-03-18 21:00").time())
    assert "You already logged day 4. This changes that entry." in text(signed_in(story.patient.user).get("/log/"))


@pytest.mark.parametrize(
    "clinic_zone, zone, moment, treated_on, is_ahead",
    [
        (AUCKLAND, HONOLULU, "2026-03-18 20:00", "2026-03-19", True),  # today at the clinic, tomorrow where the patient lives
        (HONOLULU, AUCKLAND, "2026-03-18 20:00", "2026-03-18", False),  # today at the clinic, yesterday where the patient lives
        (HONOLULU, AUCKLAND, "2026-03-18 20:00", "2026-03-19", False),  # and by the patient's own calendar
        (HONOLULU, AUCKLAND, "2026-03-18 20:00", "2026-03-20", True),
        (LONDON, LONDON, "2026-03-18 23:59", "2026-03-18", False),
        (LONDON, LONDON, "2026-03-18 23:59", "2026-03-19", True),
    ],
)
def test_a_treatment_is_done_or_planned_by_the_calendar_of_its_patient(told, clinic_zone, zone, moment, treated_on, is_ahead):
    story = told(zone, treated_on, moment, clinic_zone)
    assert story.treatment.treated_on.isoformat() == treated_on
    planned = Treatment.objects.planned(story.patient.today(story.now))
    assert list(planned) == [story.treatment] * is_ahead


@pytest.mark.parametrize("zone", [AUCKLAND, HONOLULU, LONDON, "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Kiritimati"])
def test_the_day_never_jumps_through_a_year(zone):
    """Hour by hour: a day follows a day, and each lasts 23 to 25 hours."""
    patient, hours = Patient(time_zone=zone), {}
    start = datetime(2026, 1, 2, tzinfo=UTC)
    for hour in range(24 * 365):
        today = patient.today(start + timedelta(hours=hour))
        hours[today] = hours.get(today, 0) + 1
    days = sorted(hours)[1:-1]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert {hours[day] for day in days} <= {23, 24, 25}
