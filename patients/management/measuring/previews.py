"""How long the preview of an edit takes, over every log of the database that DATABASE_URL names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial

from patients.actions.norms import in_force
from patients.exports.effects import EffectSheet
from patients.exports.impact import USUAL_DAYS, effect
from patients.models import Clinic, NormVersion, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.norms import Norms, Shift, shifted
from recovery.timeline.scale import Urgency

EVERY_LOG = 3650  # days
LONG_ENOUGH = 1.0  # seconds for one edit, so that a disturbance passes


@dataclass(frozen=True, slots=True)
class Timed:
    """One preview: seconds of the clock and of CPU, and what it found."""

    edit: str
    days: int
    logs: int
    changes: int
    seconds: float
    cpu: float


def measured() -> list[dict[str, str | int | float]]:
    """The first edit once, in a process that has previewed nothing before; of the others, the fastest that a second allows."""
    return [asdict(timed) for timed in _timed()]


def _timed() -> Iterator[Timed]:
    clinic, protocol = Clinic.objects.get(), Protocol.objects.get(slug="pen")
    norms = read_norms(in_force(protocol))
    draft = NormVersion(protocol=protocol, number=2)
    (name, first), *others = edits(norms)
    # Once: it pays for what is remembered after it.
    yield _preview(clinic, draft, name, first, EVERY_LOG)
    # The widest ones again over the period that the editor shows.
    for days, some in ((EVERY_LOG, others), (USUAL_DAYS, others[-3:])):
        for name, edited in some:
            yield _fastest(partial(_preview, clinic, draft, name, edited, days))


def _preview(clinic: Clinic, draft: NormVersion, name: str, norms: Norms, days: int) -> Timed:
    clock, cpu = time.perf_counter(), time.process_time()
    found = effect(clinic, draft, norms, days)
    # With the rows: the page waits for them, too.
    assert isinstance(EffectSheet(found, norms).rows, list)
    return Timed(name, days, found.logs, len(found.changes), time.perf_counter() - clock, time.process_time() - cpu)


def _fastest(preview: Callable[[], Timed]) -> Timed:
    """What is short is easily disturbed by whatever else the machine does."""
    until, found = time.perf_counter() + LONG_ENOUGH, [preview()]
    while time.perf_counter() < until:
        found.append(preview())
    return min(found, key=lambda timed: timed.seconds)


def edits(norms: Norms) -> Iterator[tuple[str, Norms]]:
    """What an admin may try, from a cell to everything at once."""
    yield "one cell (redness on day 6)", _shifted(norms, ["redness"], 6, 6, 1)
    yield "the same cell, one step on", _shifted(norms, ["redness"], 6, 6, 2)
    yield "the next cell (redness on day 7)", _shifted(norms, ["redness"], 7, 7, 1)
    yield "another cell (swelling on day 3)", _shifted(norms, ["swelling"], 3, 3, 1)
    yield "three symptoms make a cluster", replace(norms, settings=replace(norms.settings, cluster_size=3))
    fever = replace(norms.signs["fever"], urgency=Urgency.EMERGENCY)
    yield "fever is an emergency", replace(norms, signs={**norms.signs, "fever": fever})
    yield "redness on every day", _shifted(norms, ["redness"], 0, norms.last_day, -1)
    worsening = replace(norms.settings, worsening_watch_step=norms.settings.worsening_urgent_step)
    yield "how far a rise is a watch", replace(norms, settings=worsening)
    yield "every symptom on every day", _shifted(norms, norms.symptoms, 0, norms.last_day, -1)


def _shifted(norms: Norms, symptoms: Iterable[str], first_day: int, last_day: int, by: int) -> Norms:
    """Another high on some days, cut out of its band as the editor does."""
    return replace(norms, bands=shifted(norms.bands, [Shift(code, first_day, last_day, by, "Measured.") for code in symptoms]))
