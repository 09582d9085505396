from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0013_reply_templates")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="has_shortcuts",
            field=models.BooleanField(default=True, help_text="Single keys work on the pages of the clinic."),
        )
    ]
