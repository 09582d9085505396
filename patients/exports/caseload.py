"""A clinic's patients, each with the running recovery and what is planned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from patients.models import Patient, Treatment


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One patient; `latest` None before the first treatment, `day` by the patient's calendar."""

    patient: Patient
    latest: Treatment | None
    day: int
    planned: Treatment | None


def caseload_rows(patients: Iterable[Patient], now: datetime) -> list[CaseloadRow]:
    """Reads the treatments that `caseload()` has prefetched."""
    return [_row(patient, now) for patient in patients]


def _row(patient: Patient, now: datetime) -> CaseloadRow:
    today = patient.today(now)
    # Over the prefetched rows: order_by() would ask the database once for each patient.
    treatments = sorted(patient.treatments.all(), key=lambda t: t.treated_on)
    latest = next((t for t in reversed(treatments) if t.treated_on <= today), None)
    planned = next((t for t in treatments if t.treated_on > today), None)
    return CaseloadRow(patient, latest, latest.day_of(today) if latest else 0, planned)
