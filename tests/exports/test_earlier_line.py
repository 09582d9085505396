"""The session before in a chart."""

import re

import pytest

from patients.exports.charts import PHONE, Point
from patients.exports.earlier_line import earlier_line


def drawn(*days, last_day=14, joins=None):
    return earlier_line(1, [Point(day, 2) for day in days], last_day=last_day, geometry=PHONE, joins=joins or {})


@pytest.mark.parametrize("days, shown", [((0, 3), ["0", "3"]), ((0, 14, 15, 28), ["0", "14"]), ((15,), []), ((), [])])
def test_only_what_the_scale_has_is_drawn(days, shown):
    assert re.findall(r"<title>Session 1, day (\d+): 2 mild</title>", drawn(*days)) == shown


def test_a_missing_day_is_a_gap_unless_check_ins_are_that_far_apart():
    assert re.search(r'd="([^"]*)"', drawn(0, 1, 3))[1].count("M") == 2
    assert re.search(r'd="([^"]*)"', drawn(7, 14, joins={14: 7}))[1].count("M") == 1


def test_nothing_of_it_is_said_by_colour_alone():
    assert 'class="earlier"' in drawn(0)  # dashed
    assert 'class="earlier-pt"' in drawn(0)  # an open ring
