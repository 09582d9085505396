import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_photos")]
    operations = [
        migrations.AddField(
            model_name="patient",
            name="reminder_hour",
            field=models.PositiveSmallIntegerField(blank=True, default=18, null=True),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["time_zone", "reminder_hour"], name="patient_by_reminder_hour"),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(("reminder_hour__isnull", True), ("reminder_hour__lte", 23), _connector="OR"),
                name="patient_reminder_hour_to_23",
            ),
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="The patient's local date.")),
                ("kind", models.CharField(choices=[("log", "Asks for the day's log")], default="log", max_length=10)),
                ("claimed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sent_at", models.DateTimeField(editable=False, null=True)),
                (
                    "clinic",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="reminders", to="patients.patient"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("patient", "day"), name="reminder_once_a_day"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["log"])), name="reminder_kind_known"),
                ],
            },
        ),
    ]
