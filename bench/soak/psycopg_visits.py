"""A client of the soak that is psycopg 3: reads what to do from its arguments, writes a JSON document a line."""

import json
import random
import sys
import threading
import time

import psycopg

port, group, token, seed, until = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
CUSTOMERS = 2000
LINES = 200
chance = random.Random(seed)
name = f"psycopg{group}"
numbers = iter(range(1, 1_000_000_000))


def say(kind, **more):
    print(json.dumps({"kind": kind, **more}), flush=True)


def new_id(kind):
    return f"{kind}_{name}_{next(numbers)}"


def question(cursor, sql, values, rows_due, **more):
    id = new_id("q")
    rows = cursor.execute(sql, [id, *values], **more).fetchall()
    strange = [row for row in rows if row[0] != id]
    if strange or len(rows) != rows_due:
        say("wrong", what=f"{id}: {len(rows)} rows, {strange[:1]}")
    say("answered", id=id)
    return rows


def look_up(connection):
    id = chance.randint(1, CUSTOMERS)
    with connection.cursor(binary=chance.random() < 0.5) as cursor:
        sql = "SELECT %s::text, id, name, email, ssn FROM public.customers WHERE id = %s"
        for row in question(cursor, sql, [id], 1, prepare=chance.random() < 0.5):
            if row[1:] != (id, f"Person {id}", "p***@***.example", "[redacted]"):
                say("wrong", what=f"customer {id} came as {row}")


def pipeline(connection):
    with connection.pipeline():
        asked = []
        for _ in range(chance.randint(2, 20)):
            id, cursor = new_id("q"), connection.cursor()
            cursor.execute("SELECT %s::text, id FROM public.customers WHERE id = %s", [id, chance.randint(1, CUSTOMERS)])
            asked.append((id, cursor))
    for id, cursor in asked:
        rows = cursor.fetchall()
        if [row[0] for row in rows] != [id]:
            say("wrong", what=f"{id} was answered with {rows}")
        say("answered", id=id)


def server_cursor(connection):
    rows_due, id, came = chance.randint(50, 500), new_id("q"), 0
    with connection.transaction(), connection.cursor(name="slices") as cursor:
        cursor.itersize = chance.randint(10, 100)
        cursor.execute("SELECT %s::text, id, email FROM public.customers WHERE id <= %s", [id, rows_due])
        for row in cursor:
            came += row[0] == id
    if came != rows_due:
        say("wrong", what=f"{id}: {came} rows of a cursor, not {rows_due}")
    say("answered", id=id)


def copy_out(connection):
    rows_due, id = chance.randint(1, CUSTOMERS), new_id("q")
    sql = f"COPY (SELECT '{id}', id, email FROM public.customers WHERE id <= {rows_due}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        came = sum(row[0] == id for row in copy.rows())
    if came != rows_due:
        say("wrong", what=f"{id}: {came} rows copied, not {rows_due}")
    say("answered", id=id)


def cancel(connection):
    timers = [threading.Timer(chance.random() * 0.3 + wait, connection.cancel) for wait in (0, 1, 3)]
    for timer in timers:
        timer.start()
    try:
        connection.execute("SELECT pg_sleep(20)")
        say("wrong", what="a cancel had no effect")
    except psycopg.errors.QueryCanceled:
        say("count", what="cancelled")
    finally:
        for timer in timers:
            timer.cancel()
        for timer in timers:
            timer.join()


def write(connection):
    id = new_id("a")
    connection.execute("INSERT INTO public.soak_marks (id) VALUES (%s)", [id])
    say("acknowledged", id=id)


def transaction(connection):
    ids = [new_id("t"), new_id("t")]
    with connection.transaction():
        for id in ids:
            connection.execute("INSERT INTO public.soak_marks (id) VALUES (%s)", [id])
    for id in ids:
        say("acknowledged", id=id)


def copy_in(connection):
    id = new_id("c")
    with connection.cursor() as cursor, cursor.copy(f"COPY public.soak_lines (copy, line) FROM STDIN -- {id}") as copy:
        for line in range(LINES):
            copy.write_row((id, line))
    say("acknowledged", id=id)


def approved(connection):
    id = new_id("y")
    try:
        connection.execute("INSERT INTO public.soak_marks (id) VALUES (%s)", [id])
        say("acknowledged", id=id)
    except psycopg.errors.InsufficientPrivilege as error:
        if '"code":"hold_pending"' not in (error.diag.message_detail or ""):
            raise


ACTS = [look_up, look_up, pipeline, server_cursor, copy_out, cancel]
ACTS += [approved] if group == "crews" else [write, transaction, copy_in]


def visit():
    address = {"host": "127.0.0.1", "port": port, "dbname": "orders", "sslmode": "disable"}
    who = {"user": "anybody", "password": token, "application_name": name}
    with psycopg.connect(**address, **who, autocommit=True) as connection:
        for _ in range(chance.randint(1, 12)):
            chance.choice(ACTS)(connection)
            say("count", what="acts of psycopg")


while time.time() < until:
    start = time.time()
    # The one that starts it decides whether this connection is cut.
    say("visit")
    if sys.stdin.readline() == "":
        break
    try:
        visit()
        say("done")
    except psycopg.Error as error:
        say("failed", sqlstate=error.sqlstate, text=str(error)[:500])
    except RuntimeError as error:
        say("failed", sqlstate=None, text=repr(error)[:500])
