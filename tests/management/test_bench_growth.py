"""`manage.py bench --logs`: what it asks can be asked, and what it says is what it measured."""

import json
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from patients.management import load
from patients.management.measuring import growth, queues
from patients.management.measuring.growth import Times, report
from patients.models import Treatment


class Fake:
    """One side whose figures are made up."""

    def __init__(self, logs, **seconds):
        self.vendor, self.logs, self.open = "sqlite", logs, 60
        self.times = {name: Times(list(values), 5) for name, values in seconds.items()}


def said(page_seconds):
    small = Fake(1000, **{queues.PAGE: [0.010], "other": [0.001]})
    large = Fake(1_000_000, **{queues.PAGE: [page_seconds], "other": [0.5]})
    return list(report([small, large], [queues.PAGE, "other"]))


@pytest.mark.parametrize("seconds, verdict", [(0.015, "met"), (0.01501, "MISSED"), (0.009, "met")])
def test_the_page_alone_has_a_goal(seconds, verdict):
    assert said(seconds)[-1].split()[0].rstrip(":") == verdict


def test_it_tells_both_sizes_and_each_question():
    lines = said(0.012)
    assert "1,000 logs with 60 open rows, and 1,000,000 with 60" in lines
    assert lines[-2].split() == ["other", "1.0", "500.0", "500.00", "5/5"]


def test_a_moment_in_which_the_machine_was_busy_does_not_count():
    assert Times([0.5, 0.01, 0.02, 0.9, 0.011]).ms == pytest.approx(11)


def test_what_is_slow_is_asked_in_the_first_rounds_only():
    class Side(Fake):
        def ask(self, name):
            self.times.setdefault(name, Times()).seconds.append(2.0 if name == "slow" else 0.01)

    sides = [Side(1), Side(2)]
    growth.ask_by_turns(sides, ["slow", "quick"], 9)
    assert [len(side.times[name].seconds) for side in sides for name in ("slow", "quick")] == [3, 9, 3, 9]


@pytest.fixture
def seeded(db, frozen, monkeypatch):
    monkeypatch.setattr(load, "RUNNING", 60)
    call_command("seed", recoveries=80, stdout=StringIO())


def test_every_question_has_an_answer(seeded):
    names = []
    for name, ask in queues.asks():
        ask()
        names.append(name)
    assert names[0] == queues.PAGE
    assert len(set(names)) == len(names) > 15


def test_the_process_tells_its_size_and_answers_by_name(seeded, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", ["counts of the tabs\n"])
    queues.serve()
    size, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert size["open"] == Treatment.objects.needing_review().count() > 0
    assert (answer["queries"], len(answer["seconds"])) == (1, queues.BATCH)


@pytest.mark.parametrize("logs", [0, 1999, 10_000_001])
def test_sizes_that_cannot_be_measured(logs):
    with pytest.raises(CommandError, match="--logs must be 2000 to 10000000"):
        call_command("bench", logs=logs)
