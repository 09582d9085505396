"""Filters of the queue that a person has saved under a name."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from patients.models.people import User


class SavedFilter(models.Model):
    """A name for a choice of filters; `query` is what stands behind the ? of the address."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters", db_index=False)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000)  # letters outside ASCII take up to twelve places each

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_filter_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_has_a_name"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
