"""Fills the database that DATABASE_URL names and prints, as JSON, who is signed in and what they may log.

Run as `python -m tests.bench.prepare RECOVERIES` with the settings of this folder.
"""

import json
import sys

import django
from django.conf import settings

PAGE_PATIENTS = 12  # whose recovery page is read; they log nothing, so it stays the page of eight logs


def main(recoveries):
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)  # run_syncdb: the references' table has no migration
    call_command("seed", recoveries=recoveries, stdout=sys.stderr)
    print(json.dumps(found()))


def found():
    from patients.management.load import RUNNING, UNLOGGED
    from patients.models import Log, Role, Treatment, User

    clinician = User.objects.get(role=Role.CLINICIAN)
    running = list(Treatment.objects.with_people().order_by("-treated_on", "pk")[:RUNNING])
    running.sort(key=lambda treatment: treatment.pk)
    readers, writers = running[:PAGE_PATIENTS], running[PAGE_PATIENTS:]
    sessions = {treatment.pk: signed_in(treatment.patient.user) for treatment in running}
    days = [
        (treatment, treatment.date_of(treatment.day_of(treatment.patient.today()) - back))
        for back in reversed(range(UNLOGGED))  # the oldest first, so that each log is the newest of its recovery
        for treatment in writers
    ]
    return {
        "logs": Log.objects.count(),
        "open": Treatment.objects.needing_review().count(),
        "clinician": signed_in(clinician),
        "readers": [sessions[treatment.pk] for treatment in readers],
        "days": [[sessions[treatment.pk], when.isoformat()] for treatment, when in days],
    }


def signed_in(user):
    """The key of a session of this person, as signing in makes it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
