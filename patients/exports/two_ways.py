"""One log judged twice: under the norms it follows, and under others. For who weighs an edit; without the person's name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from patients.actions.logs import entries_of, ratings_before
from patients.exports.impact import most_urgent
from patients.models import Log, NormVersion
from patients.models.norm_values import norms_of, read_norms, with_claims
from recovery.timeline.compare import compare_course
from recovery.timeline.explain import expected_range, explain
from recovery.timeline.norms import Band, Norms
from recovery.timeline.scale import Urgency


@dataclass(frozen=True, slots=True)
class Rated:
    """One rating with what is expected of it in both."""

    name: str
    severity: int
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Judged:
    """What one version says of the log."""

    label: str
    urgency: Urgency
    reasons: list[tuple[Urgency, str]]


class TwoWays:
    """The parts of the page."""

    def __init__(self, log: Log, draft: NormVersion) -> None:
        self.log, self.treatment = log, log.treatment
        t = self.treatment
        # With the claims as they are now on both sides: the norms differ, not what the sources say.
        self.before = with_claims(norms_of(t.norm_version_id, t.factors, t.baseline))
        self.after = replace(read_norms(draft).adjusted(t.factors, t.baseline), label=f"{draft}, draft")
        logs = {one.day: one for one in Log.objects.of(t)}
        self.entries = entries_of(logs)
        # From this day on is enough: it is compared with the same day alone.
        self.last_session = ratings_before(t, log.day)

    @property
    def both(self) -> list[Judged]:
        return [self._judged(norms) for norms in (self.before, self.after)]

    def _judged(self, norms: Norms) -> Judged:
        found = compare_course(self.entries.values(), norms, self.last_session, [self.log.day])[self.log.day]
        return Judged(norms.label, most_urgent(found), [(f.urgency, explain(f, norms)) for f in found])

    @property
    def ratings(self) -> list[Rated]:
        day, entry = self.log.day, self.entries[self.log.day]
        return [
            Rated(self.before.symptoms[code].name, severity, _expected(self.before.band(code, day)), _expected(self.after.band(code, day)))
            for code, severity in sorted(entry.ratings.items(), key=lambda pair: list(self.before.symptoms).index(pair[0]))
        ]


def _expected(band: Band | None) -> str:
    if band is None:
        return "not compared"
    urgent = "" if band.urgent_above is None else f", urgent above {band.urgent_above}"
    return f"{expected_range(band)}{urgent}"
