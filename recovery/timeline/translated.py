"""Norms for patients to read in another language. What is compared, stored or shown to staff stays as the clinic wrote it."""

from collections.abc import Callable
from dataclasses import replace

from recovery.timeline.course import Course
from recovery.timeline.norms import Norms, Symptom, WarningSign

Translate = Callable[[str], str]


def translated(norms: Norms, translate: Translate) -> Norms:
    """Every text that patients read, as a whole; codes, days and bands stay."""
    return replace(
        norms,
        symptoms={code: _symptom(symptom, translate) for code, symptom in norms.symptoms.items()},
        signs={code: _sign(sign, translate) for code, sign in norms.signs.items()},
        course=_course(norms.course, translate),
    )


def _symptom(symptom: Symptom, translate: Translate) -> Symptom:
    grades = tuple(map(translate, symptom.grades))
    return replace(symptom, name=translate(symptom.name), question=translate(symptom.question), grades=grades)


def _sign(sign: WarningSign, translate: Translate) -> WarningSign:
    return replace(sign, label=translate(sign.label), advice=translate(sign.advice))


def _course(course: Course, translate: Translate) -> Course:
    return Course(
        [replace(p, name=translate(p.name), what_to_expect=translate(p.what_to_expect)) for p in course.phases],
        [replace(m, title=translate(m.title), detail=translate(m.detail)) for m in course.milestones],
        [replace(g, text=translate(g.text), sources_differ=translate(g.sources_differ)) for g in course.guidance],
    )
