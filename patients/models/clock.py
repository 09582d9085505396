"""Days on which a clinic is closed: no promise counts them."""

from __future__ import annotations

from django.db import models

from patients.models.people import Clinic


class Holiday(models.Model):
    """One day on which a clinic reads nothing."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="holidays", db_index=False)
    day = models.DateField()
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="holiday_once_a_day")]
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"
