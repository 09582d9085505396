from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0010_fill_queue")]
    operations = [migrations.AlterField(model_name="flag", name="answer_due", field=models.DateTimeField(editable=False))]
