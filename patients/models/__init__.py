"""The tables. Fields, constraints and questions (QuerySets); what happens to them is in patients.actions."""

from patients.models.audit import AuditEvent
from patients.models.chain import AuditHead
from patients.models.clock import Holiday
from patients.models.consents import Consent
from patients.models.evidence import Claim, Source, Symptom
from patients.models.flags import Flag, FlagState, Review
from patients.models.invitations import Invitation
from patients.models.logs import Log, Rating
from patients.models.norms import (
    Adjustment,
    Band,
    Guidance,
    Milestone,
    NormVersion,
    Phase,
    Protocol,
    WarningSign,
)
from patients.models.outbox import OutgoingMail
from patients.models.people import Clinic, Patient, Role, User
from patients.models.photos import Photo
from patients.models.reminders import Reminder
from patients.models.replies import ReplyTemplate
from patients.models.retention import ErasureNotice, ErasureRequest, Retention
from patients.models.saved import SavedFilter
from patients.models.submissions import Submission
from patients.models.texts import ClinicText
from patients.models.treatments import Treatment

__all__ = [
    "Adjustment",
    "AuditEvent",
    "AuditHead",
    "Band",
    "Claim",
    "Clinic",
    "ClinicText",
    "Consent",
    "ErasureNotice",
    "ErasureRequest",
    "Flag",
    "FlagState",
    "Guidance",
    "Holiday",
    "Invitation",
    "Log",
    "Milestone",
    "NormVersion",
    "OutgoingMail",
    "Patient",
    "Phase",
    "Photo",
    "Protocol",
    "Rating",
    "Reminder",
    "ReplyTemplate",
    "Retention",
    "Review",
    "Role",
    "SavedFilter",
    "Source",
    "Submission",
    "Symptom",
    "Treatment",
    "User",
    "WarningSign",
]
