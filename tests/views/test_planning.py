"""Changing the date of a planned treatment, and calling it off: the clinician's two pages, and the planned one's own."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse

from patients.actions.planning import call_off, change_date
from patients.models import AuditEvent, Treatment
from tests.conftest import TODAY
from tests.factories import a_log, a_treatment, next_session
from tests.pages import filled_in, page, text

IN_9_DAYS = TODAY + timedelta(days=9)
NAMES = ["treatment-date", "treatment-call-off"]


@pytest.fixture
def second(clinician, treatment):
    return next_session(clinician, treatment.patient, IN_9_DAYS)


def url_of(treatment, name="treatment-date"):
    return reverse(name, args=[treatment.uuid])


def patients_page(treatment):
    return reverse("clinic-patient", args=[treatment.patient.uuid])


class TestTheDate:
    def test_the_form_begins_with_the_date_that_stands(self, as_clinician, second):
        response = as_clinician.get(url_of(second))
        assert "Pen 0.5–1.5 mm, planned for Friday 27 March." in text(response)
        assert filled_in(response) == {"seen": ["2026-03-27"], "treated_on": ["2026-03-27"]}

    @pytest.mark.parametrize(
        "day, said",
        [
            ("2026-04-07", "Session 2 is planned for Tuesday 7 April."),
            ("2026-03-27", "Session 2 is planned for Friday 27 March, as before."),
            ("2026-03-18", "Session 2 is recorded for the new date."),
        ],
    )
    def test_another_date_is_saved(self, as_clinician, second, day, said):
        response = as_clinician.post(url_of(second), filled_in(as_clinician.get(url_of(second))) | {"treated_on": day}, follow=True)
        assert response.redirect_chain == [(patients_page(second), 302)]
        assert said in text(response)
        assert Treatment.objects.get(pk=second.pk).treated_on.isoformat() == day

    @pytest.mark.parametrize(
        "day, says",
        [
            ("", "This field is required."),
            ("07/04/2026", "“07/04/2026” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
            ("2026-02-30", "“2026-02-30” is not a date this page can read."),
            ("2026-09-15", "Tuesday 15 September 2026 is more than 180 days ahead."),
            ("2026-03-14", "Saturday 14 March is more than 3 days back. Choose a day to come, today, or one of the 3 days before."),
        ],
    )
    def test_a_date_that_cannot_be_is_refused_and_kept(self, as_clinician, second, day, says):
        response = as_clinician.post(url_of(second), {"seen": "2026-03-27", "treated_on": day})
        assert says in text(response)
        assert filled_in(response) == {"seen": ["2026-03-27"], "treated_on": [day]}
        assert Treatment.objects.get(pk=second.pk).treated_on == IN_9_DAYS

    @pytest.mark.parametrize("seen", ["2026-03-27", "", "nonsense"])
    def test_a_page_that_is_out_of_date_is_told_and_can_be_sent_again(self, as_clinician, clinician, second, seen):
        change_date(by=clinician, treatment=second, when=IN_9_DAYS + timedelta(days=5), seen=IN_9_DAYS)
        response = as_clinician.post(url_of(second), {"seen": seen, "treated_on": "2026-04-07"})
        assert "This treatment is planned for Wednesday 1 April now: it was changed since you opened the page." in text(response)
        as_clinician.post(url_of(second), filled_in(response))
        assert Treatment.objects.get(pk=second.pk).treated_on.isoformat() == "2026-04-07"


class TestCallingOff:
    def test_it_says_what_happens(self, as_clinician, second):
        seen = text(as_clinician.get(url_of(second, "treatment-call-off")))
        assert "Call off session 2 of Ana Ferreira?" in seen
        assert "Pen 0.5–1.5 mm, planned for Friday 27 March. The plan is removed" in seen
        assert "The recovery after session 1 goes on as it is. The audit keeps what was planned" in seen

    def test_opening_it_changes_nothing(self, as_clinician, second):
        as_clinician.get(url_of(second, "treatment-call-off"))
        assert Treatment.objects.count() == 2

    def test_it_is_called_off(self, as_clinician, treatment, second):
        url = url_of(second, "treatment-call-off")
        response = as_clinician.post(url, filled_in(as_clinician.get(url)), follow=True)
        assert response.redirect_chain == [(patients_page(second), 302)]
        assert "The treatment of Friday 27 March is called off." in text(response)
        assert list(Treatment.objects.all()) == [treatment]

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("name", NAMES)
    def test_a_page_of_one_that_is_gone_says_who_called_it_off(self, as_clinician, clinician, second, name, method):
        url = url_of(second, name)
        call_off(by=clinician, treatment=second, seen=IN_9_DAYS)
        event = AuditEvent.objects.get(action="treatment called off")
        at = clinician.clinic.local(event.at)
        response = getattr(as_clinician, method)(url, {"seen": "2026-03-27", "treated_on": "2026-04-07"}, follow=True)
        assert response.redirect_chain == [(reverse("clinic-patient", args=[event.before["patient"]]), 302)]
        assert f"Mira Osei, nurse called off the treatment of Friday 27 March on {at:%A} {at.day} {at:%B}, {at:%H:%M}." in text(response)

    def test_another_clinic_does_not_learn_of_it(self, signed_in, other_clinician, clinician, second):
        url = url_of(second, "treatment-call-off")
        call_off(by=clinician, treatment=second, seen=IN_9_DAYS)
        response = signed_in(other_clinician).post(url, {"seen": "2026-03-27"})
        assert response.status_code == 404
        assert "called off" not in text(response)

    def test_a_page_that_is_out_of_date_is_told(self, as_clinician, clinician, second):
        change_date(by=clinician, treatment=second, when=IN_9_DAYS + timedelta(days=5), seen=IN_9_DAYS)
        response = as_clinician.post(url_of(second, "treatment-call-off"), {"seen": "2026-03-27"})
        assert "Not called off. This treatment is planned for Wednesday 1 April now" in text(response)
        assert Treatment.objects.count() == 2


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", NAMES)
class TestNotAnyMore:
    def test_one_that_was_logged_says_why(self, as_clinician, clinician, second, signed_in, travel_to, name, method):
        travel_to(IN_9_DAYS, time(20))
        a_log(second, 0)
        response = getattr(signed_in(clinician), method)(
            url_of(second, name), {"treated_on": "2026-04-07", "seen": "2026-03-27"}, follow=True
        )
        assert response.redirect_chain == [(patients_page(second), 302)]
        assert "The patient has logged this treatment. It cannot be moved or called off any more." in text(response)
        assert Treatment.objects.get(pk=second.pk).treated_on == IN_9_DAYS

    def test_one_of_another_clinic_is_not_found(self, as_clinician, other_clinician, name, method):
        theirs = a_treatment(other_clinician, "Lea Krog", IN_9_DAYS)
        response = getattr(as_clinician, method)(url_of(theirs, name), {"treated_on": "2026-04-07", "seen": "2026-03-27"})
        assert response.status_code == 404
        assert "Lea Krog" not in text(response)
        assert Treatment.objects.get(pk=theirs.pk).treated_on == IN_9_DAYS

    @pytest.mark.parametrize("browser", ["as_patient", "as_admin"])
    def test_they_are_for_clinicians(self, request, second, name, method, browser):
        response = getattr(request.getfixturevalue(browser), method)(
            url_of(second, name), {"treated_on": "2026-04-07", "seen": "2026-03-27"}
        )
        assert response.status_code == 403
        assert Treatment.objects.get(pk=second.pk).treated_on == IN_9_DAYS


@pytest.mark.parametrize("name", NAMES)
def test_other_verbs_are_refused(as_clinician, second, name):
    response = as_clinician.put(url_of(second, name))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("name, most", [("treatment-date", 8), ("treatment-call-off", 8), ("clinic-recovery", 14)])
def test_they_cost_the_same_for_the_2nd_and_the_4th_session(as_clinician, clinician, travel_to, django_assert_max_num_queries, name, most):
    found = {}
    for sessions in (2, 4):
        travel_to(TODAY)
        treatment = a_treatment(clinician, "Ana Ferreira", TODAY - timedelta(days=sessions))
        for number in range(2, sessions):
            next_session(clinician, treatment.patient, TODAY - timedelta(days=sessions - number + 1))
        planned = next_session(clinician, treatment.patient, IN_9_DAYS)
        as_clinician.get(url_of(planned, name))  # the norms are remembered afterwards
        with django_assert_max_num_queries(most) as captured:
            assert as_clinician.get(url_of(planned, name)).status_code == 200
        found[sessions] = len(captured)
    assert found[2] == found[4]


class TestThePlannedOnesPage:
    """The clinic's page of a recovery that has not begun."""

    def test_it_says_when_it_is_and_what_the_patient_reads(self, as_clinician, second):
        response = as_clinician.get(url_of(second, "clinic-recovery"))
        seen = text(response)
        assert "Ana Ferreira: session 2 is in 9 days, on Friday 27 March" in seen
        assert "Planned for Fri 27 Mar 2026, recorded by Mira Osei, nurse" in seen
        assert "Phase before the treatment" in seen
        assert "Avoid now Keep out of strong sun before the treatment. From Fri 20 Mar: avoid Pause retinoids" in seen
        assert {url_of(second, name) for name in NAMES} <= set(page(response).links)

    def test_before_preparation_it_says_when_that_begins(self, as_clinician, clinician):
        planned = a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=15))
        assert "Preparation begins on Thursday 19 March." in text(as_clinician.get(url_of(planned, "clinic-recovery")))

    def test_one_that_was_logged_further_east_shows_its_logs(self, as_clinician, clinician, signed_in, travel_to):
        travel_to(TODAY, time(8))
        treatment = a_treatment(clinician, "Kenji Mori", TODAY)
        a_log(treatment, 0, redness=3, at=datetime(2026, 3, 18, 7, tzinfo=UTC))
        treatment.patient.time_zone = "Pacific/Honolulu"
        treatment.patient.save()
        assert "All symptoms, days 0 to" in text(as_clinician.get(url_of(treatment, "clinic-recovery")))
