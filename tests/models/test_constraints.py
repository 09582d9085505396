"""Every named constraint, by name: a row that breaks it and no other is refused by the database."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from patients.actions.invitations import invite
from patients.actions.keeping import note_backup_taken
from patients.actions.retention import set_retention
from patients.actions.texts import publish_text
from patients.models import (
    Adjustment,
    AuditEvent,
    Band,
    Claim,
    Clinic,
    ClinicText,
    Consent,
    Flag,
    Guidance,
    Holiday,
    Invitation,
    Log,
    Milestone,
    NormVersion,
    OutgoingMail,
    Patient,
    Phase,
    Photo,
    Protocol,
    Rating,
    Reminder,
    ReplyTemplate,
    Retention,
    Review,
    Role,
    SavedFilter,
    Source,
    Submission,
    Treatment,
    User,
    WarningSign,
)
from tests.factories import a_draft, a_log, a_member, a_photo, a_reply_text, a_review


def a_copy_of_the_first_protocol():
    shared = Protocol.objects.first()
    return Protocol.objects.create(slug=shared.slug, name="Our own", clinic=Clinic.objects.first(), copied_from=shared)


def an_id_of_somebody():
    return User.objects.first().pk


NAMED = {c.name: (m, c) for m in apps.get_app_config("patients").get_models() for c in m._meta.constraints}
BACKWARDS = {"first_day": 5, "last_day": 4}

# Name of the constraint: the model, and what is written into a right row to make it wrong.
CHECKS = {
    "clinic_opens_before_it_closes": (Clinic, {"opens_at": "18:00"}),
    "clinic_works_some_day": (Clinic, {"weekdays": ""}),
    "clinic_watch_within_1_to_5_days": (Clinic, {"watch_days": 6}),
    "clinic_urgent_within_1_to_24_hours": (Clinic, {"urgent_hours": 25}),
    "user_has_a_role": (User, {"role": "ghost"}),
    "user_has_a_clinic": (User, {"clinic": None}),
    "patient_reminder_hour_to_23": (Patient, {"reminder_hour": 24}),
    "reminder_kind_known": (Reminder, {"kind": "whim"}),
    "treatment_session_from_1": (Treatment, {"session_number": 0}),
    "treatment_depth_up_to_5_mm": (Treatment, {"needle_depth_mm": "5.01"}),
    "treatment_open_state_whole": (Treatment, {"open_urgency": 2, "open_since": None}),
    "treatment_snoozed_only_while_watched": (Treatment, {"snoozed_until": timezone.now, "snoozed_by": an_id_of_somebody}),
    "treatment_reviewed_by_somebody": (Treatment, {"reviewed_by": None}),
    "treatment_quiet_from_and_until": (Treatment, {"quiet_from": None}),
    "treatment_closed_by_somebody_with_nothing_open": (Treatment, {"closed_at": timezone.now}),
    "invitation_expires_later": (Invitation, {"expires_at": lambda: Invitation.objects.get().made_at}),
    "invitation_ended_once": (Invitation, {"used_at": timezone.now, "withdrawn_at": timezone.now}),
    "source_grade_a_to_c": (Source, {"grade": "D"}),
    "claim_kind_known": (Claim, {"kind": "rumour"}),
    "claim_days_in_order": (Claim, BACKWARDS),
    "protocol_copies_belong_to_a_clinic": (Protocol, {"copied_from": lambda: Protocol.objects.last()}),
    "norm_version_who_when_and_why_together": (NormVersion, {"published_as": "somebody"}),
    "band_days_in_order": (Band, BACKWARDS),
    "band_from_day_0": (Band, {"first_day": -1}),
    "band_rises_within_0_to_4": (Band, {"low": 2, "typical": 1, "high": 3, "urgent_above": 4}),
    "band_urgent_above_from_high_to_4": (Band, {"low": 0, "typical": 1, "high": 3, "urgent_above": 2}),
    "phase_days_in_order": (Phase, BACKWARDS),
    "milestone_days_in_order": (Milestone, BACKWARDS),
    "guidance_days_in_order": (Guidance, BACKWARDS),
    "guidance_do_or_avoid": (Guidance, {"kind": "maybe"}),
    "warningsign_days_in_order": (WarningSign, BACKWARDS),
    "warning_sign_is_a_flag": (WarningSign, {"urgency": 1}),
    "adjustment_days_in_order": (Adjustment, BACKWARDS),
    "log_day_from_0": (Log, {"day": 3651}),
    "log_improvement_1_to_5": (Log, {"improvement": 6}),
    "log_urgency_0_to_4": (Log, {"urgency": 5}),
    "rating_severity_0_to_4": (Rating, {"severity": 5}),
    "photo_view_known": (Photo, {"view": "back"}),
    "review_disposition_known": (Review, {"disposition": "ignored"}),
    "review_undone_when_and_by_whom": (Review, {"undone_at": timezone.now}),
    "outgoing_mail_kind_known": (OutgoingMail, {"kind": "gossip"}),
    "outgoing_mail_to_one_person": (OutgoingMail, {"user": None}),
    "outgoing_mail_sent_or_dropped": (OutgoingMail, {"sent_at": timezone.now, "dropped_at": timezone.now}),
    "consent_kind_known": (Consent, {"kind": "everything"}),
    "consent_to_something": (Consent, {"text": ""}),
    "consent_ended_once": (Consent, {"withdrawn_at": timezone.now, "lapsed_at": timezone.now}),
    "clinic_text_kind_known": (ClinicText, {"kind": "gossip"}),
    "clinic_text_numbered_and_not_empty": (ClinicText, {"number": 0}),
    "clinic_text_asks_again_for_photos_only": (ClinicText, {"asks_again": True}),
    "retention_within_1_to_600_months": (Retention, {"delete_months": 601}),
    "retention_deletes_no_sooner_than_it_keeps": (Retention, {"keep_months": 25}),
    "saved_filter_has_a_name": (SavedFilter, {"name": ""}),
    "reply_template_has_name_and_text": (ReplyTemplate, {"name": ""}),
    "flag_urgency_watch_or_higher": (Flag, {"urgency": 1}),
    "flag_rule_known": (Flag, {"rule": "hunch"}),
}
# Name of the constraint: the model, and what a second row may differ in and still be refused.
UNIQUE = {
    "user_email_once_whatever_its_case": (User, {"email": "ANA@example.org"}),
    "treatment_once_a_day": (Treatment, {"session_number": 2}),
    "invitation_one_standing": (Invitation, {"token_digest": "another"}),
    "protocol_slug_once_in_a_clinic": (Protocol, {"name": "Another", "clinic": lambda: a_copy_of_the_first_protocol().clinic}),
    "protocol_slug_once_among_shared": (Protocol, {"name": "Another"}),
    "norm_version_number_once": (NormVersion, {"published_at": timezone.now, "published_as": "x", "reason": "y"}),
    "norm_version_one_draft": (NormVersion, {"number": 99}),
    "band_starts_once": (Band, {"high": 4, "urgent_above": None}),
    "warning_sign_once": (WarningSign, {"label": "Another"}),
    "audit_one_event_a_place": (AuditEvent, {"action": "another"}),
    "audit_one_event_a_place_of_no_clinic": (AuditEvent, {"clinic": None, "seq": 1}),
    "log_one_for_each_day": (Log, {"note": "Again"}),
    "holiday_once_a_day": (Holiday, {"name": "Another"}),
    "saved_filter_name_once": (SavedFilter, {"query": "urgency=watch"}),
    "reply_template_name_once_in_a_clinic": (ReplyTemplate, {"name": "KEEP IT MOIST", "text": "Another"}),
    "consent_one_standing": (Consent, {"text": "Another"}),
    "clinic_text_number_once": (ClinicText, {"text": "Another"}),
    "reminder_once_a_day": (Reminder, {"sent_at": timezone.now}),
    "rating_once_for_each_symptom": (Rating, {"severity": 4}),
    "photo_one_for_each_view": (Photo, {"full": "another.jpg", "sha256": ""}),
    "submission_once": (Submission, {"at": timezone.now}),
    "flag_once_for_each_finding": (Flag, {"urgency": 4}),
}
MORE_CHECKS = [
    ("clinic_text_numbered_and_not_empty", {"text": ""}),
    ("retention_within_1_to_600_months", {"keep_months": 0}),
    ("reply_template_has_name_and_text", {"text": ""}),
    ("clinic_opens_before_it_closes", {"closes_at": "09:00"}),
    ("treatment_depth_up_to_5_mm", {"needle_depth_mm": 0}),
    ("treatment_open_state_whole", {"open_urgency": 1}),
    ("treatment_open_state_whole", {"open_urgency": 0, "open_asked": True}),
    ("treatment_open_state_whole", {"answer_due": None}),
    ("clinic_watch_within_1_to_5_days", {"watch_days": 0}),
    ("clinic_urgent_within_1_to_24_hours", {"urgent_hours": 0}),
    ("treatment_snoozed_only_while_watched", {"open_urgency": 2, "snoozed_until": timezone.now}),
    ("treatment_reviewed_by_somebody", {"reviewed_at": None, "reviewed_by": None, "awaits_since": timezone.now}),
    ("treatment_quiet_from_and_until", {"quiet_until": None}),
    ("invitation_ended_once", {"used_at": timezone.now, "failed_at": timezone.now}),
    ("invitation_ended_once", {"withdrawn_at": timezone.now, "failed_at": timezone.now}),
    ("treatment_closed_by_somebody_with_nothing_open", {"closed_by": an_id_of_somebody}),
    ("treatment_closed_by_somebody_with_nothing_open", {"closed_why": "over"}),
    ("treatment_closed_by_somebody_with_nothing_open", {"closed_at": timezone.now, "closed_by": an_id_of_somebody}),  # a flag is open
    ("review_undone_when_and_by_whom", {"undone_by": an_id_of_somebody}),
    ("outgoing_mail_to_one_person", {"patient": lambda: Patient.objects.first()}),
    ("norm_version_who_when_and_why_together", {"published_at": timezone.now, "reason": "y"}),
    ("norm_version_who_when_and_why_together", {"published_at": timezone.now, "published_as": "x"}),
    ("band_days_in_order", {"last_day": 3651}),
    ("band_rises_within_0_to_4", {"high": 5, "urgent_above": None}),
    ("band_rises_within_0_to_4", {"typical": 4, "high": 3, "urgent_above": 4}),
    ("band_urgent_above_from_high_to_4", {"urgent_above": 5}),
    ("warning_sign_is_a_flag", {"urgency": 5}),
    ("log_improvement_1_to_5", {"improvement": 0}),
    ("flag_urgency_watch_or_higher", {"urgency": 5}),
]


@pytest.fixture
def right_rows(treatment, clinician):
    """A row of each kind that breaks nothing: a draft of norms, a log with flags, a review."""
    draft = a_draft("pen")
    a_photo(a_log(treatment, 3, redness=3).log)
    a_review(treatment, clinician)
    a_log(treatment, 4, "fever", redness=4, key=uuid4())
    Reminder.objects.create(clinic=treatment.clinic, patient=treatment.patient, day=treatment.treated_on)
    Holiday.objects.create(clinic=treatment.clinic, day=treatment.treated_on, name="Founders’ day")
    invite(by=clinician, patient=treatment.patient)
    note_backup_taken({})  # an event of no clinic
    SavedFilter.objects.create(user=clinician, name="Mine", query="urgency=urgent")
    a_reply_text(clinician)
    admin = a_member(treatment.clinic, Role.ADMIN, "Noor Haddad")
    publish_text(by=admin, kind="privacy", language="es", text="Ours.", seen=0)
    set_retention(by=admin, keep_months=12, delete_months=24)
    User.objects.filter(pk=treatment.patient.user_id).update(email="ana@example.org")
    return {
        User: treatment.patient.user,
        Treatment: treatment,
        NormVersion: draft,
        Flag: Flag.objects.open().first(),
        **{model: model.objects.filter(version=draft).first() for model in (Band, Phase, Milestone, Guidance, WarningSign, Adjustment)},
    }


def row_of(model, right_rows):
    row = right_rows.get(model) or model.objects.first()
    row.refresh_from_db()
    return row


def values(changes):
    return {name: value() if callable(value) else value for name, value in changes.items()}


def names(error, name):
    """Whether the database says which constraint it was; SQLite names the columns of a plain unique one."""
    model, constraint = NAMED[name]
    said, table = str(error), model._meta.db_table
    if name in said:
        return True
    if not isinstance(constraint, models.UniqueConstraint):
        return False
    columns = [f"{table}.{model._meta.get_field(field).column}" for field in constraint.fields]
    return said.endswith(f": {', '.join(columns)}")


def test_every_constraint_has_a_row_here():
    assert sorted(NAMED) == sorted([*CHECKS, *UNIQUE])


@pytest.mark.parametrize("name, changes", [*((name, changes) for name, (_, changes) in CHECKS.items()), *MORE_CHECKS])
def test_a_wrong_row_is_refused_by_name(right_rows, name, changes):
    model = CHECKS[name][0]
    row = row_of(model, right_rows)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        model.objects.filter(pk=row.pk).update(**values(changes))
    assert names(refused.value, name)


@pytest.mark.parametrize("name", UNIQUE)
def test_a_second_row_is_refused_by_name(right_rows, name):
    model, changes = UNIQUE[name]
    row = row_of(model, right_rows)
    row.pk = uuid4() if isinstance(row.pk, type(uuid4())) else None
    if hasattr(row, "uuid"):
        row.uuid = uuid4()
    for field, value in values(changes).items():
        setattr(row, field, value)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save(force_insert=True)
    assert names(refused.value, name)


@pytest.mark.parametrize(
    "model, changes",
    [
        (Treatment, {"needle_depth_mm": "5.00"}),
        (Log, {"improvement": 5, "day": 3650}),
        (Rating, {"severity": 4}),
        (Patient, {"reminder_hour": 23}),
        (Patient, {"reminder_hour": None}),
        (Band, {"low": 0, "typical": 0, "high": 4, "urgent_above": 4}),
        (Band, {"low": 4, "typical": 4, "high": 4, "urgent_above": None}),
        (NormVersion, {"published_at": timezone.now, "published_as": "x", "reason": "y"}),
    ],
)
def test_the_edges_are_let_through(right_rows, model, changes):
    assert model.objects.filter(pk=row_of(model, right_rows).pk).update(**values(changes)) == 1


def test_a_withdrawn_flag_leaves_room_for_another(right_rows):
    flag = row_of(Flag, right_rows)
    Flag.objects.filter(pk=flag.pk).update(withdrawn_at=timezone.now() + timedelta(hours=1))
    flag.pk, flag.uuid = None, uuid4()
    flag.save(force_insert=True)
    assert Flag.objects.filter(log=flag.log, rule=flag.rule, subject=flag.subject).count() == 2


def test_each_protocol_may_have_a_draft_of_its_own(right_rows):
    assert a_draft("pen-deep").protocol != right_rows[NormVersion].protocol
    assert NormVersion.objects.filter(published_at=None).count() == 2


@pytest.mark.parametrize("model", [Clinic, Protocol, User])
def test_what_others_point_at_cannot_be_deleted(right_rows, model):
    row = right_rows[NormVersion].protocol if model is Protocol else row_of(model, right_rows)
    with pytest.raises(models.ProtectedError):
        row.delete()
    assert model.objects.filter(pk=row.pk).exists()
