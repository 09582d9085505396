"""Norms that somebody uploads, beside what their protocol has: what would change, and what would keep it from being published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from patients.actions.norms import draft_of, in_force_or_none, problems_of
from patients.exports.versions import PART_NAMES, ChangeGroup, ProblemLine, change_groups, problem_lines
from patients.models import NormVersion, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.difference import Change, differences
from recovery.timeline.norms import Norms


class Target:
    """What a protocol has when norms are uploaded to it: a version in force, a draft, or neither."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.in_force, self.draft = in_force_or_none(protocol), draft_of(protocol)
        self.published = read_norms(self.in_force) if self.in_force else None
        self.drafted = read_norms(self.draft) if self.draft else None

    @property
    def base(self) -> Norms | None:
        """What stays as it is where no file says otherwise."""
        return self.drafted or self.published

    @property
    def token(self) -> str:
        """Another one as soon as something is published, or the draft is started, saved or discarded."""
        number = self.in_force.number if self.in_force else 0
        # The draft's key as well: a new draft begins to count at 0 again.
        return f"{number}/{self.draft.pk}/{self.draft.edits}" if self.draft else f"{number}"

    @property
    def version(self) -> NormVersion:
        """The draft that there is, or the one that an upload would make; that one is not stored."""
        return self.draft or NormVersion(protocol=self.protocol, number=self.in_force.number + 1 if self.in_force else 1)

    @property
    def part_files(self) -> list[tuple[str, str]]:
        """Each part with the name of its file."""
        return [(name, f"{part}.csv") for part, name in PART_NAMES.items()]


@dataclass(frozen=True)
class Upload:
    """Norms that were read, beside what there is."""

    target: Target
    norms: Norms

    @cached_property
    def groups(self) -> list[ChangeGroup]:
        """What differs from the version in force."""
        # Against what is in force also where a draft stands: that is what publishing would change.
        return change_groups(self.target.published, self.norms) if self.target.published else []

    @cached_property
    def draft_changes(self) -> tuple[Change, ...]:
        """What differs from the draft."""
        return differences(self.target.drafted, self.norms) if self.target.drafted else ()

    @property
    def is_draft(self) -> bool:
        """Whether the draft holds just this. Two equal bands made one are no change that people read, but they are another table."""
        drafted = self.target.drafted
        return drafted is not None and not self.draft_changes and drafted.bands == self.norms.bands

    @property
    def is_news(self) -> bool:
        """Whether there is anything to store."""
        return not self.is_draft if self.target.draft else bool(self.groups)

    @cached_property
    def problems(self) -> list[ProblemLine]:
        return problem_lines(problems_of(self.target.version, self.norms), "", self.norms)[1]
