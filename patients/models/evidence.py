"""What is known from elsewhere: symptoms in words, sources, and what each claims of a symptom and days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Symptom(models.Model):
    """A symptom in plain and clinical words, with a sentence for each grade."""

    code = models.CharField(max_length=30, primary_key=True)
    name = models.CharField(max_length=60)
    clinical_name = models.CharField(max_length=60)
    question = models.CharField(max_length=120)
    grades = models.JSONField(help_text="Five sentences, for 0 to 4.")
    core = models.BooleanField(default=False)
    snomed = models.CharField(max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where a claim comes from; grade A regulator or peer-reviewed, B clinic or maker, C blog."""

    # Milestones and guidance name it inside JSON, where no foreign key holds: the proof before publishing does.
    key = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=250)
    publisher = models.CharField(max_length=120)
    year = models.CharField(max_length=4, blank=True)
    url = models.URLField(blank=True)
    grade = models.CharField(max_length=1)

    class Meta:
        ordering = ["grade", "publisher"]
        constraints = [models.CheckConstraint(condition=Q(grade__in=["A", "B", "C"]), name="source_grade_a_to_c")]

    def __str__(self) -> str:
        return f"{self.publisher} {self.year}".strip()


class Claim(models.Model):
    """What a source says of a symptom and days."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="claims")
    symptom = models.ForeignKey(Symptom, on_delete=models.PROTECT, related_name="claims")
    # Negative before the treatment: sources speak of preparing for it, too.
    first_day = models.SmallIntegerField()
    last_day = models.SmallIntegerField()
    kind = models.CharField(max_length=10)
    text = models.CharField(max_length=250)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["course", "look", "rate", "warning"]), name="claim_kind_known"),
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="claim_days_in_order"),
        ]

    def __str__(self) -> str:
        return self.text
