"""What was done, by whom and when. Rows are only ever added: triggers in the database refuse the rest."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from patients.models.people import Clinic, User


class AuditEvent(models.Model):
    """One change; `before` and `after` hold the fields that changed."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    # Empty for what belongs to none: shared norms that the installation's own account changed.
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # No index on clinic and actor: nothing looks events up by them, and each write would pay for it.
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=160, help_text="Who and in which role, as written then.")
    action = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=30)
    # Text, and no foreign key: keys are numbers, UUIDs and words, and a discarded draft is gone.
    subject_id = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"
