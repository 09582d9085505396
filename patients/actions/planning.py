"""Planned treatments: another date for one, or calling it off, until its patient has logged it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from patients import permissions, policies
from patients.actions import audit, silence
from patients.errors import NotNow
from patients.models import AuditEvent, Clinic, NormVersion, Patient, Protocol, Treatment, User

CALLED_OFF = "treatment called off"


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A plan that is gone: whose it was, for which date, and who called it off when."""

    patient: UUID
    treated_on: date
    event: AuditEvent


def change_date(*, by: User, treatment: Treatment, when: date, seen: date | None) -> bool:
    """Moves a planned treatment to another date, pinned to the norms in force now. False where it has that date already.

    `seen`: the date that stood on the page. Raises NotAllowed or NotNow.
    """
    permissions.check_plan(by, treatment)
    with audit.atomic():
        planned = _held(treatment)
        if planned is None:
            raise NotNow("This treatment was called off in the meantime. There is no date left to change.")
        policies.check_can_be_replanned(planned)
        if planned.treated_on == when:
            return False
        _check_seen(planned, seen)
        policies.check_new_date(when, planned.patient.today(), planned.session_before)
        before, version = _said(planned), _in_force(planned)
        is_repinned = version != planned.norm_version
        planned.treated_on, planned.norm_version, planned.protocol = when, version, version.protocol
        planned.save(update_fields=["treated_on", "norm_version", "protocol"])
        silence.refresh(planned.patient)
        why = (
            f"The norms changed since it was planned: {version} is in force now. No log was judged by the old ones." if is_repinned else ""
        )
        audit.record("treatment rescheduled", planned, by=by, clinic=planned.clinic, before=before, after=_said(planned), why=why)
    return True


def call_off(*, by: User, treatment: Treatment, seen: date | None) -> bool:
    """Deletes a planned treatment; the audit keeps what it was. False where somebody called it off before: safe to repeat."""
    permissions.check_plan(by, treatment)
    with audit.atomic():
        planned = _held(treatment)
        if planned is None:
            return False
        policies.check_can_be_replanned(planned)
        _check_seen(planned, seen)
        audit.record(CALLED_OFF, planned, by=by, clinic=planned.clinic, before=_said(planned) | _rest(planned))
        # Deleted, not marked: nobody was treated, and every query would have to leave out a row that says nothing of a patient.
        planned.delete()
        silence.refresh(planned.patient)
    return True


def how_called_off(clinic: Clinic | None, uuid: UUID) -> CalledOff | None:
    """What became of a plan of this clinic that is not there any more; None where there never was one."""
    events = AuditEvent.objects.filter(subject_type="treatment", subject_id=str(uuid), action=CALLED_OFF, clinic=clinic)
    event = events.order_by("-at").first()
    if event is None or event.before is None:
        return None
    return CalledOff(UUID(event.before["patient"]), date.fromisoformat(event.before["treated_on"]), event)


def _held(treatment: Treatment) -> Treatment | None:
    """As it is now, locked; None where it was called off."""
    # The patient first, as record_treatment does: no session is added while this one moves.
    Patient.objects.select_for_update().get(pk=treatment.patient_id)
    people = ("patient__user", "clinic", "protocol", "norm_version__protocol", "session_before")
    # Of itself only: PostgreSQL cannot lock the session before, which need not be there.
    return Treatment.objects.select_for_update(of=("self",)).select_related(*people).filter(pk=treatment.pk).first()


def _check_seen(planned: Treatment, seen: date | None) -> None:
    if seen != planned.treated_on:
        said = policies.long_date(planned.treated_on)
        raise NotNow(f"This treatment is planned for {said} now: it was changed since you opened the page. Look again, then decide.")


def _in_force(planned: Treatment) -> NormVersion:
    """What a treatment planned now would follow; what stands, where its protocol is not offered any more."""
    offered = Protocol.objects.of_clinic(planned.clinic).offered().filter(slug=planned.protocol.slug)
    version = NormVersion.objects.in_force().filter(protocol__in=offered).select_related("protocol").first()
    return version or planned.norm_version


def _said(planned: Treatment) -> dict[str, Any]:
    version = planned.norm_version
    return {
        "treated_on": planned.treated_on.isoformat(),
        "protocol": planned.protocol.slug,
        "version": version.number,
        "norm_version": str(version.pk),
    }


def _rest(planned: Treatment) -> dict[str, Any]:
    """Everything else that goes with the row."""
    depth = planned.needle_depth_mm
    return {
        "patient": str(planned.patient.uuid),
        "session_number": planned.session_number,
        "area": planned.area,
        "device": planned.device,
        "needle_depth_mm": None if depth is None else str(depth),
        "factors": planned.factors,
        "baseline": planned.baseline,
        "recorded_at": planned.recorded_at.isoformat(),
        "recorded_by": str(planned.recorded_by),
    }
