"""The day scale of a chart, where today lies on it or past it."""

import re

import pytest

from patients.exports.charts import SPARK, Point, chart


@pytest.mark.parametrize("today, marked", [(0, ["0"]), (6, ["6"]), (14, ["14"]), (15, []), (400, [])])
def test_today_is_marked_only_where_the_scale_has_it(today, marked):
    drawn = chart("Redness", (), [Point(5, 2)], today=today, last_day=14, geometry=SPARK)
    assert re.findall(r'class="nowt"[^>]*>([^<]*)<', drawn) == marked
    assert drawn.count('class="now"') == len(marked)
