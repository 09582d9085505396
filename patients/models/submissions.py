"""What was sent under which key: a form that comes again, however late, is known by it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from patients.models.people import Clinic
from patients.models.treatments import Treatment


class Submission(models.Model):
    """One thing that one page sent for one day: its answers, or a photo. Never its content, which is in the log and the audit."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Its unique constraint is the index. With the treatment in it, nobody's key reaches another one's recovery.
    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.UUIDField(editable=False, help_text="Made with the page that was sent.")
    day = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, editable=False, help_text="Of what was sent.")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["treatment", "key", "day", "digest"], name="submission_once")]

    def __str__(self) -> str:
        return f"{self.treatment_id}, day {self.day}"
