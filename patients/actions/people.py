"""Enrolling patients and recording their treatments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from patients import permissions, policies
from patients.actions import audit, silence
from patients.actions.invitations import invite
from patients.errors import AlreadyEnrolled, NotNow
from patients.models import NormVersion, Patient, Protocol, Role, Treatment, User


@dataclass(frozen=True, slots=True)
class Session:
    """What was done in one treatment. Baseline: grades before it, by symptom; factors: codes of adjustments."""

    protocol: Protocol
    treated_on: date
    area: str = Treatment.Area.FACE
    device: str = ""
    needle_depth_mm: Decimal | None = None
    factors: tuple[str, ...] = ()
    baseline: Mapping[str, int] = field(default_factory=dict)


def enrol_patient(
    *,
    by: User,
    name: str,
    email: str,
    time_zone: str,
    language: str = settings.LANGUAGE_CODE,
    first_session: Session | None = None,
    is_invited: bool = True,
) -> Patient:
    """A sign-in, a patient, their first treatment and an invitation.

    Raises NotNow for an address that is taken; AlreadyEnrolled where it is a patient of this clinic.
    """
    permissions.check_enrol(by)
    assert by.clinic is not None
    email = email.strip().lower()
    with audit.atomic():
        user = _sign_in(by, name, email)
        patient = Patient.objects.create(user=user, clinic=by.clinic, time_zone=time_zone, language=language)
        audit.record("patient enrolled", patient, by=by, clinic=by.clinic)
        if first_session is not None:
            record_treatment(by=by, patient=patient, session=first_session)
        if is_invited:
            invite(by=by, patient=patient)
    return patient


def _sign_in(by: User, name: str, email: str) -> User:
    """Within the transaction of the enrolment."""
    holder = _holder(email)
    if holder is None:
        try:
            # A transaction of its own: PostgreSQL goes on in the outer one only if the failure is rolled back by itself.
            with audit.atomic():
                user = User.objects.create_user(email, None, name=name, role=Role.PATIENT, clinic=by.clinic)
                # allauth signs in verified ones only
                EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
                return user
        except IntegrityError:
            # Somebody was faster; whoever it was is seen now, as their transaction is through.
            holder = _holder(email)
            if holder is None:
                raise
    raise _taken(by, email, holder)


def _holder(email: str) -> User | None:
    """Who signs in with an address, or has confirmed it as theirs."""
    found = User.objects.filter(email=email).first()
    return found or User.objects.filter(emailaddress__email__iexact=email, emailaddress__verified=True).first()


def _taken(by: User, email: str, holder: User) -> NotNow:
    # Narrowed: who it is of another clinic, and that it is one of another clinic, is nobody's business here.
    patient = Patient.objects.visible_to(by).filter(user=holder).first()
    if patient is not None:
        return AlreadyEnrolled(f"{holder.name} is a patient of your clinic already and signs in with {email}.", patient.uuid)
    return NotNow(f"Nobody can be enrolled with {email}: this address is in use. Ask the patient for another address.", "email")


def record_treatment(*, by: User, patient: Patient, session: Session) -> Treatment:
    """Adds a treatment, done or planned, pinned to the norms in force now and tied to the session before it."""
    permissions.check_record_treatment(by, patient)
    now = timezone.now()
    today = patient.today(now)
    policies.check_treated_on(session.treated_on, today)
    with audit.atomic():
        _check_offered(session.protocol, patient)
        # Two sessions recorded at once must not get the same number.
        Patient.objects.select_for_update().get(pk=patient.pk)
        # Read after the lock, or both would find the same one.
        before = patient.treatments.newest_first().first()
        policies.check_comes_after(session.treated_on, before, today)
        treatment = Treatment.objects.create(
            clinic_id=patient.clinic_id,
            patient=patient,
            protocol=session.protocol,
            # Pinned: what is published later does not change how this recovery is judged.
            norm_version=NormVersion.objects.in_force().get(protocol=session.protocol),
            treated_on=session.treated_on,
            session_number=before.session_number + 1 if before else 1,
            session_before=before,
            area=session.area,
            device=session.device,
            needle_depth_mm=session.needle_depth_mm,
            factors=list(session.factors),
            baseline=dict(session.baseline),
            recorded_by=by,
            recorded_at=now,
        )
        silence.refresh(patient)
        action = "treatment planned" if treatment.treated_on > today else "treatment recorded"
        after = {"protocol": session.protocol.slug, "treated_on": session.treated_on.isoformat()}
        audit.record(action, treatment, by=by, clinic=by.clinic, after=after)
    return treatment


def _check_offered(protocol: Protocol, patient: Patient) -> None:
    """As it is now: the page may have been open since before it was retired or copied."""
    offered = Protocol.objects.of_clinic(patient.clinic).offered()
    if not offered.filter(pk=protocol.pk).exists():
        raise NotNow(f"{protocol.name} is not offered to new treatments any more. Choose another protocol.", "protocol")


def change_settings(*, by: User, theme: str, **own: str | int | None) -> None:
    """One's own colours; for patients also `time_zone`, in which their day begins, `reminder_hour`, None for no mails, and `language`."""
    permissions.check_own_settings(by, own)
    with audit.atomic():
        by.theme = theme
        by.save(update_fields=["theme"])
        for name, value in own.items():
            change_own(by=by, name=name, value=value)


def change_own(*, by: User, name: str, value: str | int | None, why: str = "") -> None:
    """One setting of the person's patient, with its audit event if it changes. Within the caller's transaction."""
    # Read under the lock: of two changes at once the audit tells what each replaced.
    before = getattr(Patient.objects.select_for_update().get(pk=by.patient.pk), name)
    setattr(by.patient, name, value)
    if value != before:
        by.patient.save(update_fields=[name])
        if name == "time_zone":
            silence.refresh(by.patient)
        said = name.replace("_", " ")
        audit.record(f"{said} changed", by.patient, by=by, clinic=by.clinic, before={name: before}, after={name: value}, why=why)
