"""A clinic's patients, each with the latest treatment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patients.models import Patient, Treatment


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One patient; `latest` None before the first treatment."""

    patient: Patient
    latest: Treatment | None


def caseload_rows(patients: Iterable[Patient]) -> list[CaseloadRow]:
    """Reads the treatments that `caseload()` has prefetched."""
    # max() over the prefetched rows: order_by() would ask the database once for each patient.
    return [CaseloadRow(p, max(p.treatments.all(), key=lambda t: t.treated_on, default=None)) for p in patients]
