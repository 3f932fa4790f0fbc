"""Django's ORM upon psycopg 3, with migrations of its own in `django_shop`."""

import os

import django
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from scenario import Remarked, again, driver, failing, masked, parts_of, refused, run

database = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": os.environ["PGDATABASE"],
    "HOST": os.environ["PGHOST"],
    "PORT": os.environ["PGPORT"],
    "USER": os.environ["PGUSER"],
    "PASSWORD": os.environ["PGPASSWORD"],
    "OPTIONS": {"server_side_binding": True},
}
settings.configure(
    DATABASES={
        "default": database,
        "migrator": {**database, "PASSWORD": os.environ["MIGRATOR_PASSWORD"]},
    },
    INSTALLED_APPS=["django_shop"],
    USE_TZ=True,
)
django.setup()

from django_shop.models import Blob, Echo, Ledger, Mark, Note, Sample  # noqa: E402 - needs the settings


def ask(sql, values=None):
    cursor = connection.cursor()
    cursor.execute(sql, values)
    return cursor


def code_of(sql):
    try:
        ask(sql)
    except DatabaseError as error:
        return error.__cause__.sqlstate
    return "no error"


class Scenario:
    def types_text(self):
        fields = [field.attname for field in Sample._meta.concrete_fields]
        samples = list(Sample.objects.order_by("id"))
        for sample in samples:
            Echo.objects.create(driver=driver, format="text", **{name: getattr(sample, name) for name in fields})
        return [sample.id for sample in samples]

    types_binary = "Django reads text"

    def large(self):
        data = bytes(ask("SELECT data FROM blobs").fetchone()[0])
        Blob.objects.create(driver=driver, data=data)
        return Remarked(len(data), "with `server_side_binding`: else Django writes values into the statement, which may have 1 MiB")

    def prepared(self):
        """psycopg 3 prepares by itself what is run more than five times."""
        return sum(ask("SELECT %s::int", [n]).fetchone()[0] for n in range(40))

    def transactions(self):
        with transaction.atomic():
            Mark.objects.create(driver=driver, n=1)
            here = transaction.savepoint()
            Mark.objects.create(driver=driver, n=2)
            transaction.savepoint_rollback(here)
            Mark.objects.create(driver=driver, n=3)
        with transaction.atomic():
            Mark.objects.create(driver=driver, n=4)
            transaction.set_rollback(True)
        return list(Mark.objects.filter(driver=driver).order_by("n").values_list("n", flat=True))

    def errors(self):
        codes = [code_of(sql) for sql in failing]
        with transaction.atomic():
            transaction.set_rollback(True)
            try:
                connection.connection.execute(failing[1])
            except Exception:
                pass
            try:
                connection.connection.execute("SELECT 1")
            except Exception as error:
                codes.append(error.sqlstate)
        return codes

    def cancel(self):
        ask("SELECT 1")
        with again(connection.connection.cancel_safe):
            return code_of("SELECT pg_sleep(30)")

    def timeout(self):
        with transaction.atomic():
            ask("SET LOCAL statement_timeout = '100ms'")
            code = code_of("SELECT pg_sleep(30)")
            transaction.set_rollback(True)
            return code

    copy_in = copy_out = notice = ahead = "left to the driver below"

    def refused(self):
        try:
            ask(refused)
        except DatabaseError as error:
            return [error.__cause__.sqlstate, error.__cause__.diag.message_hint]

    def held(self):
        return Ledger.objects.filter(driver=driver).update(amount=F("amount") + 1)

    def masked(self):
        return [list(row) for row in ask(masked).fetchall()]

    def slices(self):
        with transaction.atomic():
            Mark.objects.bulk_create(Mark(driver=driver, n=1000 + n) for n in range(1, 1001))
            mine = Mark.objects.filter(driver=driver, n__gt=1000)
            return sum(mark.n - 1000 for mark in mine.iterator(chunk_size=100))

    def migrates(self):
        call_command("migrate", database="migrator", verbosity=0)
        return list(Note.objects.using("migrator").order_by("id").values_list("note", flat=True))


run(f"Django {django.__version__}", parts_of(Scenario))
