"""Many writers at the same moment: one chain for each clinic, without a gap, and nobody waits in a ring."""

from datetime import time
from functools import partial

import pytest

from patients.actions import audit
from patients.actions.clock import set_clock
from patients.actions.erasure import erase_patient
from patients.actions.people import change_settings
from patients.actions.photos import note_photo_seen
from patients.management.verifying import Verification
from patients.models import AuditEvent, AuditHead, Clinic, Patient, Photo, Role, Treatment, User
from tests.at_once import apart, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_photo, a_treatment

WRITERS, TIMES = 8, 5
HOURS = {"opens_at": time(9), "closes_at": time(17), "weekdays": "12345", "urgent_hours": None, "holidays": {}}


@pytest.fixture
def separate(db, tmp_path, photo_folder, frozen):
    with apart(tmp_path):
        yield


def note(clinics):
    for turn in range(TIMES):
        with audit.atomic():
            # In either order: who held one chain and waited for the other would stop who did it the other way round.
            for clinic in clinics[:: -1 if turn % 2 else 1]:
                audit.record("tested", User(pk=1), by=None, clinic=clinic)


def touched():
    return [str(walk.touched) for walk in Verification(set()).walks() if walk.touched]


def test_events_of_several_chains_at_once(separate):
    clinics = [a_clinic(), a_clinic("Harbour Skin Clinic"), None]
    # Their first events among them: who begins a chain waits for who begins it too.
    told = together(*[partial(note, clinics[:: -1 if writer % 2 else 1]) for writer in range(WRITERS)])
    assert told == [None] * WRITERS
    numbers = list(range(1, WRITERS * TIMES + 1))
    for clinic in clinics:
        assert list(AuditEvent.objects.filter(clinic=clinic).order_by("seq").values_list("seq", flat=True)) == numbers
    assert (touched(), AuditHead.objects.count()) == ([], 3)


def again(do, times=TIMES):
    for turn in range(times):
        do(turn)


def log_a_day(pk, turn):
    a_log(Treatment.objects.with_people().get(pk=pk), 0, redness=turn % 3, note=str(turn))


def look_at(by, pk, turn):
    note_photo_seen(by=by, photo=Photo.objects.with_recovery().get(pk=pk))


def move_the_hours(by, turn):
    set_clock(by=User.objects.get(pk=by.pk), watch_days=1 + turn % 2, **HOURS)


def move_house(by, turn):
    change_settings(by=User.objects.get(pk=by.pk), theme="dark", time_zone=["Asia/Tokyo", "Europe/Paris"][turn % 2])


def test_changes_that_lock_each_others_rows(separate, travel_to):
    """Logs, a photo that is looked at, the clinic's own row, a patient's; and one of them is erased meanwhile."""
    travel_to(TREATED)
    clinic = a_clinic()
    nurse, admin = a_member(clinic, Role.CLINICIAN, "Mira Osei"), a_member(clinic, Role.ADMIN, "Noor Haddad")
    one, two, gone = (a_treatment(nurse, name, TREATED) for name in ("Ana Ferreira", "Mei Chen", "Zelda Canary"))
    photo = a_photo(a_log(one, 0).log)
    known = AuditEvent.objects.count()
    leaving = Patient.objects.select_related("user", "clinic").get(pk=gone.patient_id)
    together(
        *[partial(again, partial(log_a_day, treatment.pk)) for treatment in (one, two)],
        *[partial(again, partial(look_at, by, photo.pk)) for by in (nurse, one.patient.user)],
        partial(again, partial(move_the_hours, admin)),
        *[partial(again, partial(move_house, treatment.patient.user)) for treatment in (one, two)],
        lambda: erase_patient(by=leaving.user, patient=leaving),
    )
    # The first log of the first one was amended to what it said already, or not: all others are changes.
    assert AuditEvent.objects.count() - known in (7 * TIMES + 1, 7 * TIMES)
    assert (touched(), AuditHead.objects.get().count) == ([], AuditEvent.objects.count())
    assert Clinic.objects.get().watch_days == 1
