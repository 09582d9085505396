"""The filters of the caseload as they stand in an address: known values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from patients.errors import NotNow
from patients.models import Clinic, NormVersion, Phase, Protocol
from patients.models.caseload import CaseloadQuestions

LONGEST_TEXT = 80
WEEK = 6  # days after today
DUE = {"overdue": "missed", "today": "due today", "week": "due within 7 days"}
STATES = {"planned": "a session is planned", "closed": "closed by the clinic"}


def phases_of(clinic: Clinic) -> list[str]:
    """The names of the phases in force, in the order of their days. One query."""
    versions = NormVersion.objects.in_force().filter(protocol__in=Protocol.objects.of_clinic(clinic))
    names = Phase.objects.filter(version__in=versions).order_by("first_day", "name").values_list("name", flat=True)
    return list(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class CaseloadFilters:
    """Empty means: not filtered by it. `q`: part of a name or an address; `phase`: of the running recovery, by its name."""

    q: str = ""
    phase: str = ""
    due: str = ""
    state: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str], phases: list[str]) -> CaseloadFilters:
        """Raises NotNow for a value there is none of: an unknown one must never show the whole list."""
        said = {field.name: given.get(field.name, "").replace("\0", "").strip() for field in fields(cls)}
        if unknown := set(given) - {*said, "page"}:
            raise NotNow(f"“{min(unknown)[:40]}” is no filter of the patients. Show all of them, and choose there.")
        known = {
            "phase": ("phase in force", phases),
            "due": ("choice for the next check-in", DUE),
            "state": ("known state", STATES),
        }
        for name, (called, values) in known.items():
            if said[name] and said[name] not in values:
                raise NotNow(f"“{said[name][:40]}” is no {called}. Choose one of the list, or show all patients.")
        if len(said["q"]) > LONGEST_TEXT:
            raise NotNow(f"Search for a part of the name or the e-mail address, up to {LONGEST_TEXT} letters.")
        return cls(**said)

    @property
    def is_set(self) -> bool:
        return self != CaseloadFilters()

    def as_query(self) -> str:
        """For an address; `parse` takes it back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: value for name, value in values.items() if value})

    def narrow(self, found: CaseloadQuestions) -> None:
        """All but the text, by which the patients are narrowed before anything is worked out for them."""
        if self.phase:
            # Older versions too: a recovery goes by the one that it is pinned to.
            found.in_phase(list(Phase.objects.filter(name=self.phase).values_list("version", "first_day", "last_day")))
        if self.due == "overdue":
            found.overdue()
        elif self.due:
            found.due_within(WEEK if self.due == "week" else 0)
        if self.state == "planned":
            found.planned()
        elif self.state == "closed":
            found.closed()
