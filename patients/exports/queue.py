"""The rows of the clinician's queue, ready to print: why each stands there, and until when it may wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from patients.exports import charts, words
from patients.models import Flag, Rating, Treatment, User
from patients.models.norm_values import norms_for
from recovery.timeline.norms import Norms
from recovery.timeline.scale import Rule, Urgency

PAGE = 50
SHOWN_WITHOUT_A_RATING = "redness"  # the sparkline of a row that is about a sign or a request


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of why: a mark where it is about a rating, the strong words, the rest."""

    strong: str
    rest: str = ""
    mark: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One recovery in the queue; all values ready, for a template does this fifty times."""

    href: str
    word: str
    urgency_said: str
    name: str
    where: str
    session: str
    why: SafeString
    spark: SafeString
    due: str
    is_late: bool
    since: str


def page(user: User, after: tuple[int, bool, datetime, int] | None) -> list[Treatment]:
    """One page of treatments, most urgent first; one more than a page when there is a next one."""
    rows = Treatment.objects.visible_to(user).needing_review().most_urgent_first().with_people()
    if after:
        rows = rows.after(after)
    return list(rows[: PAGE + 1])


def rows(treatments: Sequence[Treatment], now: datetime) -> list[QueueRow]:
    """What to print for these treatments, in two queries whatever their number."""
    flags: dict[int, list[Flag]] = defaultdict(list)
    for flag in Flag.objects.open().filter(treatment__in=treatments).with_day().most_urgent_first():
        flags[flag.treatment_id].append(flag)
    leads = {t.pk: _lead(flags[t.pk]) for t in treatments}
    points = _points(leads, flags)
    return [_row(t, flags[t.pk], leads[t.pk], points[t.pk], now) for t in treatments]


def _lead(flags: Sequence[Flag]) -> str:
    return next((f.subject for f in flags if f.band), SHOWN_WITHOUT_A_RATING)


def _points(leads: dict[int, str], flags: dict[int, list[Flag]]) -> dict[int, list[charts.Point]]:
    """The ratings of each row's leading symptom; one query, grouped by symptom."""
    found: dict[int, list[charts.Point]] = defaultdict(list)
    by_symptom: dict[str, list[int]] = defaultdict(list)
    for pk, symptom in leads.items():
        by_symptom[symptom].append(pk)
    if not by_symptom:
        return found
    urgencies = {(f.treatment_id, f.day, f.subject): f.urgency for of_one in flags.values() for f in reversed(of_one)}
    wanted = reduce(or_, (Q(symptom=symptom, log__treatment__in=pks) for symptom, pks in by_symptom.items()))
    ratings = Rating.objects.filter(wanted).order_by("log__day").values_list("log__treatment_id", "log__day", "symptom_id", "severity")
    for pk, day, symptom, severity in ratings:
        found[pk].append(charts.Point(day, severity, urgencies.get((pk, day, symptom), 0)))
    return found


def _row(treatment: Treatment, flags: Sequence[Flag], lead: str, points: Sequence[charts.Point], now: datetime) -> QueueRow:
    norms, clinic, urgency = norms_for(treatment), treatment.clinic, Urgency(treatment.open_urgency)
    today = treatment.day_of(treatment.patient.today(now))
    assert treatment.answer_due is not None
    due, late = clinic.local(treatment.answer_due), now > treatment.answer_due
    newest = max((f.raised_at for f in flags), default=now)
    return QueueRow(
        href=reverse("clinic-recovery", args=[treatment.uuid]),
        word=urgency.word,
        urgency_said=urgency.word.capitalize(),
        name=treatment.patient.user.name,
        where=f"Day {today}, {treatment.protocol.name[0].lower()}{treatment.protocol.name[1:]}",
        session=f"Session {treatment.session_number}",
        why=_listed(_reasons(flags, norms)),
        spark=_spark(lead, norms, points, today),
        due=f"{words.ago(now - treatment.answer_due)} overdue" if late else words.clock(due, clinic.local(now)),
        is_late=late,
        since=f"was {words.clock(due, clinic.local(now))}" if late else f"logged {words.ago(now - newest)} ago",
    )


def _listed(reasons: Sequence[Reason]) -> SafeString:
    """The reasons as a list."""
    lines = "".join(f'<li>{r.mark} <b class="num">{escape(r.strong)}</b>{escape(r.rest)}</li>' for r in reasons)
    return mark_safe(f'<ul class="why plain">{lines}</ul>')  # noqa: S308 - every text is escaped above


def _spark(symptom: str, norms: Norms, points: Sequence[charts.Point], today: int) -> SafeString:
    last_day = charts.window_for(max([p.day for p in points], default=0))
    name = norms.symptoms[symptom].name
    return charts.chart(name, norms.bands_of(symptom), points, today=today, last_day=last_day, geometry=charts.SPARK)


def _reasons(flags: Sequence[Flag], norms: Norms) -> list[Reason]:
    """The most urgent first: warning signs in one line, then each rating once, then the patient's question."""
    found = []
    signs = list(dict.fromkeys(norms.signs[f.subject].label for f in flags if f.rule == Rule.WARNING_SIGN))
    if signs:
        found.append(Reason("Warning sign:" if len(signs) == 1 else "Warning signs:", " " + "; ".join(signs)))
    newest: dict[str, list[Flag]] = {}
    for flag in sorted((f for f in flags if f.band), key=lambda f: -f.day):
        if not newest.get(flag.subject) or newest[flag.subject][0].log_id == flag.log_id:
            newest.setdefault(flag.subject, []).append(flag)
    for of_symptom in sorted(newest.values(), key=lambda fs: (-max(f.urgency for f in fs), -fs[0].distance)):
        found.append(rating_reason(of_symptom, norms))
    if any(f.rule == Rule.RESULTS for f in flags):
        found.append(Reason("Result worse than before", ", on the improvement scale"))
    if any(f.rule == Rule.ASKED_FOR_REVIEW for f in flags):
        found.append(Reason("Asked the clinic to look"))
    return found


def rating_reason(flags: Sequence[Flag], norms: Norms) -> Reason:
    """What is out of range for one symptom of one log: the mark, observed against expected, and by which rule."""
    flag, urgency = flags[0], max(f.urgency for f in flags)
    band, name = flag.band or {}, norms.symptoms[flag.subject].name
    usual = f"{band['low']}–{band['high']}" if band["low"] != band["high"] else str(band["high"])
    rest = [f"expected {usual} on day {flag.day}", *(said for f in flags if (said := _beside(f)))]
    mark = charts.range_mark(band["low"], band["high"], flag.observed or 0, urgency)
    return Reason(f"{name} {flag.observed}", f", {'; '.join(rest)}", mark)


def _beside(flag: Flag) -> str:
    """What makes it more than "above the band", in a few words."""
    if flag.reference and flag.rule == Rule.WORSENING:
        return f"up {(flag.observed or 0) - flag.reference['severity']} since day {flag.reference['day']}"
    if flag.reference:
        return f"was {flag.reference['severity']} on this day of the session before"
    if flag.raised_by:
        return "urgent because more than one symptom is above range"
    if flag.urgency >= Urgency.URGENT and flag.band:
        return f"above {flag.band['urgent_above']} is urgent"
    return ""
