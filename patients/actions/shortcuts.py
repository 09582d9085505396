"""Whether single keys work for a clinician: dictation software and slips of the hand press them unasked."""

from __future__ import annotations

from patients import permissions
from patients.actions import audit
from patients.models import User


def switch_shortcuts(*, by: User, on: bool) -> None:
    """One's own alone. Safe to repeat."""
    permissions.check_clinic_pages(by)
    with audit.atomic():
        # A conditional update: of two at once only the one that changes something is audited.
        if User.objects.filter(pk=by.pk, has_shortcuts=not on).update(has_shortcuts=on):
            audit.record(f"shortcuts switched {'on' if on else 'off'}", by, by=by, clinic=by.clinic)
    by.has_shortcuts = on
