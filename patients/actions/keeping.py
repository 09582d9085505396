"""That a backup was taken or restored, in the audit. Nobody is signed in at the command line: it was the system."""

from typing import Any

from django.db.migrations.recorder import MigrationRecorder

from patients.actions import audit


def note_backup_taken(said: dict[str, Any]) -> None:
    _note("backup taken", said)


def note_backup_restored(said: dict[str, Any]) -> None:
    _note("backup restored", said)


def _note(action: str, said: dict[str, Any]) -> None:
    with audit.atomic():
        # It is about the database as a whole, and what stands for that is the migration it has come to.
        audit.record(action, MigrationRecorder.Migration.objects.latest("pk"), by=None, clinic=None, after=said)
