"""Who comes first, and that the parts shown say so."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from recovery.timeline.rank import deciding_part, rank_key, rank_parts

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    open_urgency: int = 2
    open_asked: bool = False
    due_in: float = 5
    open_distance: int = 0
    waits: float = 5
    pk: int = 1

    @property
    def answer_due(self):
        return NOW + timedelta(hours=self.due_in)

    @property
    def open_since(self):
        return NOW - timedelta(hours=self.waits)


def a_row(chance, pk):
    due = chance.choice([-30, -3, 2, 40])
    return Row(chance.choice([2, 2, 3, 4]), chance.random() < 0.3, due, chance.choice([0, 0, 1, 2, 3]), chance.choice([1, 5, 5, 50]), pk)


@pytest.mark.parametrize(
    "first, second, decides",
    [
        (Row(4, due_in=5, waits=0), Row(3, True, -9, 3, 99), "urgency"),
        (Row(2, True, waits=0), Row(2, False, -9, 3, 99), "asked"),
        (Row(2, due_in=-0.1, waits=0), Row(2, due_in=0, open_distance=3, waits=99), "overdue"),
        (Row(2, due_in=-1, open_distance=2, waits=0), Row(2, due_in=-90, open_distance=1, waits=99), "distance"),
        (Row(2, open_distance=1, waits=3.1), Row(2, open_distance=1, waits=3), "waiting"),
        (Row(pk=1), Row(pk=2), ""),
    ],
)
def test_each_part_decides_where_those_before_are_equal(first, second, decides):
    assert rank_key(first, NOW) < rank_key(second, NOW)
    assert deciding_part(rank_parts(first, NOW), rank_parts(second, NOW)) == decides


def test_the_parts_shown_decide_the_order_of_1000_random_pairs():
    """From what is shown alone: the first part in which two rows differ puts the greater one first."""
    chance = random.Random(5)
    decided = set()
    for _ in range(1000):
        pair = [a_row(chance, 1), a_row(chance, 2)]
        shown = [{part.name: part for part in rank_parts(row, NOW)} for row in pair]
        name = deciding_part(*(list(parts.values()) for parts in shown))
        decided.add(name)
        values = [parts[name].value if name in parts else 0 for parts in shown] if name else [1, 0]
        first = pair[0] if rank_key(pair[0], NOW) < rank_key(pair[1], NOW) else pair[1]
        assert (values[0] > values[1]) is (first is pair[0])
    assert decided == {"urgency", "asked", "overdue", "distance", "waiting", ""}


@pytest.mark.parametrize(
    "row, words",
    [
        (Row(3, True, -3, 2, 5), ["urgent", "asked", "3 h overdue", "2 above the range", "waiting 5 h"]),
        (Row(2, waits=0.5), ["watch", "waiting 30 min"]),
        (Row(4, due_in=0, open_distance=1, waits=72), ["emergency", "1 above the range", "waiting 3 days"]),
    ],
)
def test_the_words_of_the_parts(row, words):
    assert [part.words for part in rank_parts(row, NOW)] == words
