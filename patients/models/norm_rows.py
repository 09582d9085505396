"""The rows of a draft from a value: the other way of norm_values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from patients.models.norms import Adjustment, Band, Guidance, Milestone, NormVersion, Phase, WarningSign
from recovery.timeline.norms import Norms, RuleSettings


def write_norms(version: NormVersion, norms: Norms) -> None:
    """Replaces every row of a draft and its settings; the version itself is saved by the caller, in whose transaction this runs.

    Triggers refuse it for a published version, constraints for a band out of order.
    """
    version.settings = stored_settings(norms.settings)
    rows: dict[type[Any], list[Any]] = {
        Band: [_band(b) for b in norms.bands],
        Phase: [Phase(**asdict(p)) for p in norms.course.phases],
        Milestone: [Milestone(**asdict(m) | {"sources": list(m.sources)}) for m in norms.course.milestones],
        Guidance: [Guidance(**asdict(g) | {"sources": list(g.sources)}) for g in norms.course.guidance],
        WarningSign: [_sign(s) for s in norms.signs.values()],
        Adjustment: [_adjustment(a) for a in norms.adjustments],
    }
    # All anew: to match old rows with new ones takes keys, and neither files nor forms have any.
    for model, made in rows.items():
        model.objects.filter(version=version).delete()
        for row in made:
            row.version = version
        # In the order of the value: where days are equal, rows are read again by key.
        model.objects.bulk_create(made)


def stored_settings(settings: RuleSettings) -> dict[str, Any]:
    return asdict(settings) | {"worsening_symptoms": list(settings.worsening_symptoms)}


def _band(b: Any) -> Band:
    fields = asdict(b)
    return Band(symptom_id=fields.pop("symptom"), **fields)


def _sign(s: Any) -> WarningSign:
    days = {"first_day": s.first_usual_day, "last_day": s.last_usual_day}
    return WarningSign(code=s.code, label=s.label, urgency=int(s.urgency), advice=s.advice, basis=s.basis, **days)


def _adjustment(a: Any) -> Adjustment:
    shift = asdict(a.shift)
    return Adjustment(factor=a.factor, label=a.label, symptom_id=shift.pop("symptom"), **shift)
