"""One session runs and the next is planned: which of the two is meant, around midnight and around the world."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from patients.actions.moves import running, to_move
from patients.actions.reminders import due_now
from patients.exports.caseload import caseload_rows
from patients.models import Patient, Treatment
from patients.models.caseload import CaseloadQuestions
from patients.models.norms import Protocol
from patients.models.treatments import has_begun
from tests.factories import a_treatment, a_version, next_session
from tests.pages import text

FIRST, SECOND = date(2026, 3, 14), date(2026, 3, 27)
AHEAD, SAME, BEHIND = "Pacific/Auckland", "Europe/London", "Pacific/Honolulu"  # UTC+13, UTC, UTC-10; the clinic is in London
# The patient's zone, the moment, and the session that runs then.
STORIES = [
    (SAME, datetime(2026, 3, 26, 12), 1),  # the day before
    (SAME, datetime(2026, 3, 26, 23, 59), 1),
    (SAME, datetime(2026, 3, 27, 0, 1), 2),  # the day
    (SAME, datetime(2026, 3, 27, 23, 59), 2),
    (SAME, datetime(2026, 3, 28, 12), 2),  # the day after
    (AHEAD, datetime(2026, 3, 26, 10, 59), 1),
    (AHEAD, datetime(2026, 3, 26, 11, 1), 2),  # the day before at the clinic, the day where the patient is
    (AHEAD, datetime(2026, 3, 27, 12), 2),
    (AHEAD, datetime(2026, 3, 28, 12), 2),
    (BEHIND, datetime(2026, 3, 26, 12), 1),
    (BEHIND, datetime(2026, 3, 27, 9, 59), 1),  # the day at the clinic, the day before where the patient is
    (BEHIND, datetime(2026, 3, 27, 10, 1), 2),
    (BEHIND, datetime(2026, 3, 28, 12), 2),
]


@pytest.fixture(params=STORIES, ids=lambda story: f"{story[0]} {story[1]:%d %H:%M}")
def story(request, clinician, travel_to):
    """The two sessions, the number of the one that runs, and the moment, at which the clock stands."""
    zone, at, number = request.param
    first = a_treatment(clinician, "Ana Ferreira", FIRST, time_zone=zone)
    sessions = {1: first, 2: next_session(clinician, first.patient, SECOND)}
    now = travel_to(at.date(), at.time())
    return sessions, number, now


def test_what_has_begun(story):
    sessions, number, now = story
    assert set(Treatment.objects.filter(has_begun(now))) == {sessions[n] for n in range(1, number + 1)}


def test_what_is_running(story):
    sessions, number, now = story
    assert list(Treatment.objects.all().running(FIRST, now)) == [sessions[number]]


def test_what_is_planned(story):
    sessions, number, now = story
    today = sessions[1].patient.today(now)
    assert list(Treatment.objects.all().planned(today)) == ([sessions[2]] if number == 1 else [])


def test_what_moves_to_new_norms(story, admin, clinic):
    sessions, number, _ = story
    version = a_version(admin, Protocol.objects.get(slug="pen", clinic=None))
    assert list(running(clinic, version)) == [sessions[number]]
    assert list(to_move(clinic, version)) == [sessions[number]]


def test_what_the_caseload_names(story):
    sessions, number, now = story
    (row,) = caseload_rows(list(CaseloadQuestions(Patient.objects.all(), now).next_due_first()), now)
    assert (row.recovery, row.planned) == (sessions[number].uuid, sessions[2].uuid if number == 1 else None)
    assert row.day.startswith(f"Day {sessions[number].day_of(sessions[1].patient.today(now))}, ")


def test_what_the_reminder_asks_for(story):
    sessions, number, now = story
    patient = sessions[1].patient
    Patient.objects.update(reminder_hour=now.astimezone(ZoneInfo(patient.time_zone)).hour)
    assert due_now(now) == [(sessions[number], patient.today(now))]


def test_what_the_patients_pages_show(story, signed_in):
    sessions, number, now = story
    patient = sessions[1].patient
    browser, day = signed_in(patient.user), sessions[number].day_of(patient.today(now))
    assert f"Day {day}, " in text(browser.get(reverse("log")))
    seen = text(browser.get(reverse("recovery")))
    assert f"today is day {day}." in seen
    assert ("Your next session It is " in seen) is (number == 1)


def test_what_the_clinic_reads_of_the_planned_one(story, as_clinician):
    sessions, number, _ = story
    seen = text(as_clinician.get(reverse("clinic-recovery", args=[sessions[2].uuid])))
    assert ("Ana Ferreira: session 2 is " in seen, "All symptoms, days 0 to" in seen) == (number == 1, number == 2)
    listed = text(as_clinician.get(reverse("clinic-patient", args=[sessions[1].patient.uuid])))
    assert ("Session 2 planned for Fri 27 Mar 2026" in listed) is (number == 1)


def test_a_moment_is_of_two_dates_or_three(clinician):
    """10:30 UTC: the 26th on Midway's calendar, the 27th in London, the 28th on Kiritimati's."""
    now = datetime(2026, 3, 27, 10, 30, tzinfo=UTC)
    zones = ("Pacific/Midway", "Europe/London", "Pacific/Kiritimati")
    begun = {}
    for zone in zones:
        a_treatment(clinician, zone, date(2026, 3, 26), time_zone=zone)
    for zone in zones:
        for day in (26, 27, 28):
            Treatment.objects.filter(patient__time_zone=zone).update(treated_on=date(2026, 3, day))
            begun[zone, day] = Treatment.objects.filter(has_begun(now), patient__time_zone=zone).exists()
    assert [where for where, is_begun in begun.items() if is_begun] == [
        ("Pacific/Midway", 26), ("Europe/London", 26), ("Europe/London", 27), *(("Pacific/Kiritimati", day) for day in (26, 27, 28)),
    ]  # fmt: skip
