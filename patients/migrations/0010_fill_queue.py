"""Promises, reviews and check-ins of what is there already, as they would have been kept from the beginning."""

from collections import defaultdict
from datetime import datetime, time, timedelta
from itertools import islice
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from django.db import migrations
from django.db.models import F

from recovery.timeline.checkin import next_check_in
from recovery.timeline.course import Course
from recovery.timeline.promise import OpeningHours, answer_due
from recovery.timeline.scale import Disposition, Urgency

CHUNK = 500


def promise(apps, schema_editor):
    """Each flag keeps what was promised by the hours of its clinic."""
    connection = schema_editor.connection
    flags = apps.get_model("patients", "Flag").objects.using(connection.alias)
    store = connection.ops.adapt_datetimefield_value
    for clinic in apps.get_model("patients", "Clinic").objects.using(connection.alias):
        hours = OpeningHours(clinic.opens_at, clinic.closes_at, frozenset(int(day) for day in clinic.weekdays))
        zone = ZoneInfo(clinic.time_zone)
        rows = iter(list(flags.filter(clinic=clinic).values_list("pk", "urgency", "raised_at")))
        while some := list(islice(rows, 5000)):
            due = [(store(answer_due(Urgency(urgency), at.astimezone(zone), hours)), pk) for pk, urgency, at in some]
            with connection.cursor() as cursor:
                cursor.executemany("UPDATE patients_flag SET answer_due = %s WHERE id = %s", due)


def state(apps, schema_editor):
    """The open distance, the newest review and the next check-in of each treatment."""
    alias = schema_editor.connection.alias
    treatments = apps.get_model("patients", "Treatment").objects.using(alias)
    norms = _norms(apps, alias)
    keys = iter(list(treatments.order_by("pk").values_list("pk", flat=True)))
    while some := list(islice(keys, CHUNK)):
        _fill(apps, alias, norms, some)
    # Whoever works the queue has seen what is urgent in it: the next calm log is no news.
    treatments.filter(open_urgency__gte=3).update(mailed_urgency=F("open_urgency"), mailed_distance=F("open_distance"))


def _norms(apps, alias):
    """Of each version as much as the next check-in asks for."""
    last, phases = defaultdict(lambda: -1), defaultdict(list)
    for version, day in apps.get_model("patients", "Band").objects.using(alias).values_list("version", "last_day"):
        last[version] = max(last[version], day)
    for phase in apps.get_model("patients", "Phase").objects.using(alias).order_by("first_day", "pk"):
        phases[phase.version_id].append(phase)

    def of(version):
        return SimpleNamespace(last_day=last[version], course=Course(phases=phases[version]))

    return {version: of(version) for version in last}


def _fill(apps, alias, norms, keys):
    def model(name):
        return apps.get_model("patients", name).objects.using(alias)

    logs = {}
    entered = defaultdict(lambda: None)
    for log in model("Log").filter(treatment__in=keys).order_by("day"):
        logs[log.treatment_id] = log
        at = max(log.entered_at, log.amended_at or log.entered_at)
        entered[log.treatment_id] = max(at, entered[log.treatment_id] or at)
    reviews = {review.treatment_id: review for review in model("Review").filter(treatment__in=keys).order_by("reviewed_at", "pk")}
    distances = defaultdict(int)
    for key, distance in model("Flag").filter(treatment__in=keys, review=None, withdrawn_at=None).values_list("treatment", "distance"):
        distances[key] = max(distances[key], distance)
    following = dict(model("Treatment").filter(session_before__in=keys).values_list("session_before", "treated_on"))
    found = list(model("Treatment").filter(pk__in=keys).select_related("patient"))
    for treatment in found:
        log, review = logs.get(treatment.pk), reviews.get(treatment.pk)
        treatment.open_distance = distances[treatment.pk]
        treatment.last_log_day, treatment.last_log_flagged = (log.day, log.urgency >= Urgency.WATCH) if log else (None, False)
        if review:
            treatment.reviewed_at, treatment.reviewed_by_id = review.reviewed_at, review.reviewed_by_id
            is_newer = entered[treatment.pk] is not None and entered[treatment.pk] > review.reviewed_at
            if Disposition(review.disposition).awaits_patient(review.reply) and not is_newer:
                treatment.awaits_since = review.reviewed_at
        _quiet(treatment, norms.get(treatment.norm_version_id), following.get(treatment.pk))
    fields = [
        "open_distance",
        "last_log_day",
        "last_log_flagged",
        "reviewed_at",
        "reviewed_by",
        "awaits_since",
        "quiet_from",
        "quiet_until",
    ]
    model("Treatment").bulk_update(found, fields, batch_size=100)


def _quiet(treatment, norms, next_session):
    zone = ZoneInfo(treatment.patient.time_zone)
    recorded = (treatment.recorded_at.astimezone(zone).date() - treatment.treated_on).days
    logged = [] if treatment.last_log_day is None else [treatment.last_log_day]
    day = norms and next_check_in(norms, max(recorded, *(day + 1 for day in logged), 0), logged)
    if day is None:
        return
    last_day = norms.last_day if next_session is None else min(norms.last_day, (next_session - treatment.treated_on).days - 1)
    if day <= last_day:
        treatment.quiet_from, treatment.quiet_until = (
            datetime.combine(treatment.treated_on + timedelta(days=last + 1), time(), zone) for last in (day, last_day)
        )


def nothing(apps, schema_editor):
    """What was filled in goes with its columns."""


class Migration(migrations.Migration):
    dependencies = [("patients", "0009_queue")]
    operations = [migrations.RunPython(promise, nothing), migrations.RunPython(state, nothing)]
