"""The session before in a symptom's chart: a faint dashed line with open marks, told apart without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.utils.translation import get_language, gettext

from patients.exports.charts import WORDS, Geometry, Point, line_of, x_of, y_of


def earlier_line(session: int, points: Sequence[Point], *, last_day: int, geometry: Geometry, joins: Mapping[int, int]) -> str:
    """Drawn below the line of this recovery; each point says its session, once."""
    g, shown = geometry, [p for p in points if p.day <= last_day]
    if not shown:
        return ""
    column = (g.right - g.left) / (last_day + 1)
    marks = "".join(_mark(session, p.day, p.severity, column, g, get_language()) for p in shown)
    return f'<path class="earlier" d="{line_of(shown, column, g, joins)}"/>{marks}'


@lru_cache(maxsize=8192)
def _mark(session: int, day: int, severity: int, column: float, g: Geometry, language: str | None) -> str:
    """One open mark with its title, in the page's language; the same few hundred come again on every page."""
    said = gettext("Session {session}, day {day}: {severity} {word}")
    title = said.format(session=session, day=day, severity=severity, word=WORDS[severity])
    at = f'cx="{x_of(day, column, g):.1f}" cy="{y_of(severity, g):.1f}" r="{g.radius + 1:g}"'
    return f'<circle class="earlier-pt" {at}><title>{title}</title></circle>'
