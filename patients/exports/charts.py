"""The course of one symptom against its band as SVG, for pages and print.

Five rows (grades 0–4), one column a day; a point lies in the middle of its cell. Everything is a number or
a fixed word, so nothing needs escaping but the title. One decimal, always with a point, whatever the locale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from patients.exports.words import GRADES as WORDS
from recovery.timeline.norms import Band
from recovery.timeline.scale import Urgency

WINDOWS = (14, 28, 90, 365)  # last day shown: the shortest that holds today
TICKS = {14: (0, 7, 14), 28: (0, 7, 14, 28), 90: (0, 30, 60, 90), 365: (0, 90, 180, 270, 365)}
GRADES = range(5)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Sizes in user units; `scale` False leaves the grades at the left edge out."""

    width: float
    height: float
    left: float
    top: float
    bottom: float
    radius: float
    scale: bool = True

    @property
    def row(self) -> float:
        return (self.height - self.top - self.bottom) / len(GRADES)

    @property
    def floor(self) -> float:
        return self.height - self.bottom

    @property
    def right(self) -> float:
        return self.width - 4


PHONE = Geometry(326, 104, 18, 2, 18, 4.2)
DESK = Geometry(290, 92, 18, 2, 16, 3.8)
SPARK = Geometry(208, 62, 2, 2, 14, 3.4, scale=False)


@dataclass(frozen=True, slots=True)
class Point:
    """One rating: where it lies and what the comparison said of it."""

    day: int
    severity: int
    urgency: int = Urgency.EXPECTED


def window_for(day: int) -> int:
    """The last day a chart shows so that `day` is on it."""
    return next((last for last in WINDOWS if day <= last), WINDOWS[-1])


def chart(
    name: str,
    bands: Sequence[Band],
    points: Sequence[Point],
    *,
    today: int,
    last_day: int,
    geometry: Geometry,
    missed: Sequence[int] = (),
    joins: Mapping[int, int] | None = None,
    under: str = "",
) -> SafeString:
    """The SVG of one symptom. `joins`: for a day, up to how many days back its line may reach (1 unless told).

    `under`: what lies below the line (patients.exports.earlier_line).
    """
    g = geometry
    column = (g.right - g.left) / (last_day + 1)
    shown = [p for p in points if p.day <= last_day]  # a log past a year is in the table, not on the scale
    label = gettext("{name} by day against the expected range")
    parts = [
        f'<svg class="chart" viewBox="0 0 {g.width:g} {g.height:g}" width="{g.width:g}" height="{g.height:g}" '
        f'role="img" aria-label="{escape(label.format(name=name))}">',
        _frame(tuple(bands), last_day, g),
        # Past the scale there is no today to mark: a line at its end would name a wrong day.
        _days(today if today <= last_day else None, last_day, column, g),
    ]
    language, said = get_language(), gettext("Day {day}: no log")
    no_log = {day: said.format(day=day) for day in missed}
    parts += [
        f'<circle class="miss" cx="{x_of(day, column, g):.1f}" cy="{g.height - 7:.1f}" r="3.5"><title>{no_log[day]}</title></circle>'
        for day in missed
        if day <= last_day
    ]
    parts += [under, f'<path class="line" d="{line_of(shown, column, g, joins or {})}"/>' if shown else ""]
    for p in shown:
        band = _band_on(bands, p.day)
        parts.append(_mark(p, (band.low, band.high) if band else None, last_day, g, language))
    parts.append("</svg>")
    return mark_safe("".join(parts))  # noqa: S308 - numbers and fixed words; the name is escaped above


def norm_chart(
    name: str,
    bands: Sequence[Band],
    *,
    last_day: int,
    geometry: Geometry,
    was: Sequence[Band] = (),
    chosen: tuple[int, int] | None = None,
) -> SafeString:
    """The band alone, with typical as a dashed line and urgent-above as a solid one.

    `was`: the bands in force, whose high edge is dotted. `chosen`: a run of days to be shaded.
    """
    g, column = geometry, (geometry.right - geometry.left) / (last_day + 1)
    shown, before = ([b for b in some if b.first_day <= last_day] for some in (bands, was))
    typical = _steps([(b, b.typical) for b in shown], 4.5, last_day, column, g)
    urgent = _steps([(b, b.urgent_above) for b in shown], 4, last_day, column, g)
    dotted = f'<path class="was" d="{_steps([(b, b.high) for b in before], 4, last_day, column, g)}"/>' if before else ""
    return mark_safe(  # noqa: S308 - numbers and fixed words; the name is escaped
        f'<svg class="chart" viewBox="0 0 {g.width:g} {g.height:g}" width="{g.width:g}" height="{g.height:g}" role="img" '
        f'aria-label="{escape(name)}: expected range by day">{_frame(tuple(bands), last_day, g)}{_days(None, last_day, column, g)}'
        f'{shade(chosen, last_day, g)}{dotted}<path class="typ" d="{typical}"/><path class="urg-line" d="{urgent}"/></svg>'
    )


def shade(chosen: tuple[int, int] | None, last_day: int, g: Geometry) -> str:
    """The chosen days over the whole height of a chart or of a bar below it."""
    if chosen is None or chosen[0] > last_day:
        return ""
    column = (g.right - g.left) / (last_day + 1)
    width = (min(chosen[1], last_day) - chosen[0] + 1) * column
    return f'<rect class="sel" x="{g.left + chosen[0] * column:.1f}" y="{g.top:g}" width="{width:.1f}" height="{g.floor - g.top:g}"/>'


def _steps(levels: Sequence[tuple[Band, int | None]], middle: float, last_day: int, column: float, g: Geometry) -> str:
    """A stepped line; `middle` 4.5 runs through the cells of a grade, 4 along their upper edge. None and days without a band are a gap."""
    path, drawn_to = "", -1
    for band, level in levels:
        if level is None:
            continue
        start, end = g.left + band.first_day * column, g.left + (min(band.last_day, last_day) + 1) * column
        y = g.top + (middle - level) * g.row
        path += f"V{y:.1f}H{end:.1f}" if path and drawn_to == band.first_day - 1 else f"M{start:.1f} {y:.1f}H{end:.1f}"
        drawn_to = band.last_day
    return path


def x_of(day: int, column: float, g: Geometry) -> float:
    return g.left + (day + 0.5) * column


def y_of(severity: int, g: Geometry) -> float:
    return g.top + (4.5 - severity) * g.row


def by_band(bands: Sequence[Band], day: int, severity: int) -> int:
    """The mark of a rating by its band alone: what the other rules say stands beside the chart in words."""
    band = _band_on(bands, day)
    if band is None or severity <= band.high:
        return Urgency.EXPECTED
    return Urgency.URGENT if band.urgent_above is not None and severity > band.urgent_above else Urgency.WATCH


def _band_on(bands: Sequence[Band], day: int) -> Band | None:
    return next((b for b in bands if b.first_day <= day <= b.last_day), None)


@lru_cache(maxsize=512)
def _frame(bands: tuple[Band, ...], last_day: int, g: Geometry) -> str:
    """Grid, band and labels: the same for every recovery under the same bands."""
    column = (g.right - g.left) / (last_day + 1)
    rows = "".join(f"M{g.left:g} {g.top + i * g.row:.1f}H{g.right:g}" for i in GRADES)
    # Cut before drawing: a year of bands would put points far to the right of the picture.
    path = _band_path([b for b in bands if b.first_day <= last_day], last_day, column, g)
    labels = [f'<text x="{g.left - 6:g}" y="{y_of(grade, g) + 4:.1f}" text-anchor="end">{grade}</text>' for grade in (0, 2, 4) if g.scale]
    return (
        f'<path class="grid" d="{rows}"/><path class="axis" d="M{g.left:g} {g.floor:g}H{g.right:g}"/>'
        f'<path class="band" d="{path}"/><path class="band-edge" d="{path}"/>{"".join(labels)}'
    )


def _band_path(bands: Sequence[Band], last_day: int, column: float, g: Geometry) -> str:
    """A stepped outline of each run of days without a gap; only drafts have more than one."""
    cuts = [i for i in range(1, len(bands)) if bands[i].first_day > bands[i - 1].last_day + 1]
    return "".join(_outline(bands[i:j], last_day, column, g) for i, j in pairwise([0, *cuts, len(bands)]) if i < j)


def _outline(bands: Sequence[Band], last_day: int, column: float, g: Geometry) -> str:
    """Along the upper edge and back along the lower one."""
    ends = [g.left + (min(b.last_day, last_day) + 1) * column for b in bands]
    there = "".join(f"V{g.top + (4 - b.high) * g.row:.1f}H{end:.1f}" for b, end in zip(bands, ends, strict=True))
    starts = [g.left + b.first_day * column for b in bands]
    back = "".join(f"V{g.top + (5 - b.low) * g.row:.1f}H{start:.1f}" for b, start in zip(reversed(bands), reversed(starts), strict=True))
    return f"M{starts[0]:.1f} {g.floor:.1f}{there}{back}z"


@lru_cache(maxsize=4096)
def _days(today: int | None, last_day: int, column: float, g: Geometry) -> str:
    """The labels of the day scale, and a dotted line for today, whose label wins over its neighbours."""
    x = -100.0 if today is None else x_of(today, column, g)
    base = g.height - 3
    # User units: narrower, and two labels touch; those of a year have three figures.
    apart = 26 if last_day > 99 else 16
    ticks = "".join(
        f'<text x="{x_of(day, column, g):.1f}" y="{base:g}" text-anchor="middle">{day}</text>'
        for day in TICKS[last_day]
        if abs(x_of(day, column, g) - x) > apart
    )
    if today is None:
        return ticks
    return (
        f'<path class="now" d="M{x:.1f} {g.top:g}V{g.floor:g}"/>{ticks}'
        f'<text class="nowt" x="{x:.1f}" y="{base:g}" text-anchor="middle">{today}</text>'
    )


def line_of(points: Sequence[Point], column: float, g: Geometry, joins: Mapping[int, int]) -> str:
    """The way through the points, for a path."""
    steps, before = [], None
    for p in points:
        # A gap stays a gap: a line over missing days would claim what nobody said.
        reaches = before is not None and p.day - before <= joins.get(p.day, 1)
        steps.append(f"{'L' if reaches else 'M'}{x_of(p.day, column, g):.1f} {y_of(p.severity, g):.1f}")
        before = p.day
    return "".join(steps)


@lru_cache(maxsize=16384)
def _mark(p: Point, usual: tuple[int, int] | None, last_day: int, g: Geometry, language: str | None) -> str:
    """One point with its title, in the page's language; the same few thousand come again on every page."""
    x, y, r = x_of(p.day, (g.right - g.left) / (last_day + 1), g), y_of(p.severity, g), g.radius
    expected = gettext("expected {low}–{high}").format(low=usual[0], high=usual[1]) if usual else gettext("not compared")
    said = gettext("Day {day}: {severity} {word}, {expected}")
    title = f"<title>{said.format(day=p.day, severity=p.severity, word=WORDS[p.severity], expected=expected)}</title>"
    if p.urgency >= Urgency.URGENT:
        h = 1.55 * r
        return f'<path class="pt-urgent" d="M{x:.1f} {y - h:.1f} {x + h:.1f} {y + 0.8 * h:.1f}H{x - h:.1f}z">{title}</path>'
    if p.urgency == Urgency.WATCH:
        h = 1.5 * r
        return (
            f'<path class="pt-watch" d="M{x:.1f} {y - h:.1f} {x + h:.1f} {y:.1f} {x:.1f} {y + h:.1f} {x - h:.1f} {y:.1f}z">{title}</path>'
        )
    return f'<circle class="pt" cx="{x:.1f}" cy="{y:.1f}" r="{r:g}">{title}</circle>'


@lru_cache(maxsize=1024)
def range_mark(low: int, high: int, observed: int, urgency: int) -> SafeString:
    """The grade scale in one line: five cells, the expected ones filled, a mark at the observed grade."""
    cells = "".join(
        f'<rect class="{"in" if low <= grade <= high else "cell"}" x="{1 + 17 * grade}" y="2.5" width="17" height="13"/>'
        # The expected cells last: they are painted over the edges of the others.
        for grade in sorted(GRADES, key=lambda grade: low <= grade <= high)
    )
    x = 9.5 + 17 * observed
    if urgency >= Urgency.URGENT:
        mark = f'<path class="pt-urgent" d="M{x} 3.4 {x + 5.6:.1f} 13.5H{x - 5.6:.1f}z"/>'
    elif urgency == Urgency.WATCH:
        mark = f'<path class="pt-watch" d="M{x} 3.6 {x + 5.4:.1f} 9 {x} 14.4 {x - 5.4:.1f} 9z"/>'
    else:
        mark = f'<circle class="pt" cx="{x}" cy="9" r="3.6"/>'
    return mark_safe(f'<svg class="rng" viewBox="0 0 88 18" aria-hidden="true">{cells}{mark}</svg>')  # noqa: S308
