"""Who looked at a patient's record: written down when staff open it, never for the patient's own pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from patients.actions import audit
from patients.models import AuditEvent, Log, Patient, Treatment, User

RECORD_SEEN = "record seen"
# Whoever works on a recovery loads its page again and again: once within this time says it all.
ONCE_IN = timedelta(hours=1)


def note_exported(*, by: User, subject: Model, what: str, after: dict[str, Any]) -> None:
    """Before the first byte, as what was sent can be read. `after`: what was asked for, never what was sent."""
    with audit.atomic():
        audit.record(f"{what} downloaded", subject, by=by, clinic=by.clinic, after=after)


def note_log_seen(*, by: User, log: Log) -> None:
    """An admin looked at one log, without its person's name, to see what a draft would change of it."""
    with audit.atomic():
        audit.record("log seen", log, by=by, clinic=by.clinic)


def note_record_seen(*, by: User, subject: Patient | Treatment) -> None:
    """At most one event an hour for each person and record; one query where it is written down already.

    Two requests at once may write it twice, which is no harm: nobody waits for a lock to look at a page.
    """
    of_this = AuditEvent.objects.about({subject._meta.model_name or "": [str(subject.uuid)]})
    if of_this.filter(action=RECORD_SEEN, actor=by, at__gt=timezone.now() - ONCE_IN).exists():
        return
    with audit.atomic():
        audit.record(RECORD_SEEN, subject, by=by, clinic=by.clinic)
