"""Restores what `manage.py backup` has written, to an empty database and an empty photo folder.

Everything in the archive is proven before anything is touched, and compared again when it is in its place. Safe to interrupt
and to run again. Nothing is ever overwritten.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from patients.management.commands.backup import said
from patients.management.keeping.restoring import restore_backup
from recovery.archive.errors import Refused


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []  # they may say no more than that nothing is there yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="A file that `manage.py backup` has made.")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        try:
            restored = restore_backup(path, settings.BACKUP_KEY)
        except Refused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        except (OSError, DatabaseError) as error:
            said_so = f"Restoring stopped: {type(error).__name__}: {error}. Run it again when that is solved."
            raise CommandError(said_so, returncode=2) from error
        self.stdout.write(f"Restored and compared: {said(restored.manifest)}; every row and photo has the checksum of the archive.")
        if restored.is_older:
            self.stdout.write("The archive was of an older version; its database was brought up to date.")
