"""Deletes what nobody needs any more: files of photos that a crash left behind, and keys of forms sent long ago. For cron, once a day.

Only files older than a day that no photo names, and only under names that the app gives; keys older than 30 days. Safe to repeat.
`--check` deletes nothing and names the photos whose files are missing or of another size; it exits with 1 if there are any.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.actions.erasure import odd_photos, sweep_photos
from patients.actions.submissions import forget_old


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say how many there are and delete none.")
        parser.add_argument("--check", action="store_true", help="Name the photos whose files are not as their rows say; delete nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry_run = options["dry_run"] or options["check"]
        # First: a photo storage that is gone is no reason to keep these.
        self._say(forget_old(is_dry_run=is_dry_run), "key", "of forms older than 30 days", is_dry_run)
        try:
            if options["check"]:
                self._check()
            self._say(sweep_photos(is_dry_run=is_dry_run), "file", "of no photo", is_dry_run)
        except OSError as error:
            raise CommandError(f"The photo storage cannot be read: {type(error).__name__}.") from error
        if options["check"] and self.odd:
            raise CommandError(f"{self.odd} photo{'s' if self.odd != 1 else ''} not as stored. Restore the files from a backup.")

    def _check(self) -> None:
        self.odd = 0
        for uuid, problem in odd_photos():
            self.odd += 1
            self.stdout.write(f"Photo {uuid}: {problem}.")

    def _say(self, count: int, noun: str, which: str, is_dry_run: bool) -> None:
        done = "would be deleted. Nothing was" if is_dry_run else "deleted"
        self.stdout.write(f"{count} {noun}{'s' if count != 1 else ''} {which} {done}.")
