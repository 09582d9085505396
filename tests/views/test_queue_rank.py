"""What a row prints about its rank decides the order of the page: read from the page alone."""

import random
import re
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from patients.models import Treatment
from recovery.timeline.scale import Urgency
from tests.conftest import TREATED
from tests.factories import a_log, a_treatment

URL = reverse("queue")
ROWS = 45
PARTS = ("urgency", "asked", "overdue", "distance", "waiting")


def scattered(treatments, now, chance):
    """Open states of every kind, with ties in every part but the last."""
    for treatment in treatments:
        Treatment.objects.filter(pk=treatment.pk).update(
            open_urgency=chance.choice([2, 2, 3, 4]),
            open_asked=chance.random() < 0.3,
            open_distance=chance.choice([0, 0, 1, 2, 3]),
            answer_due=now + timedelta(hours=chance.choice([-30, -3, 2, 40])),
            open_since=now - timedelta(hours=chance.choice([1, 5, 50]), seconds=chance.randrange(3600)),
        )


def value_of(words):
    """The name and the weight of a part, as the page says it."""
    if words in Urgency.__members__.values() or words.upper() in Urgency.__members__:
        return "urgency", Urgency[words.upper()]
    if words == "asked":
        return "asked", 1
    if words.endswith(" overdue"):
        return "overdue", 1
    number = re.fullmatch(r"(\d) above the range", words)
    assert number, words
    return "distance", int(number[1])


def printed(response, now):
    """The parts of each row in the order of the page, by name."""
    found = []
    for line in re.findall(r'<p class="rank">(.*?)</p>', response.content.decode()):
        spans = re.findall(r"<span>([^<]+)</span>", line)
        (since,) = re.findall(r'<time datetime="([^"]+)">waiting [^<]+</time>', line)
        waits = (now - datetime.fromisoformat(since)).total_seconds()
        found.append(dict(map(value_of, spans)) | {"waiting": waits})
    return found


@pytest.fixture
def page_of_rows(clinician, frozen, as_clinician):
    treatments = [a_treatment(clinician, f"Patient {number}", TREATED) for number in range(ROWS)]
    for treatment in treatments:
        a_log(treatment, 4, redness=3, at=frozen)
    scattered(treatments, frozen, random.Random(5))
    return printed(as_clinician.get(URL), frozen)


def test_the_printed_parts_decide_the_order_of_1000_random_pairs(page_of_rows):
    chance, decided = random.Random(6), set()
    assert len(page_of_rows) == ROWS
    for _ in range(1000):
        first, second = sorted(chance.sample(range(ROWS), 2))
        upper, lower = page_of_rows[first], page_of_rows[second]
        name = next((name for name in PARTS if upper.get(name, 0) != lower.get(name, 0)), "nothing")
        decided.add(name)
        assert upper[name] > lower.get(name, 0), (name, upper, lower)
    assert decided == set(PARTS)
