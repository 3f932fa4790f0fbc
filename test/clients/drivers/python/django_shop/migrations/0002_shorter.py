from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_shop", "0001_initial")]
    operations = [
        migrations.RunSQL("UPDATE django_notes SET note = 'two' WHERE note = 'twice'"),
        migrations.AlterField("Note", "note", models.CharField(max_length=100, unique=True)),
    ]
