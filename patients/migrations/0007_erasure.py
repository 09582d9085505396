from django.db import migrations

from patients.models.frozen import install


class Migration(migrations.Migration):
    """The audit's triggers anew: they let the events of an erased record be blanked, and nothing else."""

    dependencies = [("patients", "0006_reminders")]
    operations = [migrations.RunPython(lambda apps, editor: install(editor), migrations.RunPython.noop)]
