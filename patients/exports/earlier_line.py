"""The session before in a symptom's chart: a faint dashed line with open marks, told apart without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from patients.exports.charts import WORDS, Geometry, Point, line_of, x_of, y_of


def earlier_line(session: int, points: Sequence[Point], *, last_day: int, geometry: Geometry, joins: Mapping[int, int]) -> str:
    """Drawn below the line of this recovery; each point says its session, once."""
    g, shown = geometry, [p for p in points if p.day <= last_day]
    if not shown:
        return ""
    column = (g.right - g.left) / (last_day + 1)
    said = gettext("Session {session}, day {day}: {severity} {word}")
    marks = "".join(
        f'<circle class="earlier-pt" cx="{x_of(p.day, column, g):.1f}" cy="{y_of(p.severity, g):.1f}" r="{g.radius + 1:g}">'
        f"<title>{said.format(session=session, day=p.day, severity=p.severity, word=WORDS[p.severity])}</title></circle>"
        for p in shown
    )
    return f'<path class="earlier" d="{line_of(shown, column, g, joins)}"/>{marks}'
