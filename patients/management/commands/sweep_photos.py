"""Deletes files of photos that belong to nobody any more: what a crash left behind. For cron, once a day.

Only files older than a day that no photo names, and only under names that the app gives. Safe to repeat.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.actions.erasure import sweep_photos


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say how many there are and delete none.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = sweep_photos(is_dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(f"The photo storage cannot be read: {type(error).__name__}.") from error
        done = "would be deleted. Nothing was" if options["dry_run"] else "deleted"
        self.stdout.write(f"{count} file{'s' if count != 1 else ''} of no photo {done}.")
