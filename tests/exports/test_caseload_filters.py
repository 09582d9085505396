"""The filters of the caseload: what each leaves, at the edges of days and around the world; unknown values are refused."""

from datetime import time, timedelta

import pytest
from django.http import QueryDict

from patients.actions.closing import close_recovery
from patients.errors import NotNow
from patients.exports.caseload_filters import CaseloadFilters, phases_of
from patients.models import Patient
from patients.models.caseload import CaseloadQuestions
from tests.conftest import TODAY, TREATED
from tests.factories import a_draft, a_log, a_patient, a_treatment, next_session, publish

PHASES = ["Initial healing", "Early repair"]


def left(now, **chosen):
    """The first names of the patients whom these filters leave, in their order."""
    found = CaseloadQuestions(Patient.objects.all(), now)
    CaseloadFilters(**chosen).narrow(found)
    return " ".join(patient.user.first_name for patient in found.next_due_first())


@pytest.fixture
def crowd(clinician, travel_to):
    """Each with another next check-in on TODAY: missed, due today, tomorrow, in the week, none."""
    travel_to(TREATED)
    for name in ("Missed", "Today", "Tomorrow", "Closed"):
        a_treatment(clinician, f"{name} Patient", TREATED)
    travel_to(TODAY)
    by_name = {p.user.first_name: p.treatments.get() for p in Patient.objects.all()}
    a_log(by_name["Today"], 3)
    a_log(by_name["Tomorrow"], 4)
    a_patient(clinician, "Untreated Patient")
    next_session(clinician, a_patient(clinician, "Planned Patient"), TODAY + timedelta(days=3))
    close_recovery(by=clinician, treatment=by_name["Closed"])
    return travel_to(TODAY)


@pytest.mark.parametrize(
    "chosen, names",
    [
        ({}, "Missed Today Tomorrow Closed Planned Untreated"),
        ({"due": "overdue"}, "Missed"),
        ({"due": "today"}, "Today"),
        ({"due": "week"}, "Today Tomorrow"),
        ({"state": "planned"}, "Planned"),
        ({"state": "closed"}, "Closed"),
        ({"due": "overdue", "state": "closed"}, ""),
        ({"due": "week", "state": "planned"}, ""),
    ],
)
def test_what_each_leaves(crowd, chosen, names):
    assert left(crowd, **chosen) == names


def test_a_planned_session_beside_one_that_runs(crowd, clinician):
    next_session(clinician, Patient.objects.get(user__name="Today Patient"), TODAY + timedelta(days=2))
    assert (left(crowd, state="planned"), left(crowd, due="today", state="planned")) == ("Today Planned", "Today")


def test_the_recovery_before_the_running_one_counts_for_nothing(crowd, clinician):
    next_session(clinician, Patient.objects.get(user__name="Missed Patient"), TODAY)
    assert (left(crowd, due="overdue"), left(crowd, due="today")) == ("", "Missed Today")


@pytest.mark.parametrize(
    "zone, at, due",
    [
        # Logged day 3; the check-in of day 4 is due on the patient's own 18 March.
        ("Europe/London", time(0, 1), "today"),
        ("Europe/London", time(23, 59), "today"),
        ("Pacific/Honolulu", time(9, 59), "week"),  # the 17th there
        ("Pacific/Honolulu", time(10, 1), "today"),
        ("Pacific/Auckland", time(10, 59), "today"),  # the 18th there, until 11:00 of UTC
        ("Pacific/Auckland", time(11, 1), "overdue"),
    ],
)
def test_a_day_is_the_patients_own(clinician, travel_to, zone, at, due):
    travel_to(TREATED)
    treatment = a_treatment(clinician, "Mei Chen", TREATED, time_zone=zone)
    a_log(treatment, 3)
    now = travel_to(TODAY, at)
    assert {name for name in ("overdue", "today", "week") if left(now, due=name)} == ({"today", "week"} if due == "today" else {due})


def test_past_the_norms_nothing_is_due(clinician, travel_to):
    travel_to(TREATED)
    a_treatment(clinician, "Mei Chen", TREATED)
    now = travel_to(TREATED + timedelta(days=800))
    assert [left(now, due=due) for due in ("overdue", "today", "week")] == ["", "", ""]


class TestPhases:
    def test_those_in_force_are_offered_in_order(self, clinic):
        names = phases_of(clinic)
        assert (names[0], len(names), len(set(names))) == ("Initial healing", len(names), len(names))

    @pytest.mark.parametrize("day", [0, 1, 4, 30, 200])
    def test_each_patient_is_in_the_phase_that_the_row_says(self, clinician, clinic, day):
        treatment = a_treatment(clinician, "Mei Chen", TODAY - timedelta(days=day))
        now = treatment.recorded_at
        phase = next(p for p in treatment.norm_version.phases.all() if p.first_day <= day <= p.last_day)
        assert [name for name in phases_of(clinic) if left(now, phase=name)] == [phase.name]

    def test_an_older_version_goes_by_its_own_days(self, clinician, clinic, frozen):
        a_treatment(clinician, "Mei Chen", TODAY)
        draft = a_draft("pen")
        draft.phases.filter(first_day=0).update(name="Opening day")
        publish(draft)
        assert (left(frozen, phase="Initial healing"), left(frozen, phase="Opening day"), "Opening day" in phases_of(clinic)) == (
            "Mei",
            "",
            True,
        )

    def test_a_closed_recovery_is_in_none(self, clinician, clinic, frozen):
        close_recovery(by=clinician, treatment=a_treatment(clinician, "Mei Chen", TODAY))
        assert [name for name in phases_of(clinic) if left(frozen, phase=name)] == []

    @pytest.mark.parametrize("zone, is_later", [("Pacific/Auckland", True), ("Europe/London", False)])
    def test_the_day_is_the_patients_own(self, clinician, travel_to, zone, is_later):
        """The last day of the first phase in London is over in Auckland."""
        travel_to(TREATED - timedelta(days=90))
        treatment = a_treatment(clinician, "Mei Chen", TREATED - timedelta(days=90), time_zone=zone)
        first, second, *_ = treatment.norm_version.phases.order_by("first_day")
        now = travel_to(treatment.date_of(first.last_day), time(14))
        assert [left(now, phase=phase.name) for phase in (first, second)] == (["", "Mei"] if is_later else ["Mei", ""])


@pytest.mark.parametrize(
    "given, says",
    [
        ({"phase": "Nonsense"}, "“Nonsense” is no phase in force. Choose one of the list, or show all patients."),
        ({"phase": "initial healing"}, "“initial healing” is no phase in force."),
        ({"due": "never"}, "“never” is no choice for the next check-in."),
        ({"due": "x" * 99}, f"“{'x' * 40}” is no choice"),
        ({"state": "open"}, "“open” is no known state."),
        ({"q": "x" * 81}, "Search for a part of the name or the e-mail address, up to 80 letters."),
    ],
)
def test_an_unknown_value_is_refused(given, says):
    with pytest.raises(NotNow) as refused:
        CaseloadFilters.parse(given, PHASES)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "given", [{}, {"q": " ana "}, {"q": "a&b=c", "phase": "Initial healing", "due": "week", "state": "planned"}, {"page": "2"}]
)
def test_what_is_known_comes_back_from_its_address(given):
    parsed = CaseloadFilters.parse(given, PHASES)
    assert CaseloadFilters.parse(QueryDict(parsed.as_query()).dict(), PHASES) == parsed
    assert parsed.is_set is bool(set(given) - {"page"})
