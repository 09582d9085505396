"""`manage.py simulate_clinic`: what the order and the mails do to a clinic, and that it would notice if they did not."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from patients.management import simulation
from patients.management.commands.simulate_clinic import problems
from patients.management.simulation import SETTLED, Simulation
from recovery.timeline.scale import Urgency

SEEDS = [1, 2, 7, 11]


@pytest.fixture(scope="module")
def outcomes():
    return {seed: Simulation(90, seed).run() for seed in SEEDS}


@pytest.mark.parametrize("seed", SEEDS)
class TestWhatMustHold:
    def test_no_watch_is_opened_while_something_urgent_waits(self, outcomes, seed):
        assert outcomes[seed].inversions == 0

    def test_nobody_waits_for_ever(self, outcomes, seed):
        found = outcomes[seed]
        assert (found.still_waiting, found.lost) == (0, 0)
        assert max(row.waited for row in found.opened) < SETTLED

    def test_mails_fall_by_at_least_38_percent(self, outcomes, seed):
        found = outcomes[seed]
        assert found.mails == found.alerts + found.overdue_mails
        assert found.mails <= 0.62 * found.flags

    def test_there_was_something_to_do(self, outcomes, seed):
        found = outcomes[seed]
        assert min(found.count(Urgency.WATCH), found.count(Urgency.URGENT)) > 100
        assert found.flags > len(found.opened)
        # The clinic is busy: what waits is not cleared at every look.
        assert any(not row.is_within_promise for row in found.opened)


def test_the_same_seed_makes_the_same_clinic(outcomes):
    assert Simulation(90, 1).run() == outcomes[1] != outcomes[2]


class TestItWouldNotice:
    def test_an_order_by_age_alone(self, monkeypatch):
        monkeypatch.setattr(simulation, "rank_key", lambda row, now: (row.open_since, row.pk))
        assert "a watch was opened while something urgent waited" in problems(Simulation(60, 1).run())

    def test_a_mail_for_each_urgent_log(self, monkeypatch):
        monkeypatch.setattr(simulation, "is_worth_a_mail", lambda *_: True)
        assert "mails fell by less than 38 %" in problems(Simulation(60, 1).run())

    def test_no_mails_at_all(self, monkeypatch):
        monkeypatch.setattr(simulation, "is_worth_a_mail", lambda *_: False)
        assert "an episode was neither opened nor mailed about" in problems(Simulation(60, 1).run())

    def test_a_clinic_that_never_looks(self, monkeypatch):
        monkeypatch.setattr(simulation, "AWAY", 1.0)
        assert "a row waited ten days and longer" in problems(Simulation(60, 1).run())


def run(*words):
    out = io.StringIO()
    call_command("simulate_clinic", *words, stdout=out)
    return out.getvalue()


def test_it_prints_a_run_after_the_other_and_the_verdict():
    said = run("--days", "40", "--seed", "3", "--runs", "2")
    assert [line for line in said.splitlines() if line.startswith("Seed")] == ["Seed 3, 40 days", "Seed 4, 40 days"]
    assert said.count("watch rows opened while something urgent waited: 0") == 2
    assert said.startswith(
        "Invented clinics: 2 to 11 treatments a working day; 2 clinicians, 1 of them on call, look at the queue for 10 hours"
    )
    verdict = r"urgent before watch in every run, nobody left waiting, no episode lost, mails down by (\d\d)% at least \(goal: 38%\)\.$"
    assert int(re.search(verdict, said.rstrip())[1]) >= 38


def test_what_must_not_be_is_said_and_exits_with_an_error(monkeypatch):
    monkeypatch.setattr(simulation, "AWAY", 1.0)
    with pytest.raises(CommandError, match="a row waited ten days and longer"):
        run("--days", "40", "--runs", "1")


@pytest.mark.parametrize("words", [["--days", "19"], ["--days", "1001"], ["--runs", "0"], ["--runs", "101"]])
def test_numbers_out_of_reach_are_refused(words):
    with pytest.raises(CommandError, match="must be"):
        run(*words)
