"""psycopg 3, sync."""

import psycopg
from psycopg.types.json import Jsonb

from scenario import again, driver, failing, masked, notes, parts_of, read_samples, refused, run, same, write_echo


def connect():
    return psycopg.connect(autocommit=True)


def code_of(connection, sql):
    try:
        connection.execute(sql)
    except psycopg.Error as error:
        return error.sqlstate
    return "no error"


def echo(binary):
    """Reads all samples and writes them back, in one format both ways."""
    mark = "%b" if binary else "%t"
    with connect() as connection:
        rows = connection.execute(read_samples, binary=binary).fetchall()
        for row in rows:
            values = [Jsonb(value) if isinstance(value, dict) else value for value in row]
            format = "binary" if binary else "text"
            connection.execute(write_echo([mark] * (len(row) + 2)), [driver, format, *values])
    return [row[0] for row in rows]


class Scenario:
    def types_text(self):
        return echo(binary=False)

    def types_binary(self):
        return echo(binary=True)

    def large(self):
        with connect() as connection:
            [data] = connection.execute("SELECT data FROM blobs", binary=True).fetchone()
            connection.execute("INSERT INTO blob_echoes VALUES (%s, %s)", [driver, data])
            return len(data)

    def prepared(self):
        with connect() as connection:
            return sum(
                connection.execute("SELECT %s::int", [n], prepare=True).fetchone()[0] for n in range(40)
            )

    def transactions(self):
        with connect() as connection:
            mark = "INSERT INTO marks VALUES (%s, %s)"
            with connection.transaction():
                connection.execute(mark, [driver, 1])
                with connection.transaction() as inner:
                    connection.execute(mark, [driver, 2])
                    raise psycopg.Rollback(inner)
                connection.execute(mark, [driver, 3])
            with connection.transaction() as outer:
                connection.execute(mark, [driver, 4])
                raise psycopg.Rollback(outer)
            rows = connection.execute("SELECT n FROM marks WHERE driver = %s ORDER BY n", [driver])
            return [n for [n] in rows]

    def errors(self):
        with connect() as connection:
            codes = [code_of(connection, sql) for sql in failing]
            connection.autocommit = False
            code_of(connection, failing[1])
            return [*codes, code_of(connection, "SELECT 1")]

    def cancel(self):
        with connect() as connection, again(connection.cancel_safe):
            return code_of(connection, "SELECT pg_sleep(30)")

    def timeout(self):
        with connect() as connection:
            connection.execute("SET statement_timeout = '100ms'")
            return code_of(connection, "SELECT pg_sleep(30)")

    def copy_in(self):
        with connect() as connection, connection.cursor() as cursor:
            with cursor.copy("COPY lines FROM STDIN") as copy:
                for note in notes:
                    copy.write_row(note)
            return cursor.rowcount

    def copy_out(self):
        with connect() as connection, connection.cursor() as cursor:
            sql = "COPY (SELECT n, note FROM lines WHERE driver = %s ORDER BY n) TO STDOUT"
            with cursor.copy(sql, [driver]) as copy:
                rows = list(copy.rows())
            return [len(rows), *rows[-1]]

    def notice(self):
        with connect() as connection:
            seen = []
            connection.add_notice_handler(lambda diagnostic: seen.append(diagnostic.message_primary))
            connection.execute("ROLLBACK")
            return seen

    def refused(self):
        with connect() as connection:
            try:
                connection.execute(refused)
            except psycopg.errors.InsufficientPrivilege as error:
                return [error.sqlstate, error.diag.message_hint]

    def held(self):
        with connect() as connection:
            sql = "UPDATE ledger SET amount = amount + 1 WHERE driver = %s"
            return connection.execute(sql, [driver]).rowcount

    def masked(self):
        with connect() as connection:
            return same(connection.execute(masked, binary=binary).fetchall() for binary in (False, True))

    def slices(self):
        with psycopg.connect() as connection, connection.cursor(name="slices") as cursor:
            cursor.itersize = 100
            cursor.execute("SELECT n FROM generate_series(1, 1000) AS n")
            return sum(n for [n] in cursor)

    def ahead(self):
        with connect() as connection:
            with connection.pipeline():
                answers = [connection.execute("SELECT %s::int", [n]) for n in range(50)]
            return sum(answer.fetchone()[0] for answer in answers)


libpq = psycopg.pq.version()
run(f"psycopg {psycopg.__version__}, libpq {libpq // 10000}.{libpq % 10000}", parts_of(Scenario))
