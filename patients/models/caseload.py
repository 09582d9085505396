"""The questions that the caseload asks of a clinic's patients: whose recovery runs, what is due when, who is planned or closed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, DateField, DateTimeField, Exists, F, Field, OuterRef, Q, Subquery, Value, When

from patients.models.people import PatientQuerySet
from patients.models.treatments import Treatment

Moment = TypeVar("Moment", date, datetime)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The dates on the calendars of these patients at one moment: a day begins where the patient is."""

    now: datetime
    zones: tuple[str, ...]

    @classmethod
    def of(cls, patients: PatientQuerySet, now: datetime) -> Calendars:
        """One query."""
        return cls(now, tuple(patients.order_by().values_list("time_zone", flat=True).distinct()))

    def dates(self) -> dict[date, list[str]]:
        """Each date that stands on some calendar, and the zones in which it does."""
        found: dict[date, list[str]] = defaultdict(list)
        for zone in self.zones:
            found[self.now.astimezone(ZoneInfo(zone)).date()].append(zone)
        return found

    def ends(self, days: int = 0) -> dict[datetime, list[str]]:
        """The midnights at which today ends, or a day so many days later, each with its zones."""
        found: dict[datetime, list[str]] = defaultdict(list)
        for day, zones in self.dates().items():
            for zone in zones:
                found[datetime.combine(day + timedelta(days=days + 1), time(), ZoneInfo(zone))].append(zone)
        return found


class CaseloadQuestions:
    """Patients with what runs and what is due, to be narrowed; `rows` is the query."""

    def __init__(self, patients: PatientQuerySet, now: datetime) -> None:
        self.calendars = Calendars.of(patients, now)
        begun = _sessions().filter(treated_on__lte=OuterRef("local_date")).newest_first()
        # Past the end of its norms, and once closed, a recovery asks for nothing.
        asked = Case(When(quiet_until__gt=now, then=F("quiet_from")))
        self.rows: Any = patients.annotate(local_date=_by_zone(self.calendars.dates(), DateField())).annotate(
            running=Subquery(begun.values("pk")[:1]), next_due=Subquery(begun.annotate(asked=asked).values("asked")[:1])
        )

    def overdue(self) -> None:
        """The day of the check-in is over."""
        self.rows = self.rows.filter(next_due__lte=self.calendars.now)

    def due_within(self, days: int) -> None:
        """Today, with 0, or on one of so many days after it; what is overdue is not due any more."""
        ends = _by_zone(self.calendars.ends(days), DateTimeField())
        self.rows = self.rows.filter(next_due__gt=self.calendars.now, next_due__lte=ends)

    def planned(self) -> None:
        self.rows = self.rows.filter(Exists(_sessions().filter(treated_on__gt=OuterRef("local_date"))))

    def closed(self) -> None:
        self.rows = self.rows.filter(Exists(_running().filter(closed_at__isnull=False)))

    def in_phase(self, runs: list[tuple[UUID, int, int]]) -> None:
        """On a day of one of these runs, each of the norm version it belongs to: version, first day, last day."""
        on_day: Any = Q(pk__in=[])
        for today, zones in self.calendars.dates().items():
            within = Treatment.objects.in_phase(runs, today)
            on_day |= Q(time_zone__in=zones) & Exists(within.filter(pk=OuterRef("running"), closed_at__isnull=True))
        self.rows = self.rows.filter(on_day)

    def next_due_first(self) -> Any:
        """With what a row says of each; nobody is asked twice."""
        due_first = self.rows.order_by(F("next_due").asc(nulls_last=True), "user__name", "pk")
        return due_first.select_related("user").prefetch_related("treatments__protocol", "invitations")


def _sessions() -> Any:
    """Of the patient of the row."""
    return Treatment.objects.filter(patient=OuterRef("pk"))


def _running() -> Any:
    return Treatment.objects.filter(pk=OuterRef("running"))


def _by_zone(zones: dict[Moment, list[str]], field: Field[Any, Any]) -> Case:
    return Case(*(When(time_zone__in=names, then=Value(value)) for value, names in zones.items()), output_field=field)
