import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0014_shortcuts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("address_digest", models.CharField(editable=False, max_length=64)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("sent_at", models.DateTimeField(editable=False, help_text="The mail server took it then.", null=True)),
                ("expires_at", models.DateTimeField(editable=False)),
                ("used_at", models.DateTimeField(editable=False, null=True)),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                ("failed_at", models.DateTimeField(editable=False, help_text="No mail server took it: nobody has the link.", null=True)),
                (
                    "clinic",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"),
                ),
                (
                    "patient",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to="patients.patient"),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="treatment",
            name="closed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="treatment",
            name="closed_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="treatment",
            name="closed_why",
            field=models.CharField(blank=True, editable=False, help_text="For colleagues.", max_length=200),
        ),
        migrations.AddConstraint(
            model_name="treatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True), ("closed_why", "")),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False), ("open_urgency", 0)),
                    _connector="OR",
                ),
                name="treatment_closed_by_somebody_with_nothing_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(condition=models.Q(("expires_at__gt", models.F("made_at"))), name="invitation_expires_later"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("used_at__isnull", True), ("withdrawn_at__isnull", True)),
                    models.Q(("failed_at__isnull", True), ("used_at__isnull", True)),
                    models.Q(("failed_at__isnull", True), ("withdrawn_at__isnull", True)),
                    _connector="OR",
                ),
                name="invitation_ended_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("failed_at__isnull", True), ("used_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=("patient",),
                name="invitation_one_standing",
            ),
        ),
    ]
