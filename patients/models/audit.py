"""What was done, by whom and when. Rows are only ever added: triggers in the database refuse the rest.

One exception, which the triggers know: once a patient's record is erased, its events are blanked. What stays of each
is its place, moment, clinic, action, kind of subject and which member of staff it was; whom it was about and what they
said is gone. A chain of hashes must therefore take in a digest of what can be blanked, not the thing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models.frozen import ERASED
from patients.models.logs import Log
from patients.models.people import Clinic, Patient, User
from patients.models.treatments import Treatment


class Place(NamedTuple):
    """What of a patient's record an event is about: nothing for the patient's page, else the session, and the day of a log."""

    session: int | None = None
    day: int | None = None


Subjects = Mapping[str, Mapping[str, Place]]  # by kind and id, as events name them


def subjects_of(patient: Patient) -> Subjects:
    """All that events about this patient name. Two queries."""
    treatments = Treatment.objects.filter(patient=patient).values_list("uuid", "session_number")
    logs = Log.objects.filter(treatment__patient=patient).values_list("uuid", "treatment__session_number", "day")
    return {
        "patient": {str(patient.uuid): Place()},
        "treatment": {str(uuid): Place(session) for uuid, session in treatments},
        "log": {str(uuid): Place(session, day) for uuid, session, day in logs},
    }


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, subjects: Mapping[str, Iterable[str]]) -> AuditEventQuerySet:
        """Of these subjects alone: ids by kind. The index by subject serves it."""
        # Matches nothing: an empty Q would match every event of every clinic.
        asked = Q(pk__in=[])
        for kind, ids in subjects.items():
            asked |= Q(subject_type=kind, subject_id__in=list(ids))
        return self.filter(asked)

    def by_others(self, user: User) -> AuditEventQuerySet:
        """By people other than this one."""
        return self.exclude(actor=user).exclude(actor__isnull=True)

    def saying(self, *actions: str) -> AuditEventQuerySet:
        return self.filter(action__in=actions)

    def newest_first(self) -> AuditEventQuerySet:
        return self.order_by("-at", "-pk")

    def oldest_first(self) -> AuditEventQuerySet:
        return self.order_by("at", "pk")

    def blank(self, user: User) -> None:
        """Takes out whom these events are about and what they held; where this person acted, also who it was.

        Only once the subject is gone (patients.actions.erasure). The database lets nothing else be changed.
        """
        gone = {"subject_id": ERASED, "before": None, "after": None, "why": ""}
        pks = list(self.values_list("pk", flat=True))
        # By key: the ids that the events are found by are what is taken out.
        found = self.model._default_manager.filter(pk__in=pks)
        found.filter(actor=user).update(actor=None, actor_label=ERASED, **gone)
        found.exclude(subject_id=ERASED).update(**gone)


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

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"
