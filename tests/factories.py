"""Short ways to a state, each by doing what people do: enrol, treat, log, review, edit norms. Clinics and staff have no
workflow of their own (the admin makes them); `a_draft` and `publish` make versions directly, for tests that are about others."""

from dataclasses import replace
from datetime import datetime, time
from io import BytesIO
from itertools import count
from unittest.mock import patch

from django.utils import timezone

from patients.actions.consents import give_photo_consent
from patients.actions.invitations import invite
from patients.actions.logs import Said, record_log
from patients.actions.norms import publish_draft, save_draft, start_draft
from patients.actions.people import Session, enrol_patient, record_treatment
from patients.actions.photos import add_photos
from patients.actions.replies import save_reply_template
from patients.actions.reviews import Decision, review_recovery
from patients.actions.texts import text_for
from patients.models import Clinic, Flag, NormVersion, Protocol, Treatment, User
from patients.models.norm_values import read_norms
from recovery.timeline.scale import Disposition
from tests.pictures.scene import jpeg

numbers = count(1)
CALM = {"redness": 1, "swelling": 0, "flaking": 0, "breakouts": 0}  # expected on days 0 to 4
EVENING = time(19)


def a_clinic(name="Linden Skin Clinic", **fields):
    return Clinic.objects.create(name=name, **{"phone": "020 7946 0145", "emergency_number": "999", **fields})


def an_address(name):
    return f"{name.split()[0].strip('<b/>').lower()}{next(numbers)}@example.org"


def a_member(clinic, role, name, **fields):
    return User.objects.create_user(an_address(name), None, name=name, role=role, clinic=clinic, **fields)


def a_session(protocol="pen", treated_on=None, **fields):
    # The shared one, which was there before any clinic's copy.
    return Session(Protocol.objects.filter(slug=protocol).earliest("pk"), treated_on or timezone.now().date(), **fields)


def a_patient(by, name="Ana Ferreira", *, email="", time_zone="Europe/London", session=None):
    address = email or an_address(name)
    return enrol_patient(by=by, name=name, email=address, time_zone=time_zone, first_session=session, is_invited=False)


def an_invitation(patient, by=None, now=None):
    """The token of a new invitation, as it would stand in the mail."""
    with patch("patients.actions.invitations.secrets.token_urlsafe", return_value=f"token-{next(numbers)}") as made:
        invite(by=by or patient.clinic.clinicians()[0], patient=patient, now=now)
    return made.return_value


def a_treatment(by, name, treated_on, protocol="pen", *, time_zone="Europe/London", **fields):
    """A new patient with a first session; the treatment as the pages load it."""
    patient = a_patient(by, name, time_zone=time_zone, session=a_session(protocol, treated_on, **fields))
    return Treatment.objects.with_people().get(patient=patient)


def next_session(by, patient, treated_on, protocol="pen"):
    treatment = record_treatment(by=by, patient=patient, session=a_session(protocol, treated_on))
    return Treatment.objects.with_people().get(pk=treatment.pk)


def said(signs="", *, asked=False, note="", improvement=None, **ratings):
    """What a patient says of a day: calm, but for what is named."""
    return Said({**CALM, **ratings}, frozenset(signs.split()), note, asked, improvement)


def a_log(treatment, day, signs="", *, late=0, at=None, key=None, **answers):
    """The log of a day, entered in the evening `late` days after it, or at a moment."""
    now = at or datetime.combine(treatment.date_of(day + late), EVENING, timezone.now().tzinfo)
    words = said(signs, **answers)
    return record_log(by=treatment.patient.user, treatment=treatment, when=treatment.date_of(day), said=words, key=key, now=now)


def allow_photos(patient):
    """As the button on the log form does; again it does nothing."""
    give_photo_consent(by=patient.user, patient=patient, seen=text_for(patient.clinic, "photos", patient.speaks).key)


def a_photo(log, view="front", content=None):
    """A photo of a log's day, added when the log was entered; the patient has allowed it."""
    allow_photos(log.treatment.patient)
    file = BytesIO(content or jpeg())
    return add_photos(by=log.treatment.patient.user, log=log, files={view: file}, now=log.entered_at).kept[0]


def a_review(treatment, by, disposition=Disposition.ADVICE, *, seen=None, at=None, **words):
    """A decision on everything that is open, or on the flags seen."""
    seen = open_flags(treatment) if seen is None else seen
    return review_recovery(by=by, treatment=treatment, seen=[flag.uuid for flag in seen], decision=Decision(disposition, **words), now=at)


def a_reply_text(by, name="Keep it moist", text="Hello {name}, keep it moist."):
    return save_reply_template(by=by, clinic=by.clinic, name=name, text=text)


def open_flags(treatment):
    return list(Flag.objects.of(treatment).open())


def live_flags(treatment):
    """The flags that stand, as (day, rule, subject, urgency)."""
    rows = Flag.objects.of(treatment).live().order_by("log__day", "rule", "subject")
    return list(rows.values_list("log__day", "rule", "subject", "urgency"))


def a_draft(slug="pen"):
    """A draft that starts as a copy of the version in force."""
    source = NormVersion.objects.in_force().get(protocol__slug=slug)
    draft = NormVersion.objects.create(protocol=source.protocol, number=source.number + 1, settings=source.settings)
    for rows in (source.bands, source.phases, source.milestones, source.guidance, source.signs, source.adjustments):
        copies = list(rows.all())
        for row in copies:
            row.pk, row.version = None, draft
        rows.model.objects.bulk_create(copies)
    return draft


def publish(draft, reason="Tested."):
    draft.published_at, draft.published_as, draft.reason = timezone.now(), "the tests", reason
    draft.save()
    return draft


def asking_every(norms, days=2):
    """The norms with another rhythm in the first phase: a difference that judges nothing."""
    first, *others = norms.course.phases
    return replace(norms, course=replace(norms.course, phases=(replace(first, check_in_every_days=days), *others)))


def with_band(norms, symptom, day, **values):
    """The norms with other values in the band of a day."""
    band = norms.band(symptom, day)
    return replace(norms, bands=tuple(replace(b, **values) if b == band else b for b in norms.bands))


def an_edit(by, draft, edited=asking_every):
    """A draft's norms edited and saved; the draft as it is then."""
    return save_draft(by=by, draft=draft, norms=edited(read_norms(draft)), seen=draft.edits)


def a_version(by, protocol, edited=asking_every, reason="Tested.", now=None):
    """The next version of a protocol: started, edited, published."""
    draft = an_edit(by, start_draft(by=by, protocol=protocol), edited)
    return publish_draft(by=by, draft=draft, reason=reason, seen=draft.edits, now=now)
