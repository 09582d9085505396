import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0017_audit_chain")]
    operations = [
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False, help_text="Made with the page that was sent.")),
                ("day", models.PositiveSmallIntegerField()),
                ("digest", models.CharField(editable=False, help_text="Of what was sent.", max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "clinic",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"),
                ),
                (
                    "treatment",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.treatment"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("treatment", "key", "day", "digest"), name="submission_once")]},
        )
    ]
