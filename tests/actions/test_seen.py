"""Who looked: staff's looks are written down once an hour, and cost one query when they are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.actions.seen import note_record_seen
from patients.models import AuditEvent, Role
from tests.factories import a_log, a_member, a_photo

PAGES = {"clinic-recovery": "treatment", "clinic-photos": "treatment", "clinic-patient": "patient", "new-treatment": "patient"}


def looks():
    return list(AuditEvent.objects.filter(action="record seen").order_by("pk").values_list("subject_type", "actor__name"))


def subject_of(name, treatment):
    return treatment if PAGES[name] == "treatment" else treatment.patient


@pytest.mark.parametrize("name", PAGES)
def test_each_page_of_a_record_is_written_down(as_clinician, treatment, name):
    subject = subject_of(name, treatment)
    as_clinician.get(reverse(name, args=[subject.uuid]))
    event = AuditEvent.objects.get(action="record seen")
    assert (event.subject_type, event.subject_id, event.clinic) == (PAGES[name], str(subject.uuid), treatment.clinic)
    assert (event.actor_label, event.before, event.after) == ("Mira Osei, nurse (clinician)", None, None)


@pytest.mark.parametrize("minutes, written", [(0, 0), (59, 0), (61, 1)])
def test_once_within_the_hour(as_clinician, clinician, treatment, minutes, written):
    at = timezone.now() - timedelta(minutes=minutes)
    of = {"action": "record seen", "subject_type": "treatment", "subject_id": str(treatment.uuid), "actor": clinician}
    AuditEvent.objects.create(at=at, clinic=clinician.clinic, **of)
    as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid]))
    assert len(looks()) == 1 + written


def test_each_person_and_each_record_by_itself(as_clinician, signed_in, clinic, treatment):
    colleague = signed_in(a_member(clinic, Role.CLINICIAN, "Ole Bakke"))
    for browser in (as_clinician, colleague, as_clinician):
        browser.get(reverse("clinic-recovery", args=[treatment.uuid]))
    as_clinician.get(reverse("clinic-patient", args=[treatment.patient.uuid]))
    assert looks() == [("treatment", "Mira Osei"), ("treatment", "Ole Bakke"), ("patient", "Mira Osei")]


def test_written_down_already_it_costs_one_query(treatment, clinician):
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            note_record_seen(by=clinician, subject=treatment)
        counts.append(len(queries))
    assert counts[1:] == [1, 1]


def test_the_patients_own_pages_are_not_written_down(as_patient, treatment):
    a_photo(a_log(treatment, 4).log)
    for url in ("/recovery/", f"/recovery/{treatment.uuid}/", f"/recovery/{treatment.uuid}/photos/", "/settings/", "/settings/seen/"):
        assert as_patient.get(url).status_code == 200
    assert looks() == []


@pytest.mark.parametrize("name", PAGES)
def test_who_is_sent_away_has_seen_nothing(signed_in, other_clinician, admin, treatment, name):
    url = reverse(name, args=[subject_of(name, treatment).uuid])
    assert [signed_in(person).get(url).status_code for person in (other_clinician, admin)] == [404, 403]
    assert looks() == []
