"""Sends the reminders that are due now, each in its patient's own time zone. For cron or a systemd timer.

Safe to repeat and to run twice at once: a patient gets one a day at most. What the mail server refuses is tried again
by the next run, within four hours of the hour that the patient chose.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from patients.actions.reminders import due_now, send_reminders


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say how many are due and send none.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self.stdout.write(f"{_said(len(due_now()))} due now. Nothing was sent.")
            return
        tally = send_reminders()
        # Numbers only: what cron prints is mailed on and kept in logs.
        failed = f", {tally.failed} could not be sent; the next run tries again" if tally.failed else ""
        self.stdout.write(f"{_said(tally.sent)} sent{failed}.")
        # Where only this command was set up, replies and alerts go out all the same, if later.
        call_command("send_mails", stdout=self.stdout)


def _said(count: int) -> str:
    return f"{count} reminder{'s' if count != 1 else ''}"
