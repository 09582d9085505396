import re
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q

from patients.models.chain import START, AuditHead
from patients.models.frozen import install, remove

BATCH = 2000
ROLE = re.compile(r"\((patient|clinician|admin)\)$")
FILLED = ("role", "seq", "salt", "who_digest", "what_digest", "prev", "hash")

FILL = """UPDATE patients_auditevent SET role = %s, seq = %s, salt = %s, who_digest = %s, what_digest = %s, prev = %s, hash = %s WHERE id = %s"""


def let_through(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    remove(editor)
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP TRIGGER IF EXISTS patients_auditevent_frozen ON patients_auditevent", params=None)


def chain_rows(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """What is there already, clinic by clinic in the order in which it was written."""
    events, heads = apps.get_model("patients", "AuditEvent").objects, apps.get_model("patients", "AuditHead").objects
    for clinic in events.order_by().values_list("clinic", flat=True).distinct():
        head, last = AuditHead(chain=clinic or 0), 0
        rows = events.filter(clinic=clinic) if clinic else events.filter(clinic__isnull=True)
        while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
            for row in batch:
                said = ROLE.search(row.actor_label)
                row.role = said[1] if said else ""
                head.take(row)
            _store(editor, batch)
            last = batch[-1].pk
        heads.create(chain=head.chain, count=head.count, hash=head.hash)


def _store(editor: BaseDatabaseSchemaEditor, batch: list[Any]) -> None:
    with editor.connection.cursor() as cursor:
        said = [[*(getattr(row, name) for name in FILLED), row.pk] for row in batch]
        cursor.executemany(FILL, said)


def text(length: int, **more: Any) -> models.CharField:
    return models.CharField(max_length=length, blank=True, default="", **more)


class Migration(migrations.Migration):
    """Chains the audit. One transaction: stopped on the way it has done nothing, and can be run again."""

    dependencies = [("patients", "0016_sign_in")]

    operations = [
        migrations.RunPython(let_through, lambda apps, editor: install(editor)),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("chain", models.BigIntegerField(primary_key=True, serialize=False)),
                ("count", models.BigIntegerField(default=0)),
                ("hash", models.CharField(default=START, max_length=64)),
            ],
        ),
        migrations.AddField("auditevent", "role", text(10, help_text="The role of that day; empty for the system.")),
        migrations.AddField("auditevent", "request_id", text(16, help_text="The same as in the server’s log and in X-Request-ID.")),
        migrations.AddField("auditevent", "seq", models.BigIntegerField(editable=False, null=True)),
        migrations.AddField("auditevent", "salt", text(32, editable=False)),
        migrations.AddField("auditevent", "who_digest", text(64, editable=False)),
        migrations.AddField("auditevent", "what_digest", text(64, editable=False)),
        migrations.AddField("auditevent", "prev", text(64, editable=False)),
        migrations.AddField("auditevent", "hash", text(64, editable=False)),
        migrations.RunPython(chain_rows, migrations.RunPython.noop),
        migrations.AddConstraint("auditevent", models.UniqueConstraint(fields=["clinic", "seq"], name="audit_one_event_a_place")),
        migrations.AddConstraint(
            "auditevent",
            models.UniqueConstraint(condition=Q(("clinic__isnull", True)), fields=["seq"], name="audit_one_event_a_place_of_no_clinic"),
        ),
        migrations.RunPython(lambda apps, editor: install(editor), let_through),
    ]
