"""The day scale of a chart, where today lies on it or past it."""

import re

import pytest

from patients.exports.charts import PHONE, SPARK, Point, chart


@pytest.mark.parametrize("today, marked", [(0, ["0"]), (6, ["6"]), (14, ["14"]), (15, []), (400, [])])
def test_today_is_marked_only_where_the_scale_has_it(today, marked):
    drawn = chart("Redness", (), [Point(5, 2)], today=today, last_day=14, geometry=SPARK)
    assert re.findall(r'class="nowt"[^>]*>([^<]*)<', drawn) == marked
    assert drawn.count('class="now"') == len(marked)


@pytest.mark.parametrize(
    "today, last_day, labels", [(9, 14, ["0", "7", "14"]), (150, 365, ["0", "90", "270", "365"]), (40, 90, ["0", "30", "60", "90"])]
)
def test_no_label_of_the_scale_touches_that_of_today(today, last_day, labels):
    drawn = chart("Redness", (), [], today=today, last_day=last_day, geometry=PHONE)
    assert re.findall(r'y="101" text-anchor="middle">([^<]*)<', drawn.split('class="nowt"')[0]) == labels
