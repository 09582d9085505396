"""Shows that nothing in the audit was changed, removed, added or moved since it was written.

Each clinic's events stand in a chain, and so do those of no clinic. For a chain that is whole it prints how many events it
has and its head, the hash of the last one. Where one is not, it names the first event that was touched and what is wrong with
it, and exits with 1. While people work, it reads what is there; it changes nothing and stops nobody.

What it cannot show by itself: somebody who may write to the whole database and knows this program can rewrite a chain from
some event on to its end, or add an event at the end in somebody's name. Note the heads where that person cannot write, such
as in a letter or another machine's log, and give them with --expect later: a head that was noted once must still be met on
the way, so that everything before it is as it was. A clinic that has patients must have events; whether the chain of no clinic
was removed as a whole, with its end, shows --expect alone.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from patients.management.verifying import Verification, Walk
from patients.models import Clinic
from patients.models.chain import NO_CLINIC


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--expect", nargs="+", action="extend", default=[], metavar="HEAD", help="Heads that were noted earlier.")

    def handle(self, *args: Any, **options: Any) -> None:
        expected = {head.strip().lower() for head in options["expect"]}
        if wrong := sorted(head for head in expected if len(head) != 64 or set(head) - set("0123456789abcdef")):
            raise CommandError(f"A head is 64 digits and letters a to f. This is none: {', '.join(wrong)}")
        walks = Verification(expected).walks()
        names = {clinic.pk: clinic.name for clinic in Clinic.objects.all()}
        for walk in walks:
            self._say(walk, f"clinic {walk.chain}, {names.get(walk.chain, 'unknown')}" if walk.chain != NO_CLINIC else "no clinic")
        for head in sorted(expected):
            self.stderr.write(f"No untouched chain comes by {head}, which was noted as a head: what it stood for was rewritten or removed.")
        if expected or any(walk.touched for walk in walks):
            raise CommandError("The audit was touched.")
        self.stdout.write("Nothing was touched. Note the heads where nobody who runs this database can change them.")

    def _say(self, walk: Walk, name: str) -> None:
        if walk.touched:
            self.stderr.write(f"{name}: {walk.touched}")
            if walk.unnamed not in (None, walk.touched):
                self.stderr.write(f"{name}, also {walk.unnamed}")
        else:
            self.stdout.write(f"{name}: {walk.count} events, head {walk.hash}")
