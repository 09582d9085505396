"""The filters of the queue as they stand in its address: parsed, refused in words, applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from patients.errors import NotNow
from patients.models import Clinic, Phase, Protocol, User
from patients.models.treatments import TreatmentQuerySet
from recovery.timeline.scale import Urgency

LONGEST_TEXT = 80
URGENCIES = {u.word: u for u in Urgency if u.is_flag}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a clinic's filters can be set to, as value and words."""

    clinicians: Mapping[str, str]
    protocols: Mapping[str, str]
    phases: Mapping[str, str]

    @classmethod
    def of(cls, clinic: Clinic) -> Choices:
        """Two queries and one for the phases, whatever the size of the clinic."""
        protocols = Protocol.objects.of_clinic(clinic)
        names = Phase.objects.filter(version__protocol__in=protocols).order_by("first_day").values_list("name", flat=True)
        return cls(
            {str(user.uuid): user.byline for user in clinic.clinicians()},
            {protocol.slug: protocol.name for protocol in protocols},
            {name: name for name in names},
        )


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """Empty means: not filtered by it. `clinician`: a public id; `protocol`: a slug; `phase`: a name; `text`: part of a name."""

    urgency: str = ""
    clinician: str = ""
    protocol: str = ""
    phase: str = ""
    text: str = ""
    snoozed: bool = False

    @classmethod
    def parse(cls, given: Mapping[str, str], choices: Choices) -> QueueFilters:
        """Raises NotNow for a value that the clinic does not have: an unknown one must never show the whole list."""
        said = {name: given.get(name, "").strip() for name in ("urgency", "clinician", "protocol", "phase", "text")}
        known: dict[str, tuple[str, Mapping[str, object]]] = {
            "urgency": ("urgency", URGENCIES),
            "clinician": ("clinician of this clinic", choices.clinicians),
            "protocol": ("protocol of this clinic", choices.protocols),
            "phase": ("phase of the timeline", choices.phases),
        }
        for name, (called, values) in known.items():
            if said[name] and said[name] not in values:
                raise NotNow(f"“{_short(said[name])}” is no {called}. Choose one of the list, or clear the filter.")
        if len(said["text"]) > LONGEST_TEXT or "\0" in said["text"]:
            raise NotNow(f"Search for a part of the name, up to {LONGEST_TEXT} letters.")
        if given.get("snoozed", "") not in ("", "1"):
            raise NotNow(f"“{_short(given['snoozed'])}” is not a choice for snoozed rows. Clear the filter.")
        return cls(**said, snoozed=given.get("snoozed") == "1")

    @property
    def is_set(self) -> bool:
        return self != NO_FILTERS

    def as_query(self) -> str:
        """For an address; `parse` takes it back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: "1" if value is True else value for name, value in values.items() if value})

    def narrow(self, rows: TreatmentQuerySet, user: User, now: datetime) -> TreatmentQuerySet:
        if self.urgency:
            rows = rows.of_urgency(URGENCIES[self.urgency])
        if self.clinician:
            rows = rows.with_clinician(UUID(self.clinician))
        if self.protocol:
            rows = rows.under_protocol(self.protocol)
        if self.phase:
            assert user.clinic is not None
            runs = Phase.objects.filter(name=self.phase).values_list("version", "first_day", "last_day")
            rows = rows.in_phase(list(runs), user.clinic.local(now).date())
        return rows.of_patients_named(self.text) if self.text else rows


NO_FILTERS = QueueFilters()


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
