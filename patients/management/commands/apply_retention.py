"""Erases patients of whom nothing was heard for as long as their clinic has set, and those who asked for it once their
clinic need not keep the record any more. A mail tells them thirty days before. For cron, once a day.

Safe to repeat: one patient a transaction. --dry-run lists public ids and days, and changes nothing.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from patients.actions.retention import apply_retention, listed
from patients.models import Clinic


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say who is due and change nothing.")
        parser.add_argument("--clinic", metavar="NAME", help="One clinic only, by its name or its public id.")

    def handle(self, *args: Any, **options: Any) -> None:
        for clinic in _clinics(options["clinic"]):
            if options["dry_run"]:
                self._list(clinic)
            else:
                self._apply(clinic)

    def _list(self, clinic: Clinic) -> None:
        rows = list(listed(clinic))
        told = sum(what == "told" for what, _, _ in rows)
        self.stdout.write(f"{clinic.name}: {told} would be told, {len(rows) - told} would be erased. Nothing was.")
        for what, uuid, day in rows:
            self.stdout.write(f"  {what:<6} {uuid}  last activity {day}")

    def _apply(self, clinic: Clinic) -> None:
        done = apply_retention(clinic)
        # Numbers only, and nothing where nothing was done: what cron prints is mailed on and kept in logs.
        if done.told or done.erased or done.unreached:
            failed = f", {done.unreached} could not be told and are tried again" if done.unreached else ""
            self.stdout.write(f"{clinic.name}: {done.told} told, {done.erased} erased{failed}.")
        for uuid in done.kept:
            self.stderr.write(f"{clinic.name}: patient {uuid} was not erased, as the same sign-in was used for work at the clinic.")


def _clinics(wanted: str | None) -> list[Clinic]:
    known = list(Clinic.objects.order_by("name", "pk"))
    if wanted is None:
        return known
    found = [clinic for clinic in known if wanted in (clinic.name, str(clinic.uuid)) or _is_id(wanted, clinic.uuid)]
    if len(found) != 1:
        said = "More than one clinic is called" if found else "There is no clinic called"
        raise CommandError(f"{said} “{wanted}”. Give the public id of one of these: {', '.join(f'{c.name} ({c.uuid})' for c in known)}.")
    return found


def _is_id(wanted: str, uuid: UUID) -> bool:
    return wanted.replace("-", "").lower() == uuid.hex
