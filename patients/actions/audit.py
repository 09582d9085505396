"""The audit of what was done. Called inside the transaction of the change, so neither exists without the other."""

from typing import Any

from django.db import connection, models

from patients.models import AuditEvent, Clinic, User


def record(
    action: str,
    subject: models.Model,
    *,
    by: User | None,
    clinic: Clinic | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    why: str = "",
) -> None:
    """Adds one event. Raises RuntimeError outside a transaction: the change could then be kept without it."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit of {action} outside the transaction of the change")
    AuditEvent.objects.create(
        action=action,
        subject_type=subject._meta.model_name or "",
        # The public id where there is one: it is what addresses name.
        subject_id=str(getattr(subject, "uuid", subject.pk)),
        actor=by,
        # In words beside the key: the name and role of that day stay when the person's change.
        actor_label=f"{by.byline} ({by.role})" if by else "the system",
        clinic=clinic,
        before=before,
        after=after,
        why=why,
    )
