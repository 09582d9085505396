"""How many logged on the days that ask for a log, of the recoveries that had come so far."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Case, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields import DateField
from django.utils.safestring import SafeString, mark_safe

from patients.models import Clinic, Log, Treatment
from recovery.timeline.proportion import Share


class Step(NamedTuple):
    """A day, or the days of one check-in."""

    code: str
    name: str
    first: int
    last: int

    @property
    def days(self) -> str:
        return f"days {self.first} to {self.last}" if self.last > self.first else ""


# After day 7 as the starting norms ask: weekly, then after 30, 60 and 90 days.
CHECK_INS = {
    "week-2": (8, 14), "week-3": (15, 21), "week-4": (22, 28), "month-2": (29, 58), "month-3": (59, 90),
    "months-4-5": (91, 150), "months-6-7": (151, 210), "months-8-9": (211, 270), "months-10-12": (271, 365),
}  # fmt: skip
NAMES = {code: code.replace("-", " ", 1).replace("-", " to ").capitalize() for code in CHECK_INS}
STEPS = (*(Step(f"day-{d}", f"Day {d}", d, d) for d in range(8)), *(Step(code, NAMES[code], *days) for code, days in CHECK_INS.items()))
BY_CODE = {step.code: step for step in STEPS}


class Kept(NamedTuple):
    """How many of the recoveries that had reached a step logged on it."""

    step: Step
    share: Share

    @property
    def parts(self) -> list[tuple[str, int, str]]:
        """Each count with the choice that lists it, and as it is said; all of them are listed without a choice."""
        counts = [("", self.share.of), ("yes", self.share.hits), ("no", self.share.of - self.share.hits)]
        return [(logged, count, f"{count:,}") for logged, count in counts]

    @property
    def bar(self) -> SafeString:
        return mark_safe(  # noqa: S308 - numbers only
            '<svg class="rng" viewBox="0 0 88 18" aria-hidden="true"><rect class="cell" x="1" y="2.5" width="86" height="13"/>'
            f'<rect class="in" x="1" y="2.5" width="{86 * self.share.value:.1f}" height="13"/></svg>'
        )


def adherence(clinic: Clinic, first: date | None, today: date) -> list[Kept]:
    """Of the steps that ended between `first` and yesterday: who can still log today has missed nothing. Two queries."""
    reached, logged = _reached(clinic, first, today), _logged(clinic, first, today)
    return [Kept(step, Share(logged[step.code], reached[step.code])) for step in STEPS if reached[step.code]]


def recoveries_at(clinic: Clinic, step: Step, first: date | None, today: date) -> QuerySet[Treatment]:
    """The recoveries of a step, newest first; `has_logged` says who did."""
    own = Log.objects.filter(treatment=OuterRef("pk"), day__range=(step.first, step.last))
    found = Treatment.objects.filter(clinic=clinic, treated_on__range=_span(step, first, today)).filter(~_followed("", step))
    return found.annotate(has_logged=Exists(own)).newest_first()


def _span(step: Step, first: date | None, today: date) -> tuple[date, date]:
    """Between which dates treatments lie whose step ended in the period."""
    earliest = first - timedelta(days=step.last) if first else date.min
    return earliest, today - timedelta(days=step.last + 1)


def _followed(to_treatment: str, step: Step) -> Exists:
    """Whether another session had begun by the end of the step: logs go to the later one from then on."""
    treated = ExpressionWrapper(OuterRef(f"{to_treatment}treated_on") + Value(timedelta(days=step.last)), output_field=DateField())
    before = OuterRef(to_treatment.removesuffix("__") or "pk")
    return Exists(Treatment.objects.filter(session_before=before, treated_on__lte=treated))


def _reached(clinic: Clinic, first: date | None, today: date) -> Counter[str]:
    """Grouped by date, so that what is read grows with the days and not with the patients."""
    later = Treatment.objects.filter(session_before=OuterRef("pk")).order_by("treated_on").values("treated_on")[:1]
    treatments = Treatment.objects.filter(clinic=clinic, treated_on__gte=_span(STEPS[-1], first, today)[0])
    rows = treatments.order_by().annotate(until=Subquery(later)).values_list("treated_on", "until").annotate(count=Count("pk"))
    found: Counter[str] = Counter()
    for treated, until, count in rows:
        for step in STEPS:
            earliest, latest = _span(step, first, today)
            if earliest <= treated <= latest and (until is None or until > treated + timedelta(days=step.last)):
                found[step.code] += count
    return found


def _logged(clinic: Clinic, first: date | None, today: date) -> Counter[str]:
    counted = (
        Q(day__range=(s.first, s.last), treatment__treated_on__range=_span(s, first, today)) & ~Q(_followed("treatment__", s))
        for s in STEPS
    )
    step = Case(*[When(day__range=(s.first, s.last), then=Value(s.code)) for s in STEPS])
    # By way of the clinic's treatments of those dates: by its own clinic, every log it ever had would be looked at.
    dated = Q(treatment__clinic=clinic, treatment__treated_on__gte=_span(STEPS[-1], first, today)[0])
    logs = Log.objects.filter(dated).filter(reduce(or_, counted)).order_by().annotate(step=step)
    return Counter(dict(logs.values_list("step").annotate(count=Count("treatment", distinct=True))))
