"""Sentences for the next page: those of staff name patients and end with the session."""

from django.urls import reverse

from tests.factories import a_log
from tests.pages import filled_in, text


def reviewed(browser, treatment):
    a_log(treatment, 4, redness=3)
    form = {name: value[0] for name, value in filled_in(browser.get(reverse("clinic-recovery", args=[treatment.uuid]))).items() if value}
    return browser.post(reverse("review", args=[treatment.uuid]), form | {"disposition": "expected"})


def test_no_name_of_a_patient_stands_in_a_cookie(as_clinician, treatment):
    assert reviewed(as_clinician, treatment).status_code == 302
    assert "messages" not in as_clinician.cookies
    assert "Ana Ferreira: reviewed, expected for this patient." in text(as_clinician.get(reverse("queue")))


def test_what_was_not_shown_is_gone_with_the_session(as_clinician, treatment):
    reviewed(as_clinician, treatment)
    as_clinician.logout()
    said = as_clinician.get(reverse("account_login")).content.decode()
    assert ("Ana Ferreira" in said, 'id="undo"' in said) == (False, False)
