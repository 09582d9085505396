"""The ten courses of the literature, entered through the web pages as their patients would have: what must be
flagged is flagged, what must not is not, and the queue says what the engine says."""

from datetime import time

import pytest
from django.urls import reverse

from patients.management.samples import published_courses, with_core_answers
from patients.models import Flag
from patients.models.norm_values import norms_for, with_claims
from recovery.timeline.compare import compare_course
from recovery.timeline.explain import explain
from recovery.timeline.scale import Urgency
from recovery.timeline.tables import read_rows
from tests.conftest import TODAY
from tests.factories import a_treatment, live_flags
from tests.pages import item, text
from tests.timeline.samples import DATA

COURSES = {course.name: course for course in published_courses()}
EXPECTED = {row.text("case"): row for row in read_rows(DATA / "courses_expected.csv")}


def form(treatment, entry):
    """What the browser sends for one day."""
    return {
        "date": treatment.date_of(entry.day).isoformat(),
        **{code: str(grade) for code, grade in entry.ratings.items()},
        "any_sign": "some" if entry.signs else "none",
        "signs": sorted(entry.signs),
    }


@pytest.fixture(params=COURSES)
def entered(request, clinician, signed_in, travel_to):
    """One course, each day entered on its evening; the case, the treatment and what was entered."""
    course = COURSES[request.param]
    travel_to(TODAY)
    treatment = a_treatment(clinician, "Course Patient", TODAY, course.protocol)
    entries = [with_core_answers(entry, norms_for(treatment)) for entry in course.entries]
    for entry in entries:
        travel_to(treatment.date_of(entry.day), time(19))
        response = signed_in(treatment.patient.user).post(reverse("log"), form(treatment, entry), follow=True)
        assert f"Day {entry.day} saved" in text(response)
    return course.name, treatment, entries


@pytest.fixture
def found(entered):
    """What the engine says of the same entries: the flags by day."""
    _, treatment, entries = entered
    by_day = compare_course(entries, norms_for(treatment))
    return [f for day in sorted(by_day) for f in by_day[day] if f.urgency.is_flag]


@pytest.fixture
def queue_row(entered, clinician, signed_in):
    """What the queue says of the patient; nothing where they do not stand in it."""
    return item(signed_in(clinician).get(reverse("queue")), "Course Patient")


def first_day(flags, least):
    """The first day with a flag of this urgency or more, as the table of what is expected has it."""
    return min((day for day, _, _, urgency in flags if urgency >= least), default=None)


def test_the_stored_flags_are_the_engines(entered, found):
    _, treatment, _ = entered
    assert live_flags(treatment) == sorted((f.day, f.rule.value, f.subject, int(f.urgency)) for f in found)
    norms = with_claims(norms_for(treatment))
    assert set(Flag.objects.of(treatment).live().values_list("why", flat=True)) == {explain(f, norms) for f in found}


@pytest.mark.parametrize("column, least", [("flagged_by_day", Urgency.WATCH), ("urgent_by_day", Urgency.URGENT)])
def test_they_meet_what_is_expected(entered, column, least):
    name, treatment, _ = entered
    expected = EXPECTED[name].whole_or_none(column)
    day = first_day(live_flags(treatment), least)
    assert (day is None) if expected is None else (day is not None and day <= expected)


def test_the_queue_shows_whom_the_engine_flags(entered, found, queue_row):
    most_urgent = max((f.urgency for f in found), default=None)
    assert queue_row.startswith(most_urgent.word.capitalize()) if most_urgent else queue_row == ""


def test_the_queue_names_each_flagged_symptom_and_sign(entered, found, queue_row):
    norms = norms_for(entered[1])
    symptoms = {f"{norms.symptoms[f.subject].name} {f.observed}, expected" for f in _newest(found)}
    signs = {norms.signs[f.subject].label for f in found if f.subject in norms.signs}
    assert [words for words in symptoms | signs if words not in queue_row] == []


def _newest(found):
    """The last flag of each symptom."""
    return {f.subject: f for f in found if f.band}.values()


def test_the_clinics_page_gives_every_reason(entered, found, clinician, signed_in):
    _, treatment, _ = entered
    norms = with_claims(norms_for(treatment))
    seen = text(signed_in(clinician).get(reverse("clinic-recovery", args=[treatment.uuid])))
    assert [f.subject for f in found if " ".join(explain(f, norms).split()) not in seen] == []


def test_all_ten_are_here():
    assert len(COURSES) == 10
    assert set(COURSES) == set(EXPECTED)
