"""The row that the minimal insert stores."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models


class Note(models.Model):
    class Grade(models.IntegerChoices):
        NONE = 0
        TRACE = 1
        MILD = 2
        MODERATE = 3
        SEVERE = 4

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    written_on = models.DateField()
    day = models.PositiveSmallIntegerField(validators=[MaxValueValidator(365)])
    grade = models.PositiveSmallIntegerField(choices=Grade.choices)
    title = models.CharField(max_length=80)
    text = models.TextField(blank=True, max_length=2000)
