"""Makes a draft of a protocol's norms from what export_norms writes: a JSON file, a CSV file or a folder of CSV files.

First it prints what differs from the version in force. A part that no CSV file holds stays as it is.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.actions.norms import start_draft
from patients.errors import Refusal
from patients.management.commands.export_norms import the_protocol, the_version
from patients.models import User
from patients.models.norm_values import read_norms
from recovery.timeline.difference import differences
from recovery.timeline.files import from_files
from recovery.timeline.norms import Norms
from recovery.timeline.tables import TableError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("protocol", help="Slug of the protocol, such as pen.")
        parser.add_argument("path", type=Path, help="A .json file, a .csv file or a folder of .csv files.")
        parser.add_argument("--clinic", help="Name of a clinic, for its own protocol; without it the one that clinics share.")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="The admin in whose name the draft is made.")
        parser.add_argument("--dry-run", action="store_true", help="Print what differs and store nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        protocol = the_protocol(options["protocol"], options["clinic"])
        by = the_person(options["by"])
        before = read_norms(the_version(protocol))
        norms = norms_in(path, protocol.slug, before)
        changes = differences(before, norms)
        for change in changes:
            self.stdout.write(str(change))
        if not changes:
            self.stdout.write("No difference: no draft was made.")
        elif options["dry_run"]:
            self.stdout.write("Dry run: no draft was made.")
        else:
            try:
                # Resolved, so that “.” has a name too; without the folders, which the audit need not know.
                draft = start_draft(by=by, protocol=protocol, norms=norms, why=f"Imported from {path.resolve().name}.")
            except Refusal as refusal:
                raise CommandError(str(refusal), returncode=2) from refusal
            self.stdout.write(f"{draft} was made as a draft.")


def the_person(email: str) -> User:
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise CommandError(f"Nobody signs in with “{email}”.", returncode=2)
    return found


def norms_in(path: Path, protocol: str, base: Norms) -> Norms:
    """What a file or a folder holds. Raises CommandError naming file and place."""
    # Sorted: file systems list in an order of their own, and of two faults the same one should come first.
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not files:
        raise CommandError(f"{path} holds no .csv file.", returncode=2)
    try:
        return from_files([(file.name, file.read_bytes()) for file in files], protocol, base)
    except TableError as error:
        raise CommandError(str(error), returncode=2) from error
    except OSError as error:
        raise CommandError(f"{error.filename or path} cannot be read: {error.strerror}.", returncode=2) from error
