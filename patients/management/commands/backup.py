"""Writes the database and its photos to one file, as they are at one moment, while the application runs.

Every row and photo has its checksum in it, and the file is read back before it gets its name. It is encrypted when BACKUP_KEY
is set. `--check` proves an archive and restores nothing.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from patients.management.keeping.restoring import read_archive
from patients.management.keeping.taking import take_backup
from recovery.archive.errors import Refused
from recovery.archive.manifest import Manifest


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="The file to write; it must not be there yet.")
        parser.add_argument("--check", action="store_true", help="Prove an archive that is there, and restore nothing.")
        parser.add_argument("--allow-missing", action="store_true", help="Take it although photos are missing or damaged; it names them.")

    def handle(self, *args: Any, path: Path, check: bool, allow_missing: bool, **options: Any) -> None:
        key = settings.BACKUP_KEY
        try:
            if check:
                self.stdout.write(f"The archive is whole: {said(read_archive(path, key))}.")
                return
            taken = take_backup(path, key, may_miss=allow_missing)
        except Refused as refused:
            raise CommandError(str(refused), returncode=2 if check else 1) from refused
        except (OSError, DatabaseError) as error:
            raise CommandError(f"The backup was not taken: {type(error).__name__}: {error}", returncode=1) from error
        for uuid in taken.manifest.wanting:
            self.stderr.write(f"The photo {uuid} is missing or damaged in the system itself.")
        self.stdout.write(f"Backup taken: {said(taken.manifest)}, {taken.size:,} bytes, SHA-256 {taken.sha256}.")
        if not key:
            self.stderr.write("It is not encrypted: BACKUP_KEY is not set. Keep it where only you can read it.")
        sys.stdout.flush()
        if taken.unnoted:
            raise CommandError(f"The backup was taken and is whole, but the audit could not say so: {taken.unnoted}", returncode=1)


def said(manifest: Manifest) -> str:
    return f"{manifest.rows:,} rows in {len(manifest.tables)} tables and {manifest.photos.count:,} photo files of {manifest.made_at}"
