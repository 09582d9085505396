"""Texts that a clinic keeps for its replies to patients."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from patients.models.people import Clinic, User

PLACEHOLDERS = ("name", "clinic", "phone")  # written {name} in a text
LONGEST_TEXT = 1000
LONGEST_NAME = 60


class ReplyTemplateQuerySet(models.QuerySet["ReplyTemplate"]):
    def of_clinic(self, clinic: Clinic) -> ReplyTemplateQuerySet:
        return self.filter(clinic=clinic).select_related("changed_by").order_by(Lower("name"), "pk")


class ReplyTemplate(models.Model):
    """A text with a name. `edits` tells two who change it at once apart."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="reply_templates", db_index=False)
    name = models.CharField(max_length=LONGEST_NAME)
    text = models.CharField(max_length=LONGEST_TEXT)
    edits = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False, db_index=False)

    objects = ReplyTemplateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("clinic", Lower("name"), name="reply_template_name_once_in_a_clinic"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(text=""), name="reply_template_has_name_and_text"),
        ]

    def __str__(self) -> str:
        return self.name
