"""Closing a recovery: the confirmation, what the clinic and the patient read, opening it again."""

import pytest
from django.urls import reverse

from patients.actions.closing import close_recovery
from patients.actions.people import change_settings
from patients.models import AuditEvent, Role, Treatment
from tests.conftest import TODAY
from tests.factories import a_log, a_member, a_treatment, next_session
from tests.pages import filled_in, page, text

ANSWERS = {"redness": "1", "swelling": "0", "flaking": "0", "breakouts": "0", "any_sign": "none", "date": TODAY.isoformat()}
CLOSED = "Linden Skin Clinic has closed this recovery on Wednesday 18 March 2026: nothing more is asked of you."
CALL = "If something worries you, call 020 7946 0145, Monday to Friday, 9:00 to 18:00."


def url_of(name, treatment):
    return reverse(name, args=[treatment.uuid])


def patient_page(browser, treatment):
    return browser.get(reverse("clinic-patient", args=[treatment.patient.uuid]))


class TestTheConfirmation:
    def test_it_says_what_follows_and_changes_nothing(self, as_clinician, treatment):
        seen = text(as_clinician.get(url_of("recovery-close", treatment)))
        assert "Close the recovery of Ana Ferreira after session 1?" in seen
        assert "No more check-ins are asked for: no reminders, and it never counts as gone quiet." in seen
        assert Treatment.objects.get().closed_at is None

    def test_it_closes_with_the_reason(self, as_clinician, treatment):
        response = as_clinician.post(url_of("recovery-close", treatment), {"why": " healed "}, follow=True)
        assert "The recovery after session 1 is closed." in text(response)
        assert "closed Wed 18 Mar 2026 by Mira Osei, nurse: healed" in text(response)
        assert Treatment.objects.get().closed_why == "healed"

    def test_without_a_reason_too(self, as_clinician, treatment):
        as_clinician.post(url_of("recovery-close", treatment))
        assert (Treatment.objects.get().closed_why, Treatment.objects.get().closed_at is not None) == ("", True)

    @pytest.mark.parametrize(
        "why, says",
        [("x" * 201, "Keep the reason under 200 letters; this one has 201."), ("a\x00b", "Null characters are not allowed.")],
    )
    def test_a_reason_that_cannot_be_kept_is_refused_and_kept_on_the_page(self, as_clinician, treatment, why, says):
        response = as_clinician.post(url_of("recovery-close", treatment), {"why": why})
        assert says in text(response)
        assert (filled_in(response)["why"], Treatment.objects.get().closed_at) == ([why], None)

    def test_while_something_is_open_it_says_what_to_do(self, as_clinician, treatment):
        a_log(treatment, 4, "fever")
        response = as_clinician.post(url_of("recovery-close", treatment), {"why": "healed"})
        assert "Not closed. Something is open here (urgent). Review it first, then close the recovery. Open the recovery" in text(response)
        assert (filled_in(response)["why"], url_of("clinic-recovery", treatment) in page(response).links) == (["healed"], True)

    def test_who_comes_second_reads_who_was_first(self, as_clinician, treatment, clinic):
        close_recovery(by=a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr"), treatment=treatment)
        response = as_clinician.post(url_of("recovery-close", treatment), follow=True)
        assert "is closed already: by Jonas Lind, Dr, Wednesday 18 March at 12:00." in text(response)
        assert AuditEvent.objects.filter(action="recovery closed").count() == 1


class TestThePatientsPageOfTheClinic:
    def test_it_offers_to_close_what_runs_and_nothing_else(self, as_clinician, treatment, clinician):
        second = next_session(clinician, treatment.patient, TODAY)
        links = page(patient_page(as_clinician, treatment)).links
        assert [t.session_number for t in (treatment, second) if url_of("recovery-close", t) in links] == [2]

    def test_it_opens_it_again(self, as_clinician, treatment, clinician):
        close_recovery(by=clinician, treatment=treatment)
        seen = patient_page(as_clinician, treatment)
        assert "Open it again" in text(seen)
        assert url_of("recovery-close", treatment) not in page(seen).links
        for says in ("is open again: check-ins are asked for as before.", "is not closed."):
            assert says in text(as_clinician.post(url_of("recovery-reopen", treatment), follow=True))
        assert Treatment.objects.get().closed_at is None

    def test_a_neighbour_stays_open(self, as_clinician, treatment, clinician):
        other = a_treatment(clinician, "Mei Chen", TODAY)
        as_clinician.post(url_of("recovery-close", treatment))
        assert Treatment.objects.get(pk=other.pk).closed_at is None


class TestWhatThePatientReads:
    @pytest.fixture
    def closed(self, treatment, clinician):
        close_recovery(by=clinician, treatment=treatment, why="for colleagues")

    @pytest.mark.parametrize("url", ["/recovery/", "/log/"])
    def test_plain_words_and_the_number_to_call(self, as_patient, closed, url):
        seen = text(as_patient.get(url))
        assert f"{CLOSED} {CALL} You can still log; if your answers are not as usual, the clinic sees them." in seen
        assert [word for word in ("for colleagues", "A check-in is due", "Your next check-in") if word in seen] == []

    @pytest.mark.parametrize("url", ["/recovery/", "/log/"])
    def test_nothing_of_it_before(self, as_patient, treatment, url):
        assert "has closed this recovery" not in text(as_patient.get(url))

    def test_logging_goes_on(self, as_patient, closed):
        assert "Log day 4" in text(as_patient.get("/recovery/"))
        assert "Day 4 saved" in text(as_patient.post("/log/", ANSWERS, follow=True))
        assert CLOSED in text(as_patient.get("/recovery/"))

    def test_what_needs_the_clinic_opens_it_again(self, as_patient, closed):
        as_patient.post("/log/", ANSWERS | {"redness": "4"})
        assert "has closed this recovery" not in text(as_patient.get("/recovery/"))

    def test_another_session_is_as_usual(self, as_patient, closed, clinician, patient):
        next_session(clinician, patient, TODAY)
        assert "has closed this recovery" not in text(as_patient.get("/recovery/"))

    def test_who_closed_it_is_in_the_list_of_who_looked(self, as_patient, closed):
        change_settings(by=Treatment.objects.get().patient.user, theme="dark")
        assert "Mira Osei, nurse (clinician) closed a recovery: session 1" in text(as_patient.get("/settings/seen/"))
