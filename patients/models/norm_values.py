"""Norm versions as the frozen values that the engine compares with, kept in memory once published.

A published version cannot change, so a worker reads it once; a draft is read every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import get_language

from patients.language import is_english, norm_text
from patients.models.evidence import Claim, Symptom
from patients.models.norms import Adjustment, Band, NormVersion, Protocol, WarningSign
from patients.models.people import Clinic
from patients.models.treatments import Treatment
from recovery.timeline import course, norms
from recovery.timeline.norms import Norms, RuleSettings
from recovery.timeline.scale import Urgency
from recovery.timeline.translated import translated


def norms_for(treatment: Treatment) -> Norms:
    """The norms pinned to a treatment, adjusted for its patient's factors and baseline."""
    return norms_of(treatment.norm_version_id, treatment.factors, treatment.baseline)


def spoken_norms(treatment: Treatment) -> Norms:
    """The same in the language of the page, for patients to read. What is compared or stored takes `norms_for`."""
    if is_english():
        return norms_for(treatment)
    return _spoken(treatment.norm_version_id, tuple(sorted(treatment.factors)), tuple(sorted(treatment.baseline.items())), get_language())


@lru_cache(maxsize=512)
def _spoken(version_id: UUID, factors: tuple[str, ...], baseline: tuple[tuple[str, int], ...], language: str) -> Norms:
    """`language` is that of the page, by which the catalog is chosen; here it only tells what is remembered apart."""
    return translated(_adjusted(version_id, factors, baseline), norm_text)


def norms_of(version_id: UUID, factors: Iterable[str], baseline: Mapping[str, int]) -> Norms:
    """The same for rows that were read without building a treatment."""
    # Sorted, so that the same factors in another order find what is remembered.
    return _adjusted(version_id, tuple(sorted(factors)), tuple(sorted(baseline.items())))


# Bounded: few combinations of factors and baseline are common, but there is no end of rare ones.
@lru_cache(maxsize=2048)
def _adjusted(version_id: UUID, factors: tuple[str, ...], baseline: tuple[tuple[str, int], ...]) -> Norms:
    return published_norms(version_id).adjusted(factors, dict(baseline))


@lru_cache(maxsize=128)
def published_norms(version_id: UUID) -> Norms:
    """Without claims, which may change. Raises NormVersion.DoesNotExist for a draft: it may change and must not be remembered."""
    return _read(NormVersion.objects.published().select_related("protocol").get(pk=version_id))


def read_norms(version: NormVersion) -> Norms:
    """A version as a value with the claims as they are now, draft or published, in a fixed number of queries."""
    return with_claims(_read(version))


def with_claims(norms: Norms) -> Norms:
    """For explaining: what the sources say now. One query."""
    return replace(norms, claims=tuple(_claim(row) for row in Claim.objects.select_related("source")))


def _read(version: NormVersion) -> Norms:
    return Norms(
        # As it was called when first read: a new name of its protocol reaches a worker with its next start.
        label=str(version),
        bands=tuple(_band(row) for row in version.bands.all()),
        symptoms=_symptoms(version),
        signs={row.code: _sign(row) for row in version.signs.all()},
        settings=_settings(version.settings),
        adjustments=tuple(_adjustment(row) for row in version.adjustments.all()),
        course=_course(version),
    )


def _settings(stored: dict[str, Any]) -> RuleSettings:
    # A setting that an older version was stored without takes its default.
    numbers = {name: value for name, value in stored.items() if name != "worsening_symptoms"}
    return RuleSettings(worsening_symptoms=tuple(stored.get("worsening_symptoms", ())), **numbers)


def _band(row: Band) -> norms.Band:
    return norms.Band(row.symptom_id, row.first_day, row.last_day, row.low, row.typical, row.high, row.urgent_above, row.rationale)


def _symptoms(version: NormVersion) -> dict[str, norms.Symptom]:
    # A setting of the version, not of the symptom; who reads norms finds it on the symptom all the same.
    worsening = version.settings.get("worsening_symptoms", [])
    return {
        row.code: norms.Symptom(
            row.code, row.name, row.clinical_name, row.question, tuple(row.grades), row.core, row.code in worsening, row.snomed
        )
        # Symptoms come with the installation and no page edits them: remembering them with a version is safe.
        for row in Symptom.objects.all()
    }


def _sign(row: WarningSign) -> norms.WarningSign:
    return norms.WarningSign(row.code, row.label, Urgency(row.urgency), row.first_day, row.last_day, row.advice, row.basis)


def _adjustment(row: Adjustment) -> norms.Adjustment:
    shift = norms.Shift(row.symptom_id, row.first_day, row.last_day, row.high_by, row.rationale)
    return norms.Adjustment(row.factor, row.label, shift)


def _claim(row: Claim) -> norms.Claim:
    return norms.Claim(row.source_id, str(row.source), row.source.grade, row.symptom_id, row.first_day, row.last_day, row.kind, row.text)


def _course(version: NormVersion) -> course.Course:
    return course.Course(
        phases=[course.Phase(r.name, r.first_day, r.last_day, r.check_in_every_days, r.what_to_expect) for r in version.phases.all()],
        milestones=[course.Milestone(r.first_day, r.last_day, r.title, r.detail, tuple(r.sources)) for r in version.milestones.all()],
        guidance=[
            course.Guidance(r.first_day, r.last_day, r.kind, r.text, tuple(r.sources), r.sources_differ) for r in version.guidance.all()
        ],
    )


def factors_in_force(clinic: Clinic) -> list[tuple[str, str]]:
    """Code and label of every factor that the norms in force know, of the protocols that a clinic's new treatments can follow."""
    versions = NormVersion.objects.in_force().filter(protocol__in=Protocol.objects.of_clinic(clinic).offered())
    # A set, since DISTINCT would also look at the days by which the rows are ordered.
    return sorted(set(Adjustment.objects.filter(version__in=versions).values_list("factor", "label")))
