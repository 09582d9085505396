"""Fills the database that DATABASE_URL names and prints, as JSON, who is signed in and which days they may log.

Run as `python -m tests.durability.prepare PEOPLE`.
"""

import json
import sys
from datetime import UTC, datetime, timedelta

import django

DAYS = 4  # today and three back


def main(people):
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    with transaction.atomic():  # one commit for all: preparing is not what is measured
        print(json.dumps(_people(people)))


def _people(count):
    from patients.models import Role
    from tests.bench.prepare import signed_in
    from tests.factories import a_clinic, a_member, a_treatment

    clinician = a_member(a_clinic(), Role.CLINICIAN, "Mira Osei")
    found = []
    for number in range(count):
        treated = datetime.now(UTC).date() - timedelta(days=DAYS + number % 3)
        treatment = a_treatment(clinician, f"Patient{number} Test", treated, time_zone=zone_of_noon())
        dates = [(treatment.patient.today() - timedelta(days=back)).isoformat() for back in range(DAYS)]
        found.append({"session": signed_in(treatment.patient.user), "treatment": str(treatment.uuid), "dates": dates})
    return found


def zone_of_noon():
    """Where it is about noon: no run goes past midnight there, after which its oldest day could not be logged any more."""
    hours = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"  # west is plus in these names


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
