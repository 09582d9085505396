"""Sends what waits in the outbox: replies once they cannot be undone, what the clinicians on call were not told yet,
and each morning how many rows are overdue. For cron or a systemd timer, every minute.

Safe to repeat and to run twice at once. What the mail server refuses is tried again by the next runs.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from patients.actions import outbox
from patients.actions.alerts import queue_overdue_counts


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        queue_overdue_counts()
        tally = outbox.send()
        # Numbers only, and nothing on a minute without mail: what cron prints is mailed on and kept in logs.
        if tally.sent or tally.failed:
            failed = f", {tally.failed} could not be sent; a later run tries again" if tally.failed else ""
            self.stdout.write(f"{tally.sent} mail{'s' if tally.sent != 1 else ''} sent{failed}.")
