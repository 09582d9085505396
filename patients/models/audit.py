"""What was done, by whom and when. Rows are only ever added: triggers in the database refuse the rest.

One exception, which the triggers know: once a patient's record is erased, its events are blanked. What stays of each
is its place, moment, clinic, action, kind of subject and which member of staff it was; whom it was about and what they
said is gone. The chain (patients.models.chain) therefore takes in a digest of what can be blanked, not the thing itself,
and the erasure's own event says which rows it blanked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils import timezone

from patients.models.chain import NO_CLINIC
from patients.models.frozen import ERASED, OF_PATIENTS
from patients.models.logs import Log
from patients.models.people import Clinic, Patient, Role, User
from patients.models.treatments import Treatment

ERASED_ACCOUNT = "account erased"  # the one event that says which rows were blanked


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


LOOKING = Q(action__endswith=" seen") | Q(action__endswith=" downloaded")
OF_NORMS = ("normversion", "protocol", "source", "claim")
# The kinds of events in the list for admins: in words, and which they are. Each event is of one kind.
KINDS = {
    "looking": ("looked at or downloaded", LOOKING),
    "logs": ("logs and their photos", Q(subject_type="log") & ~LOOKING),
    "patients": ("patients and recoveries", Q(subject_type__in=["patient", "treatment"]) & ~LOOKING),
    "norms": ("norms and sources", Q(subject_type__in=OF_NORMS) & ~LOOKING),
    "clinic": ("the clinic and its people", ~Q(subject_type__in=[*OF_PATIENTS, *OF_NORMS]) & ~LOOKING),
}

# Which rows an erasure blanked: by chain, the first and the last of each run. As text, the way JSON keeps keys.
Blanked = dict[str, list[list[int]]]


def blanked_ranges(places: Iterable[tuple[int, int]]) -> Blanked:
    """Of chains and numbers."""
    found: Blanked = {}
    for chain, seq in sorted(places):
        runs = found.setdefault(str(chain), [])
        if runs and runs[-1][1] == seq - 1:
            runs[-1][1] = seq
        else:
            runs.append([seq, seq])
    return found


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

    def visible_to(self, user: User) -> AuditEventQuerySet:
        """For admins: of their clinic; for the installation's own account: of no clinic."""
        return self.of_chain(user.clinic_id or NO_CLINIC) if user.role == Role.ADMIN else self.none()

    def of_kind(self, kind: str) -> AuditEventQuerySet:
        """One of KINDS."""
        return self.filter(KINDS[kind][1])

    def by_person(self, person: str) -> AuditEventQuerySet:
        """Of the staff, by public id; or of all "patients", or of the "service" itself."""
        if person == "patients":
            # Who was erased has kept the role alone.
            return self.filter(role=Role.PATIENT)
        return self.filter(role="") if person == "service" else self.filter(actor__uuid=person)

    def on_day(self, day: date, zone: tzinfo) -> AuditEventQuerySet:
        begin = datetime.combine(day, time(), zone)
        return self.filter(at__gte=begin, at__lt=datetime.combine(day + timedelta(days=1), time(), zone))

    def last_in_chain_first(self) -> AuditEventQuerySet:
        """As they were written. The index by clinic and number serves it, however many there are."""
        return self.filter(seq__isnull=False).order_by("-seq")

    def newest_first(self) -> AuditEventQuerySet:
        return self.order_by("-at", "-pk")

    def oldest_first(self) -> AuditEventQuerySet:
        return self.order_by("at", "pk")

    def of_chain(self, chain: int) -> AuditEventQuerySet:
        """Of one clinic, or of none."""
        return self.filter(clinic=chain) if chain != NO_CLINIC else self.filter(clinic__isnull=True)

    def blank(self, user: User) -> Blanked:
        """Takes out whom these events are about and what they held; where this person acted, also who it was.

        Only once the subject is gone (patients.actions.erasure). The database lets nothing else be changed. Returns which
        they were, for the erasure's own event: a blanked row that no erasure names was touched by somebody else.
        """
        gone = {"subject_id": ERASED, "before": None, "after": None, "why": "", "salt": ""}
        places = list(self.values_list("clinic", "seq", "pk"))
        pks = [pk for _, _, pk in places]
        # By key: the ids that the events are found by are what is taken out.
        found = self.model._default_manager.filter(pk__in=pks)
        found.filter(actor=user).update(actor=None, actor_label=ERASED, **gone)
        found.exclude(subject_id=ERASED).update(**gone)
        return blanked_ranges([(clinic or NO_CLINIC, seq) for clinic, seq, _ in places if seq is not None])


class AuditEvent(models.Model):
    """One change; `before` and `after` hold the fields that changed."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    # Empty for what belongs to none: shared norms that the installation's own account changed.
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # No index on clinic and actor: nothing looks events up by them, and each write would pay for it.
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=160, help_text="Who and in which role, as written then.")
    role = models.CharField(max_length=10, blank=True, default="", help_text="The role of that day; empty for the system.")
    action = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=30)
    # Text, and no foreign key: keys are numbers, UUIDs and words, and a discarded draft is gone.
    subject_id = models.CharField(max_length=40)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.TextField(blank=True)
    request_id = models.CharField(max_length=16, blank=True, default="", help_text="The same as in the server’s log and in X-Request-ID.")
    # The chain; patients.actions.audit fills it. A row without a number was not written by the app.
    seq = models.BigIntegerField(null=True, editable=False)
    salt = models.CharField(max_length=32, blank=True, default="", editable=False)
    who_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    what_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    prev = models.CharField(max_length=64, blank=True, default="", editable=False)
    hash = models.CharField(max_length=64, blank=True, default="", editable=False)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "at"], name="audit_by_subject")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "seq"], name="audit_one_event_a_place"),
            models.UniqueConstraint(fields=["seq"], condition=Q(clinic__isnull=True), name="audit_one_event_a_place_of_no_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"
