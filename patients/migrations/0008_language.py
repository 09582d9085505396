from django.db import migrations, models

import patients.models.people


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0007_erasure"),
    ]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="language",
            field=models.CharField(
                choices=patients.models.people.languages, default="en-gb", help_text="Of the pages and the mails.", max_length=10
            ),
        ),
    ]
