"""Consent to photos: given by the patient alone, taken back at any time, never mixed with anything else."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext

from patients import permissions
from patients.actions import audit
from patients.actions.photos import remove_all
from patients.actions.texts import text_for
from patients.errors import Overtaken
from patients.models import Clinic, ClinicText, Consent, Patient, User

GIVEN, WITHDRAWN = "consent to photos given", "consent to photos withdrawn"


def give_photo_consent(*, by: User, patient: Patient, seen: str) -> None:
    """Photos may be added from now on. Safe to repeat. Raises Overtaken where the text is no longer the one of the key `seen`."""
    permissions.check_own_record(by, patient)
    with audit.atomic():
        # The clinic first, as where a text is published: a yes to the words before it must not stand after “ask everybody again”.
        Clinic.objects.select_for_update(no_key=True).get(pk=patient.clinic_id)
        shown = text_for(patient.clinic, ClinicText.Kind.PHOTOS, patient.speaks)
        # Two taps at once: the second finds the first one's row.
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        if Consent.objects.to_photos_of(patient).standing().exists():
            return
        if seen != shown.key:
            raise Overtaken(gettext("This text was changed a moment ago. Please read it again, then allow photos if you like."))
        said = {"language": shown.language, "number": shown.number}
        Consent.objects.create(clinic_id=patient.clinic_id, patient=patient, text=shown.text, given_at=timezone.now(), **said)
        audit.record(GIVEN, patient, by=by, clinic=patient.clinic, after=said)


def withdraw_photo_consent(*, by: User, patient: Patient) -> int:
    """No new photos, and those that are there are deleted, all or nothing; how many there were. Safe to repeat."""
    permissions.check_own_record(by, patient)
    with audit.atomic():
        # So that no treatment is recorded meanwhile; rows that name the patient may still be added by others.
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        # The photos first: recoveries are held before consents here as in `add_photos`, so that two never wait for each other.
        gone = remove_all(by=by, patient=patient)
        ended = Consent.objects.to_photos_of(patient).standing().update(withdrawn_at=timezone.now())
        if ended or gone:
            audit.record(WITHDRAWN, patient, by=by, clinic=patient.clinic, after={"photos": gone})
    return gone
