"""Deletes files of photos that belong to nobody any more: what a crash left behind. For cron, once a day.

Only files older than a day that no photo names, and only under names that the app gives. Safe to repeat. `--check` deletes
nothing and names the photos whose files are missing or of another size; it exits with 1 if there are any.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.actions.erasure import odd_photos, sweep_photos


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say how many there are and delete none.")

        parser.add_argument("--check", action="store_true", help="Name the photos whose files are not as their rows say; delete nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                self._check()
            self._sweep(is_dry_run=options["dry_run"] or options["check"])
        except OSError as error:
            raise CommandError(f"The photo storage cannot be read: {type(error).__name__}.") from error
        if options["check"] and self.odd:
            raise CommandError(f"{self.odd} photo{'s' if self.odd != 1 else ''} not as stored. Restore the files from a backup.")

    def _check(self) -> None:
        self.odd = 0
        for uuid, problem in odd_photos():
            self.odd += 1
            self.stdout.write(f"Photo {uuid}: {problem}.")

    def _sweep(self, *, is_dry_run: bool) -> None:
        count = sweep_photos(is_dry_run=is_dry_run)
        done = "would be deleted. Nothing was" if is_dry_run else "deleted"
        self.stdout.write(f"{count} file{'s' if count != 1 else ''} of no photo {done}.")
