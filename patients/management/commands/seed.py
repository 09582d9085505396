"""A realistic load for measuring: a clinic of its own with many recoveries of invented people, about ten logs each.

It changes nothing that is there. Flags are computed by the engine and most are reviewed. Up to 120 recoveries
are running and have not logged the last three days; the others are history. With --copies the history is copied so
many times inside the database: quicker by far, and less varied.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from patients.management.copies import MOST_COPIES, copy_finished
from patients.management.load import DOMAIN, Load, make_clinic
from patients.models import Clinic, Flag, Log, Protocol, Treatment


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--recoveries", type=int, required=True, help="How many; ten logs each, about.")
        parser.add_argument("--clinic", default="Seeded clinic", help="Name of the new clinic.")
        parser.add_argument("--protocol", action="append", default=[], help="Short name; can be given again. All shared ones unless told.")
        parser.add_argument("--copies", type=int, default=0, help="How many times what is finished is copied afterwards.")
        parser.add_argument("--random-seed", type=int, default=1, help="The same number makes the same courses.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["recoveries"] < 1:
            raise CommandError("--recoveries must be 1 or more.")
        if not 0 <= options["copies"] <= MOST_COPIES:
            raise CommandError(f"--copies must be 0 to {MOST_COPIES}.")
        if Clinic.objects.filter(name=options["clinic"]).exists():
            raise CommandError(f"There is a clinic “{options['clinic']}” already. Name another one with --clinic.")
        known = set(Protocol.objects.filter(clinic=None).values_list("slug", flat=True))
        if unknown := sorted(set(options["protocol"]) - known):
            raise CommandError(f"There is no shared protocol {', '.join(unknown)}. Known are {', '.join(sorted(known))}.")
        with transaction.atomic():
            clinic, clinician = make_clinic(options["clinic"])
        many, logs, flags, still_open = options["recoveries"], 0, 0, 0
        # Batch by batch: a million logs in one transaction would keep every other writer of SQLite out for minutes.
        for batch in Load(clinic, clinician, options["random_seed"], options["protocol"]).batches(options["recoveries"]):
            batch.store()
            logs += len(batch.logs)
            flags += len(batch.flags)
            still_open += sum(treatment.open_urgency > 0 for treatment in batch.treatments)
        if options["copies"]:
            copy_finished(clinic, options["copies"])
            rows = Treatment.objects.filter(clinic=clinic)
            many, logs = rows.count(), Log.objects.filter(clinic=clinic).count()
            flags, still_open = Flag.objects.filter(clinic=clinic).count(), rows.needing_review().count()
        self.stdout.write(
            f"“{clinic.name}”: {many} recoveries, {logs} logs, {flags} flags, {still_open} recoveries need review. "
            f"Everybody’s address ends in @{DOMAIN}; nobody has a password. The clinician is {clinician.email}."
        )
