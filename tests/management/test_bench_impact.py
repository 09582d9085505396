"""What `manage.py bench_impact` is made of; the whole of it fills databases for minutes and runs by hand only."""

import io
from itertools import chain, repeat

import pytest
from django.core.management import call_command

from patients.actions.norms import in_force
from patients.management.commands import bench_impact
from patients.management.measuring import previews, report
from patients.management.measuring.previews import EVERY_LOG, USUAL_DAYS, Timed
from patients.models import AuditEvent, Log, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.difference import differences


def timed(seconds, edit="one cell", *, days=EVERY_LOG, logs=100_000):
    return Timed(edit, days, logs, changes=7, seconds=seconds, cpu=seconds)


def verdicts(*found):
    return [line.split()[0] for line in report.preview_goals(found)]


@pytest.mark.parametrize(
    "logs, seconds, verdict",
    [(100_000, 2.0, "met"), (100_000, 2.01, "MISSED"), (1_000_000, 10.0, "met"), (1_000_000, 10.01, "MISSED")],
)
def test_a_goal_is_met_at_its_edge(logs, seconds, verdict):
    assert verdicts(timed(0.1, logs=logs), timed(seconds, logs=logs))[1] == verdict


@pytest.mark.parametrize("first, second, verdict", [(0.2, 0.1, "met"), (0.2, 0.101, "MISSED"), (1.5, 0.15, "met"), (1.5, 0.151, "MISSED")])
def test_a_second_edit_takes_a_tenth_of_the_first_or_100_ms(first, second, verdict):
    assert verdicts(timed(first), timed(second))[-1] == verdict


def test_over_a_million_logs_the_second_edit_has_no_goal_of_its_own():
    assert verdicts(timed(0.1, logs=1_000_000), timed(9.0, logs=1_000_000)) == ["met", "met"]


def test_the_shorter_period_has_no_goal():
    found = [timed(0.1), timed(0.1), timed(9.0, "everything", days=USUAL_DAYS)]
    assert [line for line in report.preview_goals(found) if "everything" in line] == []
    assert ["everything", "90", "days", "9.00", "9.00", "7"] in [line.split() for line in report.previews(found)]


def test_of_several_tries_the_fastest_counts(monkeypatch):
    monkeypatch.setattr(previews, "LONG_ENOUGH", 0.05)
    tries = chain([timed(0.5), timed(0.2)], repeat(timed(0.3)))
    assert previews._fastest(lambda: next(tries)).seconds == 0.2


def test_each_edit_is_one(db):
    norms = read_norms(in_force(Protocol.objects.get(slug="pen")))
    counts = {name: len(differences(norms, edited)) for name, edited in previews.edits(norms)}
    assert list(counts)[:2] == ["one cell (redness on day 6)", "the same cell, one step on"]
    assert [name for name, count in counts.items() if not count] == []


def test_every_edit_is_previewed_over_every_log_and_nothing_is_written(db, monkeypatch):
    call_command("seed", recoveries=4, protocol=["pen"], stdout=io.StringIO())
    monkeypatch.setattr(previews, "LONG_ENOUGH", 0)
    events = AuditEvent.objects.count()
    rows = previews.measured()
    names = [name for name, _ in previews.edits(read_norms(in_force(Protocol.objects.get(slug="pen"))))]
    assert [(row["edit"], row["days"]) for row in rows] == [*((n, EVERY_LOG) for n in names), *((n, USUAL_DAYS) for n in names[-3:])]
    assert {row["logs"] for row in rows if row["days"] == EVERY_LOG} == {Log.objects.count()}
    assert AuditEvent.objects.count() == events


def test_the_command_prints_table_and_goals(monkeypatch):
    monkeypatch.setattr(bench_impact, "previews", lambda var, recoveries: [timed(0.2), timed(0.09)])
    out = io.StringIO()
    call_command("bench_impact", recoveries=[5], stdout=out)
    assert "Previews over 100,000 logs" in out.getvalue()
    assert "met     the second edit: 90 ms" in out.getvalue()
