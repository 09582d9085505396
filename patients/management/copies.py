"""Many more of the same: the finished recoveries of a seeded clinic, copied inside the database.

The engine judges about a thousand logs a second on one core; copying takes a tenth of that time. A copy has ids, addresses and
public ids of its own and shares course, dates and answers with what it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import ExpressionWrapper, F, Value
from django.db.models.functions import Cast, Concat, Substr

from patients.actions import audit
from patients.models import AuditEvent, Clinic, Flag, Log, Patient, Rating, Review, Treatment, User
from patients.models.treatments import TreatmentQuerySet

BATCH = 2000
OVER_AFTER = timedelta(days=30)  # whoever was treated earlier is no longer under way (patients.management.load)
# What is copied, parents first, and the way from each row to its treatment, or to what OF names of it.
WAYS: Mapping[type[models.Model], str] = {
    User: "",
    EmailAddress: "user",
    Patient: "",
    Treatment: "",
    Log: "treatment",
    Rating: "log__treatment",
    Review: "treatment",
    Flag: "treatment",
}
OF: Mapping[type[models.Model], str] = {
    **dict.fromkeys([User, EmailAddress], "patient__user"),
    Patient: "patient",
}
MOST_COPIES = 10_000


def copy_finished(clinic: Clinic, times: int) -> None:
    """Copies what is finished so many times, a transaction each."""
    # Beyond every id there is: a copy's id is its original's and so many steps.
    steps: dict[type[models.Model], int] = {AuditEvent: _last(AuditEvent)} | {model: _last(model) for model in WAYS}
    for number in range(1, times + 1):
        with transaction.atomic():
            for model, way in WAYS.items():
                _copy(model, way, clinic, number, steps)
            _copy_events(clinic, number, steps)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(WAYS)):
            cursor.execute(statement)


def _last(model: type[models.Model]) -> int:
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _over(clinic: Clinic, steps: Mapping[type[models.Model], int]) -> TreatmentQuerySet:
    # What was copied before lies beyond the step.
    return Treatment.objects.filter(clinic=clinic, treated_on__lt=clinic.today() - OVER_AFTER, pk__lte=steps[Treatment])


def _copy_events(clinic: Clinic, number: int, steps: Mapping[type[models.Model], int]) -> None:
    """Row by row, and not inside the database: each takes in the hash of the one before."""
    # As a set: joined, the events would be sought once for each patient, and nothing finds them by their actor.
    actors = _over(clinic, steps).values("patient__user")
    found = AuditEvent.objects.filter(actor__in=actors, pk__lte=steps[AuditEvent]).order_by("pk").iterator()
    while batch := list(islice(found, BATCH)):
        for event in batch:
            event.pk, event.subject_id = None, f"{number:08x}{event.subject_id[8:]}"
            event.actor_id = (event.actor_id or 0) + number * steps[User]
        audit.append(batch)


def _copy(model: type[models.Model], way: str, clinic: Clinic, number: int, steps: Mapping[type[models.Model], int]) -> None:
    which = {f"{way}__in" if way else "pk__in": _over(clinic, steps).values(OF.get(model, "pk")), "pk__lte": steps[model]}
    columns = {field.column: _value(field, number, steps) for field in model._meta.concrete_fields}
    # The manager of users joins their clinics: only its rows are wanted here.
    rows = model._base_manager.filter(**which).order_by().values_list(*columns.values())
    sql, values = rows.query.sql_with_params()
    names = ", ".join(connection.ops.quote_name(str(column)) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) {sql}", values)  # noqa: S608 - own names


def _value(field: models.Field[Any, Any], number: int, steps: Mapping[type[models.Model], int]) -> Any:
    """What the copy has in a column."""
    model: Any = field.model if field.primary_key else field.related_model
    # Whose staff answered stays the same: only patients are copied.
    is_staff = model is User and field.name in ("recorded_by", "reviewed_by", "undone_by", "snoozed_by", "assigned_to")
    if model in steps and not is_staff:
        return F(field.attname) + number * steps[model]
    if field.name == "email":
        return Concat(Value(f"copy{number}."), F("email"), output_field=models.TextField())
    # Eight digits are random in the original, so that hardly one has its copy's by itself.
    # By the same rule as where the audit names it, so that both still say the same.
    if isinstance(field, models.UUIDField):
        said = Concat(Value(f"{number:08x}"), Substr(Cast(field.attname, models.TextField()), 9), output_field=models.TextField())
        return Cast(said, field)
    # As it lies there: PostgreSQL would hand JSON over as text, which it does not take back as JSON.
    return ExpressionWrapper(F(field.attname), output_field=models.TextField())
