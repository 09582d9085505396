import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from patients.models.frozen import install, remove


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0003_starting_norms"),
    ]

    operations = [
        # First and last: SQLite rebuilds these tables, and their triggers would go or stand in the way.
        migrations.RunPython(lambda apps, editor: remove(editor), migrations.RunPython.noop),
        migrations.AlterModelOptions(
            name="adjustment",
            options={"ordering": ["factor", "first_day", "pk"]},
        ),
        migrations.AlterModelOptions(
            name="band",
            options={"ordering": ["symptom__position", "first_day", "pk"]},
        ),
        migrations.AlterModelOptions(
            name="milestone",
            options={"ordering": ["first_day", "last_day", "pk"]},
        ),
        migrations.AlterModelOptions(
            name="phase",
            options={"ordering": ["first_day", "pk"]},
        ),
        migrations.AlterModelOptions(
            name="protocol",
            options={"ordering": ["position", "pk"]},
        ),
        migrations.AddField(
            model_name="normversion",
            name="edited_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="normversion",
            name="edited_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="normversion",
            name="edits",
            field=models.PositiveIntegerField(
                default=0, help_text="Counts the saves of a draft, so that two people do not overwrite each other."
            ),
        ),
        migrations.AddField(
            model_name="normversion",
            name="started_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="protocol",
            name="clinic",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: shared by all.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="patients.clinic",
            ),
        ),
        migrations.AddField(
            model_name="protocol",
            name="copied_from",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.protocol"
            ),
        ),
        migrations.AddField(
            model_name="protocol",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        # No longer unique by itself: a clinic's copy keeps the slug. The two constraints below take its place.
        migrations.AlterField(
            model_name="protocol",
            name="slug",
            field=models.SlugField(),
        ),
        # The same name with two more columns: the preview counts a period in the index alone.
        migrations.RemoveIndex(model_name="log", name="log_newest_by_clinic"),
        migrations.AddIndex(
            model_name="log",
            index=models.Index(fields=["clinic", "-entered_at", "treatment", "urgency"], name="log_newest_by_clinic"),
        ),
        migrations.AddIndex(
            model_name="log",
            index=models.Index(fields=["clinic", "day", "treatment", "entered_at"], name="log_by_clinic_and_day"),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.UniqueConstraint(fields=("clinic", "slug"), name="protocol_slug_once_in_a_clinic"),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.UniqueConstraint(
                condition=models.Q(("clinic__isnull", True)), fields=("slug",), name="protocol_slug_once_among_shared"
            ),
        ),
        migrations.AddConstraint(
            model_name="protocol",
            constraint=models.CheckConstraint(
                condition=models.Q(("copied_from__isnull", True), ("clinic__isnull", False), _connector="OR"),
                name="protocol_copies_belong_to_a_clinic",
            ),
        ),
        migrations.RunPython(lambda apps, editor: install(editor), migrations.RunPython.noop),
    ]
