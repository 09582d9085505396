"""Recoveries of months, which no browser can live through: made inside the installation by the tests' own short ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.house import House

# Sessions as days ago; the logs of each as days, with the redness of each; photos on the days of `photos`.
MAKE = """
from datetime import datetime, time, timedelta
from django.utils import timezone
from patients.models import Treatment, User
from tests.factories import a_log, a_patient, a_photo, a_session, next_session, said
from patients.actions.logs import record_log
clinician = User.objects.get(email='clinician@demo.example')
today = clinician.clinic.today()
patient = None
for ago, logs in {sessions!r}:
    treated = today - timedelta(days=ago)
    if patient is None:
        patient = a_patient(clinician, {name!r}, email={email!r}, session=a_session(treated_on=treated))
        treatment = Treatment.objects.with_people().get(patient=patient)
    else:
        treatment = next_session(clinician, patient, treated)
    for day, redness in logs:
        at = min(datetime.combine(treated + timedelta(days=day), time(19), patient.user.clinic.zone), timezone.now())
        log = record_log(by=patient.user, treatment=treatment, when=treated + timedelta(days=day), said=said(redness=redness), now=at).log
        if day in {photos!r}:
            log.treatment = treatment
            a_photo(log)
"""
CALM = [(0, 3), (1, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 0), (7, 0)]
LONG = [*CALM, (14, 0), (21, 0), (28, 0)]
DAY_2 = [(2, CALM[:3])]
# The second session on day 40, of which day 3 has photos beside those of the first.
TWO_SESSIONS = [(88, [(0, 4), (1, 3), (2, 3), (3, 2), (4, 2), (5, 2), (6, 1), (7, 1), (14, 0)]), (40, LONG)]
MONTH_5 = [(150, [*LONG, (58, 0), (88, 0)])]
PAST_A_YEAR = [(400, [*LONG, (58, 0), (88, 0), (148, 0), (208, 0), (268, 0), (358, 0)])]


def make(house: House, name: str, email: str, sessions: list, photos: tuple[int, ...] = ()) -> str:
    """Stores the recoveries; returns the address the patient signs in with."""
    house.shell(MAKE.format(name=name, email=email, sessions=sessions, photos=photos))
    return email
