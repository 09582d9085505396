"""The tab of those who have gone quiet reads its page in the order of an index, whatever the history."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0011_flag_promise")]

    operations = [
        migrations.RemoveIndex(model_name="treatment", name="treatment_quiet"),
        migrations.AddIndex(
            model_name="treatment",
            index=models.Index(
                "clinic",
                models.F("last_log_flagged").desc(),
                models.F("quiet_from").desc(),
                models.F("id").desc(),
                "quiet_until",
                condition=models.Q(("quiet_from__isnull", False)),
                name="treatment_quiet_order",
            ),
        ),
    ]
