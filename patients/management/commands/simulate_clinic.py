"""Shows what the rules of the queue and of the mails do over some months of an invented clinic. No database is used.

Who is urgent must be opened before who is watched, nobody may wait for ever, and the mails must fall by at least
38 % against one mail for each flag without an episode lost. It exits with 1 where one of these does not hold.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.exports import words
from patients.management.simulation import ARRIVALS, AWAY, CLINICIANS, HOURS_A_WEEK, MINUTES_A_ROW, ON_CALL, Outcome, Simulation, total
from recovery.timeline.scale import Urgency

LEAST_SAVED = 0.38


class Command(BaseCommand):
    help = __doc__
    # No checks: it works before there is a database, and answers sooner.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="How long each run is; 20 to 1000.")
        parser.add_argument("--seed", type=int, default=1, help="The same number makes the same clinics.")
        parser.add_argument("--runs", type=int, default=5, help="How many clinics, each with a seed of its own; 1 to 100.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 20 <= options["days"] <= 1000:
            raise CommandError("--days must be 20 to 1000.", returncode=2)
        if not 1 <= options["runs"] <= 100:
            raise CommandError("--runs must be 1 to 100.", returncode=2)
        self.stdout.write(_clinic())
        outcomes = []
        for seed in range(options["seed"], options["seed"] + options["runs"]):
            outcomes.append(Simulation(options["days"], seed).run())
            self.stdout.write(f"Seed {seed}, {options['days']} days\n" + "\n".join(_lines(outcomes[-1])))
            self.stdout.flush()
        wrong = [problem for outcome in outcomes for problem in problems(outcome)]
        counts = total(outcomes)
        self.stdout.write(f"{len(outcomes)} runs, {counts['logs']} logs, {counts['flags']} flags: {_verdict(wrong, outcomes)}")
        if wrong:
            raise CommandError("; ".join(sorted(set(wrong))))


def problems(outcome: Outcome) -> list[str]:
    """What the run shows that must not be."""
    checks = {
        "a watch was opened while something urgent waited": outcome.inversions > 0,
        "a row waited ten days and longer": outcome.still_waiting > 0,
        "an episode was neither opened nor mailed about": outcome.lost > 0,
        "mails fell by less than 38 %": outcome.saved < LEAST_SAVED,
    }
    return [problem for problem, is_so in checks.items() if is_so]


def _clinic() -> str:
    return (
        f"Invented clinics: {min(ARRIVALS)} to {max(ARRIVALS)} treatments a working day; "
        f"{CLINICIANS} clinicians, {ON_CALL} of them on call, look at the queue for {HOURS_A_WEEK:g} hours a week, "
        f"{AWAY:.0%} of which fall out, and answer a row in {MINUTES_A_ROW} minutes."
    )


def _verdict(wrong: list[str], outcomes: list[Outcome]) -> str:
    if wrong:
        return "not as it must be."
    least = min(outcome.saved for outcome in outcomes)
    fall = f"mails down by {least:.0%} at least (goal: {LEAST_SAVED:.0%})"
    return f"urgent before watch in every run, nobody left waiting, no episode lost, {fall}."


def _lines(outcome: Outcome) -> list[str]:
    lines = [f"  {outcome.logs} logs, {outcome.flags} flags, {len(outcome.opened)} rows opened"]
    lines.append(f"  watch rows opened while something urgent waited: {outcome.inversions}")
    for urgency in (Urgency.EMERGENCY, Urgency.URGENT, Urgency.WATCH):
        longest, share = words.ago(outcome.longest(urgency)), outcome.within_promise(urgency)
        lines.append(f"  {urgency.word:<9} {outcome.count(urgency):>5} opened, longest wait {longest:>8}, {share:.0%} within the promise")
    lines.append(
        f"  left waiting for ten days and longer: {outcome.still_waiting}; episodes lost, neither opened nor mailed about: {outcome.lost}"
    )
    mails = f"{outcome.mails} ({outcome.alerts} at once, {outcome.overdue_mails} in the morning)"
    return [*lines, f"  mails: {outcome.flags} if one for each flag, {mails} sent: {outcome.saved:.0%} fewer"]
