"""psycopg 2."""

import io

import psycopg2
from psycopg2.extras import Json, register_uuid

from scenario import (
    Remarked,
    again,
    driver,
    failing,
    masked,
    notes,
    parts_of,
    read_samples,
    refused,
    run,
    write_echo,
)

register_uuid()

large_texts = (
    "psycopg 2 writes values into the statement, which may have 1 MiB: larger ones are written by COPY"
)


def connect(autocommit=True):
    connection = psycopg2.connect("")
    connection.autocommit = autocommit
    return connection


def ask(connection, sql, values=None):
    cursor = connection.cursor()
    cursor.execute(sql, values)
    return cursor


def code_of(connection, sql):
    try:
        ask(connection, sql)
    except psycopg2.Error as error:
        return error.pgcode
    return "no error"


class Scenario:
    def types_text(self):
        connection = connect()
        rows = ask(connection, read_samples).fetchall()
        for row in rows:
            values = [Json(value) if isinstance(value, dict) else value for value in row]
            ask(connection, write_echo(["%s"] * (len(row) + 2)), [driver, "text", *values])
        return [row[0] for row in rows]

    types_binary = "psycopg 2 reads and writes text only"

    def large(self):
        connection = connect()
        data = bytes(ask(connection, "SELECT data FROM blobs").fetchone()[0])
        connection.cursor().copy_expert("COPY blob_echoes FROM STDIN", io.StringIO(f"{driver}\t\\\\x{data.hex()}\n"))
        return Remarked(len(data), large_texts)

    def prepared(self):
        connection = connect()
        ask(connection, "PREPARE same (int) AS SELECT $1")
        return sum(ask(connection, "EXECUTE same (%s)", [n]).fetchone()[0] for n in range(40))

    def transactions(self):
        connection = connect(autocommit=False)
        mark = "INSERT INTO marks VALUES (%s, %s)"
        ask(connection, mark, [driver, 1])
        ask(connection, "SAVEPOINT here")
        ask(connection, mark, [driver, 2])
        ask(connection, "ROLLBACK TO here")
        ask(connection, mark, [driver, 3])
        connection.commit()
        ask(connection, mark, [driver, 4])
        connection.rollback()
        rows = ask(connection, "SELECT n FROM marks WHERE driver = %s ORDER BY n", [driver])
        return [n for [n] in rows.fetchall()]

    def errors(self):
        connection = connect()
        codes = [code_of(connection, sql) for sql in failing]
        connection.autocommit = False
        code_of(connection, failing[1])
        return [*codes, code_of(connection, "SELECT 1")]

    def cancel(self):
        connection = connect()
        with again(connection.cancel):
            return code_of(connection, "SELECT pg_sleep(30)")

    def timeout(self):
        connection = connect()
        ask(connection, "SET statement_timeout = '100ms'")
        return code_of(connection, "SELECT pg_sleep(30)")

    def copy_in(self):
        cursor = connect().cursor()
        lines = "".join(f"{key}\t{n}\t{note}\n".replace("e\t", "e\\t") for key, n, note in notes)
        cursor.copy_expert("COPY lines FROM STDIN", io.StringIO(lines))
        return cursor.rowcount

    def copy_out(self):
        out = io.StringIO()
        sql = f"COPY (SELECT n, note FROM lines WHERE driver = '{driver}' ORDER BY n) TO STDOUT"
        connect().cursor().copy_expert(sql, out)
        rows = [line.split("\t") for line in out.getvalue().splitlines()]
        return [len(rows), *(value.replace("\\t", "\t") for value in rows[-1])]

    def notice(self):
        connection = connect()
        ask(connection, "ROLLBACK")
        return [notice.removeprefix("WARNING:").strip() for notice in connection.notices]

    def refused(self):
        try:
            ask(connect(), refused)
        except psycopg2.errors.InsufficientPrivilege as error:
            return [error.pgcode, error.diag.message_hint]

    def held(self):
        return ask(connect(), "UPDATE ledger SET amount = amount + 1 WHERE driver = %s", [driver]).rowcount

    def masked(self):
        return ask(connect(), masked).fetchall()

    def slices(self):
        cursor = connect(autocommit=False).cursor(name="slices")
        cursor.itersize = 100
        cursor.execute("SELECT n FROM generate_series(1, 1000) AS n")
        return sum(n for [n] in cursor)

    ahead = "psycopg 2 has no pipeline mode"


libpq = psycopg2.__libpq_version__
run(f"psycopg {psycopg2.__version__.split()[0]}, libpq {libpq // 10000}.{libpq % 10000}", parts_of(Scenario))
