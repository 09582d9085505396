"""The ratings of a recovery as rows: of a table of all days, and of one day beside what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from patients.exports import words
from patients.exports.charts import range_mark
from patients.exports.recoveries import RecoveryPicture, said
from recovery.timeline.explain import expected_range
from recovery.timeline.norms import Symptom

NOTHING = '<td class="c quiet">–</td>'


@dataclass(frozen=True, slots=True)
class Answer:
    """One rating of one day beside what is usual, for the list after saving."""

    name: str
    said: str
    usual: str
    mark: SafeString


def answers(picture: RecoveryPicture, day: int) -> list[Answer]:
    """Every rating of a day beside what is usual, in the order of the form."""
    ratings = picture.entries[day].ratings
    return [_answer(picture, s, ratings[s.code], day) for s in picture.norms.symptoms.values() if s.code in ratings]


def _answer(picture: RecoveryPicture, symptom: Symptom, severity: int, day: int) -> Answer:
    band = picture.norms.band(symptom.code, day)
    if band is None:
        return Answer(symptom.name, said(severity), "", mark_safe(""))
    mark = range_mark(band.low, band.high, severity, int(picture.urgency_of(day, symptom.code)))
    return Answer(symptom.name, said(severity), expected_range(band), mark)


def rating_table(picture: RecoveryPicture, symptoms: Sequence[Symptom]) -> list[tuple[str, SafeString]]:
    """Name and cells of each row, a cell for every day logged; below each symptom the session before, where it has some."""
    # Built here because a template costs ten times that.
    return [row for symptom in symptoms for row in _rows(picture, symptom)]


def _rows(picture: RecoveryPicture, symptom: Symptom) -> Iterator[tuple[str, SafeString]]:
    yield symptom.name, _cells(_cell(picture, symptom.code, day) for day in picture.entries)
    # On the days of this recovery only: the row says what the same day was, and the chart has the others.
    then = {day: picture.last_session.get(day, {}).get(symptom.code) for day in picture.entries}
    if picture.before and any(severity is not None for severity in then.values()):
        yield (
            gettext("{name}, session {session}").format(name=symptom.name, session=picture.before.session_number),
            _cells(NOTHING if s is None else f'<td class="c quiet">{s}</td>' for s in then.values()),
        )


def _cells(cells: Iterable[str]) -> SafeString:
    return mark_safe("".join(cells))  # noqa: S308 - numbers and fixed words


def _cell(picture: RecoveryPicture, symptom: str, day: int) -> str:
    severity, band = picture.entries[day].ratings.get(symptom), picture.norms.band(symptom, day)
    if severity is None:
        return NOTHING
    usual = f'<span class="exp">{expected_range(band)}</span>' if band else ""
    urgency = picture.urgency_of(day, symptom)
    if not urgency.is_flag:
        return f'<td class="c"><b>{severity}</b>{usual}</td>'
    word, code = words.urgency(urgency), urgency.word
    mark = f'<svg class="shape urg-{code}" aria-hidden="true"><use href="#u-{code}"/></svg>'
    return f'<td class="c out">{mark}<b>{severity}</b><span class="visually-hidden"> {word}</span>{usual}</td>'
