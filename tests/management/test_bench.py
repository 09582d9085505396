"""What `manage.py bench` is made of; the whole of it runs under `make bench` only."""

import json
import os

import pytest
from django.core.management import CommandError
from django.urls import reverse

from patients.management.measuring import report, rounds
from patients.management.measuring.client import Answer
from patients.management.measuring.rounds import INSERT, KINDS, PAGE, POST, QUEUE, RECOVERY, Site, log_of
from patients.management.measuring.server import cpu_ns, environment
from patients.models import Log


def a_site(logs=1_000, **cpu_ms):
    """A site whose figures are made up: milliseconds by kind, 10 where nothing is said."""
    site = Site(json.dumps({"logs": logs, "open": 60, "clinician": "c", "readers": ["r"], "days": []}))
    for kind in KINDS:
        figures = site.figures[kind]
        figures.cpu_ms = [cpu_ms.get(kind, 10.0)] * 3
        figures.answers = [Answer(200, 0.012, "", 15_000, None, "")]
        figures.queries = {6}
    return site


def said(small, large):
    return [line.split()[0] for line in report.goals(small, large)]


def test_goals_at_their_edge_are_met():
    site = a_site(**{RECOVERY: 16.0, QUEUE: 25.0, POST: 30.0})
    assert said(site, site) == ["met"] * 9


@pytest.mark.parametrize("kind, line", [(RECOVERY, 0), (QUEUE, 2), (POST, 4)])
def test_a_ratio_above_its_goal_is_missed_at_that_size(kind, line):
    found = said(a_site(**{kind: 31.0}), a_site(**{RECOVERY: 10.0}))
    assert found[line : line + 2] == ["MISSED", "met"]


@pytest.mark.parametrize("large_ms, verdict", [(11.5, "met"), (11.6, "MISSED"), (8.4, "MISSED")])
def test_growth_is_within_15_percent_either_way(large_ms, verdict):
    assert said(a_site(), a_site(**{QUEUE: large_ms}))[7] == verdict


def test_a_round_that_was_disturbed_does_not_count():
    site = a_site()
    site.figures[PAGE].cpu_ms = [7.0, 90.0, 6.0, 5.0, 95.0]
    assert site.figures[PAGE].cpu == 6.0


def test_the_table_has_a_line_for_each_kind():
    assert len(list(report.table(a_site()))) == 2 + len(KINDS)


def test_cpu_time_grows_with_work():
    before = cpu_ns([os.getpid()])
    sum(range(2_000_000))
    assert cpu_ns([os.getpid()]) > before


def test_a_child_sees_nothing_of_this_installation(tmp_path, monkeypatch):
    monkeypatch.setenv("DEBUG", "1")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////the/real/one")
    monkeypatch.setenv("PHOTOS_URL", "s3://key:secret@host/the-real-one")
    child = environment(tmp_path, tmp_path / "x.sqlite3")
    assert {"DEBUG", "PHOTOS_URL"} & set(child) == set()
    assert child["DATABASE_URL"] == f"sqlite:///{tmp_path}/x.sqlite3"


def test_the_log_it_sends_is_one_the_form_takes(as_patient, treatment, frozen):
    answer = as_patient.post(reverse("log"), log_of(frozen.date().isoformat()))
    assert answer.status_code == rounds.STATUS[POST]
    assert Log.objects.of(treatment).get().ratings.count() == 6


def test_an_answer_that_is_not_the_expected_one_stops_it():
    site = a_site()
    site.server = type("Server", (), {"cpu_ns": 0})()
    site.ask = lambda kind: lambda: Answer(200, 0.01, "Choose one of the five answers.", 31, None, "")
    with pytest.raises(CommandError, match="The minimal insert answered 200: Choose one"):
        rounds.send(site, INSERT, 1)


def test_running_out_of_days_is_said():
    with pytest.raises(CommandError, match="No patient has a day left to log"):
        a_site().ask(POST)
