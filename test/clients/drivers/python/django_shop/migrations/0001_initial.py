from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Note",
            fields=[("id", models.BigAutoField(primary_key=True)), ("note", models.TextField(unique=True))],
            options={"db_table": "django_notes"},
        ),
        migrations.RunSQL("INSERT INTO django_notes (note) VALUES ('one'), ('twice')"),
    ]
