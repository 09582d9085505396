"""Norm versions as their pages show them: their list, what differs between two, and what is wrong with a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count

from patients.models import NormVersion, Protocol, Treatment, User
from patients.policies import VERSION_LIFE, VersionState, state_of
from recovery.timeline.difference import NONE, WHOLE_ROW, Change, differences
from recovery.timeline.editing import day_words
from recovery.timeline.norms import Norms
from recovery.timeline.proof import Problem

PART_NAMES = {
    "bands": "Bands",
    "phases": "Phases",
    "milestones": "Milestones",
    "guidance": "Guidance",
    "warning_signs": "Warning signs",
    "adjustments": "Adjustments",
    "settings": "Rules",
}
DRAFT = "draft"


class ProblemLine(NamedTuple):
    """One problem in words, the part in which it is solved, and for a band the symptom's code."""

    says: str
    part: str
    symptom: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the list. `follow`: how many of the clinic's recoveries are judged by it; `before`: the number of the one before."""

    version: NormVersion
    state: VersionState
    follow: int
    before: int | None

    @property
    def name(self) -> str:
        return name_of(self.version)


class ChangeLine(NamedTuple):
    """One change as a row of a table."""

    place: str
    what: str
    before: str
    after: str


class ChangeGroup(NamedTuple):
    """The changes of one part."""

    name: str
    changes: list[ChangeLine]


def problem_lines(problems: Iterable[Problem], part: str, norms: Norms) -> tuple[list[ProblemLine], list[ProblemLine]]:
    """Those of a part and those of the others, with symptoms named as people do."""
    names = {code: s.name for code, s in norms.symptoms.items()}
    lines = [ProblemLine(str(replace(p, symptom=names.get(p.symptom, p.symptom))), p.part, p.symptom) for p in problems]
    return [line for line in lines if line.part == part], [line for line in lines if line.part != part]


def versions_of(protocol: Protocol) -> list[NormVersion]:
    """Newest first, the draft before all, with who worked on them."""
    known = NormVersion.objects.filter(protocol=protocol).select_related("protocol", "started_by", "edited_by", "published_by")
    return list(known.order_by("-number"))


def version_rows(protocol: Protocol, user: User) -> list[VersionRow]:
    """Newest first; three queries, however many there are."""
    versions = versions_of(protocol)
    # Of the person's clinic: how many patients others have is not theirs to read.
    counted = Treatment.objects.visible_to(user).filter(norm_version__in=versions).order_by()
    follow = dict(counted.values_list("norm_version").annotate(Count("pk")))
    published = [v.number for v in versions if not v.is_draft]
    newest = max(published, default=None)
    return [VersionRow(v, state_of(v, newest), follow.get(v.pk, 0), next((n for n in published if n < v.number), None)) for v in versions]


def name_of(version: NormVersion) -> str:
    """How the address of a comparison names a version."""
    return DRAFT if version.is_draft else str(version.number)


def life() -> list[tuple[str, str, str]]:
    """The life of a version as rows: its state, what can be done, what it is then."""
    return [(state.value, step, then.value) for state, steps in VERSION_LIFE.items() for step, then in steps.items()]


def change_groups(before: Norms, after: Norms) -> list[ChangeGroup]:
    """What differs, part by part in the order of the editor."""
    # groupby wants them together, which differences() gives: part after part.
    grouped = groupby(differences(before, after), key=lambda change: change.part)
    return [ChangeGroup(PART_NAMES[part], [_line(change) for change in changes]) for part, changes in grouped]


def _line(change: Change) -> ChangeLine:
    place = change.subject if change.days is None else f"{change.subject}, {day_words(*change.days)}"
    if change.field != WHOLE_ROW:
        return ChangeLine(place, change.field.replace("_", " "), change.before or "blank", change.after or "blank")
    if change.before == NONE:
        return ChangeLine(place, "added", "–", change.after or place)
    return ChangeLine(place, "removed", change.before or place, "–")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two versions to compare; `fault` says why there are none."""

    names: list[str]
    old: NormVersion | None = None
    new: NormVersion | None = None
    fault: str = ""

    @property
    def from_name(self) -> str:
        return name_of(self.old) if self.old else ""

    @property
    def to_name(self) -> str:
        return name_of(self.new) if self.new else ""


def pair_of(versions: Sequence[NormVersion], asked_from: str, asked_to: str) -> Pair:
    """The versions of those names, newest first in `versions`; unless told, the newest and the one before it."""
    known = {name_of(version): version for version in versions}
    names = list(known)
    if len(names) < 2:
        return Pair(names, fault="There is only one version so far: nothing to compare it with." if names else "There is no version yet.")
    for asked in (asked_from, asked_to):
        if asked and asked not in known:
            # Cut: it comes from the address, and may be as long as somebody likes.
            return Pair(names, fault=f"“{asked[:40]}” is not a version of this protocol. Choose two from the lists.")
    to = asked_to or names[0]
    return Pair(names, known[asked_from or names[min(names.index(to) + 1, len(names) - 1)]], known[to])
