import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import patients.models.people


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0018_submissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("announced_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "tried_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, help_text="Who tried last; of two at once one sends it."
                    ),
                ),
                ("sent_at", models.DateTimeField(editable=False, help_text="A mail server took it then.", null=True)),
                (
                    "clinic",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"),
                ),
                (
                    "patient",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="erasure_notice", to="patients.patient"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("keep_until", models.DateField()),
                (
                    "clinic",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"),
                ),
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="erasure_request", to="patients.patient"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClinicText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("privacy", "Privacy page"), ("photos", "Before photos are allowed")], max_length=10)),
                ("language", models.CharField(choices=patients.models.people.languages, max_length=10)),
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("asks_again", models.BooleanField(default=False)),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="texts", to="patients.clinic"
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "kind", "language", "number"), name="clinic_text_number_once"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["privacy", "photos"])), name="clinic_text_kind_known"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1), models.Q(("text", ""), _negated=True)),
                        name="clinic_text_numbered_and_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("asks_again", False), ("kind", "photos"), _connector="OR"),
                        name="clinic_text_asks_again_for_photos_only",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("photos", "Photos")], default="photos", max_length=10)),
                ("language", models.CharField(max_length=10)),
                ("number", models.PositiveIntegerField(help_text="Version of the clinic's text; 0 is the one that is shipped.")),
                ("text", models.TextField(help_text="What was on the page.")),
                ("given_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                ("lapsed_at", models.DateTimeField(editable=False, help_text="The clinic asked everybody again then.", null=True)),
                (
                    "clinic",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"),
                ),
                ("patient", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="patients.patient")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["photos"])), name="consent_kind_known"),
                    models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="consent_to_something"),
                    models.CheckConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True), ("lapsed_at__isnull", True), _connector="OR"),
                        name="consent_ended_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lapsed_at__isnull", True), ("withdrawn_at__isnull", True)),
                        fields=("patient", "kind"),
                        name="consent_one_standing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Retention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("keep_months", models.PositiveSmallIntegerField(help_text="Must be kept so long; empty: no such duty.", null=True)),
                ("delete_months", models.PositiveSmallIntegerField(help_text="Erased by itself after so long; empty: never.", null=True)),
                (
                    "clinic",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="retention", to="patients.clinic"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("keep_months__isnull", True), models.Q(("keep_months__gte", 1), ("keep_months__lte", 600)), _connector="OR"
                            ),
                            models.Q(
                                ("delete_months__isnull", True),
                                models.Q(("delete_months__gte", 1), ("delete_months__lte", 600)),
                                _connector="OR",
                            ),
                        ),
                        name="retention_within_1_to_600_months",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("keep_months__isnull", True),
                            ("delete_months__isnull", True),
                            ("delete_months__gte", models.F("keep_months")),
                            _connector="OR",
                        ),
                        name="retention_deletes_no_sooner_than_it_keeps",
                    ),
                ],
            },
        ),
    ]
