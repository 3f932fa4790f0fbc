"""The scenario's tables as Django sees them; `Note` is one of Django's own."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class SampleColumns(models.Model):
    b = models.BooleanField(null=True)
    i2 = models.SmallIntegerField(null=True)
    i4 = models.IntegerField(null=True)
    i8 = models.BigIntegerField(null=True)
    n = models.DecimalField(null=True, max_digits=1000, decimal_places=30)
    f4 = models.FloatField(null=True)
    f8 = models.FloatField(null=True)
    t = models.TextField(null=True)
    by = models.BinaryField(null=True)
    d = models.DateField(null=True)
    tz = models.DateTimeField(null=True)
    tm = models.TimeField(null=True)
    iv = models.DurationField(null=True)
    u = models.UUIDField(null=True)
    j = models.JSONField(null=True)
    ints = ArrayField(models.IntegerField(), null=True)
    texts = ArrayField(models.TextField(null=True), null=True)

    class Meta:
        abstract = True


class LocalTime(models.Field):
    """A timestamp without a zone, for which Django has no field."""

    def db_type(self, connection):
        return "timestamp"


class Sample(SampleColumns):
    ts = LocalTime(null=True)

    class Meta:
        db_table = "samples"
        managed = False


class Echo(SampleColumns):
    pk = models.CompositePrimaryKey("driver", "format", "id")
    driver = models.TextField()
    format = models.TextField()
    id = models.IntegerField()
    ts = LocalTime(null=True)

    class Meta:
        db_table = "echoes"
        managed = False


class Mark(models.Model):
    pk = models.CompositePrimaryKey("driver", "n")
    driver = models.TextField()
    n = models.IntegerField()

    class Meta:
        db_table = "marks"
        managed = False


class Blob(models.Model):
    driver = models.TextField(primary_key=True)
    data = models.BinaryField()

    class Meta:
        db_table = "blob_echoes"
        managed = False


class Ledger(models.Model):
    driver = models.TextField(primary_key=True)
    amount = models.IntegerField()

    class Meta:
        db_table = "ledger"
        managed = False


class Note(models.Model):
    note = models.CharField(max_length=100, unique=True)

    class Meta:
        db_table = "django_notes"
