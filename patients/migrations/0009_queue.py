import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0008_language"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="reminder",
            name="reminder_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="treatment",
            name="treatment_open_state_whole",
        ),
        migrations.RemoveIndex(
            model_name="treatment",
            name="treatment_queue",
        ),
        migrations.AddField(
            model_name="clinic",
            name="urgent_hours",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Working hours until what is urgent is answered; empty: the same working day.", null=True
            ),
        ),
        migrations.AddField(
            model_name="clinic",
            name="watch_days",
            field=models.PositiveSmallIntegerField(default=2, help_text="Working days until a watch is answered."),
        ),
        migrations.AddField(
            model_name="flag",
            name="answer_due",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="undone_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="review",
            name="undone_by",
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
            name="assigned_to",
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
            name="awaits_since",
            field=models.DateTimeField(editable=False, help_text="Answered then, and the next step is the patient's.", null=True),
        ),
        migrations.AddField(
            model_name="treatment",
            name="last_log_day",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="treatment",
            name="last_log_flagged",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="treatment",
            name="mailed_distance",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="treatment",
            name="mailed_urgency",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="treatment",
            name="open_distance",
            field=models.PositiveSmallIntegerField(default=0, editable=False, help_text="The largest distance outside the band."),
        ),
        migrations.AddField(
            model_name="treatment",
            name="quiet_from",
            field=models.DateTimeField(editable=False, help_text="The day of the next check-in is over then.", null=True),
        ),
        migrations.AddField(
            model_name="treatment",
            name="quiet_until",
            field=models.DateTimeField(editable=False, help_text="The norms ask for nothing from then on.", null=True),
        ),
        migrations.AddField(
            model_name="treatment",
            name="reviewed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="treatment",
            name="reviewed_by",
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
            name="snoozed_by",
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
            name="snoozed_until",
            field=models.DateTimeField(editable=False, help_text="Out of sight until then, by the choice of a clinician.", null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="is_on_call",
            field=models.BooleanField(default=False, help_text="A clinician who is mailed at once about what is urgent."),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="kind",
            field=models.CharField(
                choices=[("log", "Asks for the day's log"), ("nudge", "A clinician asks after a silence")], default="log", max_length=10
            ),
        ),
        migrations.AddIndex(
            model_name="treatment",
            index=models.Index(
                models.F("clinic"),
                models.OrderBy(models.F("open_urgency"), descending=True),
                models.OrderBy(models.F("open_asked"), descending=True),
                models.OrderBy(models.F("open_distance"), descending=True),
                models.F("open_since"),
                models.F("id"),
                models.F("answer_due"),
                models.F("snoozed_until"),
                condition=models.Q(("open_urgency__gt", 0)),
                name="treatment_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="treatment",
            index=models.Index(
                models.F("clinic"),
                models.OrderBy(models.F("awaits_since"), descending=True),
                condition=models.Q(("awaits_since__isnull", False)),
                name="treatment_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="treatment",
            index=models.Index(
                models.F("clinic"),
                models.OrderBy(models.F("reviewed_at"), descending=True),
                condition=models.Q(("reviewed_at__isnull", False)),
                name="treatment_reviewed",
            ),
        ),
        migrations.AddIndex(
            model_name="treatment",
            index=models.Index(
                condition=models.Q(("quiet_from__isnull", False)), fields=["clinic", "quiet_until", "quiet_from"], name="treatment_quiet"
            ),
        ),
        migrations.AddConstraint(
            model_name="clinic",
            constraint=models.CheckConstraint(
                condition=models.Q(("watch_days__gte", 1), ("watch_days__lte", 5)), name="clinic_watch_within_1_to_5_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="clinic",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("urgent_hours__isnull", True), models.Q(("urgent_hours__gte", 1), ("urgent_hours__lte", 24)), _connector="OR"
                ),
                name="clinic_urgent_within_1_to_24_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["log", "nudge"])), name="reminder_kind_known"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                    _connector="OR",
                ),
                name="review_undone_when_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answer_due__isnull", True),
                        ("open_asked", False),
                        ("open_distance", 0),
                        ("open_since__isnull", True),
                        ("open_urgency", 0),
                    ),
                    models.Q(("answer_due__isnull", False), ("open_since__isnull", False), ("open_urgency__in", [2, 3, 4])),
                    _connector="OR",
                ),
                name="treatment_open_state_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("snoozed_by__isnull", True), ("snoozed_until__isnull", True)),
                    models.Q(("open_urgency", 2), ("snoozed_by__isnull", False), ("snoozed_until__isnull", False)),
                    _connector="OR",
                ),
                name="treatment_snoozed_only_while_watched",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("awaits_since__isnull", True), ("reviewed_at__isnull", True), ("reviewed_by__isnull", True)),
                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                    _connector="OR",
                ),
                name="treatment_reviewed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quiet_from__isnull", True), ("quiet_until__isnull", True)),
                    models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                    _connector="OR",
                ),
                name="treatment_quiet_from_and_until",
            ),
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("name", models.CharField(max_length=80)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="holidays", to="patients.clinic"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("clinic", "day"), name="holiday_once_a_day")],
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reply", "The clinic has answered"),
                            ("alert", "Something needs the clinic at once"),
                            ("overdue", "How many rows are past their time"),
                        ],
                        max_length=10,
                    ),
                ),
                ("key", models.CharField(max_length=120, unique=True)),
                ("queued_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("send_after", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(editable=False, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("sent_at", models.DateTimeField(editable=False, null=True)),
                ("dropped_at", models.DateTimeField(editable=False, null=True)),
                (
                    "clinic",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.clinic"),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.review"
                    ),
                ),
                (
                    "treatment",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.treatment"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["reply", "alert", "overdue"])), name="outgoing_mail_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("patient__isnull", True), ("user__isnull", False)),
                            models.Q(("patient__isnull", False), ("user__isnull", True)),
                            _connector="OR",
                        ),
                        name="outgoing_mail_to_one_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sent_at__isnull", True), ("dropped_at__isnull", True), _connector="OR"),
                        name="outgoing_mail_sent_or_dropped",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("dropped_at__isnull", True), ("sent_at__isnull", True)),
                        fields=["send_after", "id"],
                        name="outgoing_mail_waiting",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(max_length=2000)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "name"), name="saved_filter_name_once"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="saved_filter_has_a_name"),
                ],
                "ordering": ["name"],
            },
        ),
    ]
