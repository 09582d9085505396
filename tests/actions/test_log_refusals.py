"""Logs that are refused: by date and by person. Nothing is stored of them."""

from datetime import UTC, datetime, timedelta

import pytest

from patients.actions.logs import record_log
from patients.errors import NotAllowed, NotNow
from patients.models import AuditEvent, Log
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_treatment, said

EVENTS_SO_FAR = 2  # the enrolment and the treatment


@pytest.mark.parametrize(
    "when, says",
    [
        (TODAY + timedelta(days=1), "Thursday 19 March is tomorrow."),
        (TODAY + timedelta(days=2), "Friday 20 March is still to come."),
        (TREATED - timedelta(days=1), "Friday 13 March is before your treatment."),
        (TREATED, "Saturday 14 March is more than 3 days back."),
    ],
)
def test_a_date_out_of_reach_is_refused(treatment, when, says):
    with pytest.raises(NotNow, match=says):
        record_log(by=treatment.patient.user, treatment=treatment, when=when, said=said())
    assert (Log.objects.count(), AuditEvent.objects.count()) == (0, EVENTS_SO_FAR)


@pytest.mark.parametrize("days_back", [0, 1, 2, 3])
def test_today_and_three_days_back_are_taken(treatment, days_back):
    record_log(by=treatment.patient.user, treatment=treatment, when=TODAY - timedelta(days=days_back), said=said())
    assert Log.objects.get().days_late == days_back


@pytest.mark.parametrize("role", ["clinician", "admin", "other_clinician", "superuser"])
def test_nobody_but_the_patient_logs(treatment, request, role):
    with pytest.raises(NotAllowed, match="Only the patient can fill in their own log"):
        record_log(by=request.getfixturevalue(role), treatment=treatment, when=TODAY, said=said())
    assert Log.objects.count() == 0


def test_another_patient_does_not_log(treatment, other_treatment):
    with pytest.raises(NotAllowed):
        record_log(by=other_treatment.patient.user, treatment=treatment, when=TODAY, said=said())
    assert Log.objects.count() == 0


@pytest.mark.parametrize(
    "time_zone, at, day",
    [
        ("Pacific/Auckland", datetime(2026, 3, 17, 11, 30, tzinfo=UTC), 4),  # half past midnight of the 18th there
        ("America/Los_Angeles", datetime(2026, 3, 19, 6, 30, tzinfo=UTC), 4),  # still the evening of the 18th there
    ],
)
def test_the_day_is_the_patients_own(clinician, time_zone, at, day):
    treatment = a_treatment(clinician, "Kenji Mori", TREATED, time_zone=time_zone)
    assert a_log(treatment, day, at=at).log.days_late == 0
    with pytest.raises(NotNow, match="tomorrow"):
        a_log(treatment, day + 1, at=at)
