"""Writes one version of a protocol's norms: all of it as JSON, or a CSV file for each part. import_norms reads both."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients.models import NormVersion, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.document import to_json
from recovery.timeline.norms import Norms
from recovery.timeline.part_tables import PARTS, to_csv


class Command(BaseCommand):
    help = __doc__

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Without Django's own --version, so that ours can have the name."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("protocol", help="Slug of the protocol, such as pen.")
        parser.add_argument("--clinic", help="Name of a clinic, for its own protocol; without it the one that clinics share.")
        parser.add_argument("--version", type=int, dest="number", help="Number of the version; without it the one in force.")
        parser.add_argument("--format", choices=["json", "csv"], default="json")
        parser.add_argument("--to", type=Path, help="JSON: a file (printed without it). CSV: a folder; it gets a file for each part.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["format"] == "csv" and options["to"] is None:
            raise CommandError("CSV makes a file for each part: say into which folder with --to.", returncode=2)
        protocol = the_protocol(options["protocol"], options["clinic"])
        norms = read_norms(the_version(protocol, options["number"]))
        try:
            self._write(protocol.slug, norms, options["format"], options["to"])
        except OSError as error:
            raise CommandError(f"{options['to']} cannot be written: {error.strerror}.", returncode=2) from error

    def _write(self, slug: str, norms: Norms, form: str, to: Path | None) -> None:
        if form == "csv" and to is not None:
            to.mkdir(parents=True, exist_ok=True)
            for part in PARTS:  # with the mark by which spreadsheets know UTF-8
                (to / f"{part}.csv").write_bytes(to_csv(part, slug, norms).encode("utf-8-sig"))
        elif to is not None:
            to.write_bytes(to_json(slug, norms).encode())
        else:
            # The document has its own last line break: the way back is exact to the byte.
            self.stdout.write(to_json(slug, norms), ending="")


def the_protocol(slug: str, clinic: str | None) -> Protocol:
    """A clinic's own protocol, or the shared one. Raises CommandError where there is none, or where two clinics have the name."""
    owner = {"clinic__name": clinic} if clinic else {"clinic__isnull": True}
    found = list(Protocol.objects.filter(slug=slug, **owner))
    if len(found) > 1:
        raise CommandError(f"Several clinics are named “{clinic}”. Rename one of them first.", returncode=2)
    if not found:
        known = ", ".join(Protocol.objects.filter(**owner).values_list("slug", flat=True)) or "none"
        whose = f"“{clinic}” has no protocol “{slug}” of its own" if clinic else f"No protocol “{slug}” is shared by all clinics"
        raise CommandError(f"{whose}. Known: {known}.", returncode=2)
    return found[0]


def the_version(protocol: Protocol, number: int | None = None) -> NormVersion:
    """By its number, draft or published, or else the one in force. Raises CommandError."""
    versions = NormVersion.objects.select_related("protocol").filter(protocol=protocol)
    found = (versions.in_force() if number is None else versions.filter(number=number)).first()
    if found is None:
        known = ", ".join(str(version.number) for version in versions) or "none"
        which = "published version yet" if number is None else f"version {number}"
        raise CommandError(f"{protocol.name} has no {which}. Versions: {known}.", returncode=2)
    return found
