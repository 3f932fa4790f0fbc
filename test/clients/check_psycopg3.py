"""psycopg 3 through Sallyport: what does not hold raises."""

import json
import os

import psycopg
from psycopg import errors

loader = os.environ["LOADER_TOKEN"]


def refused(connection, sql):
    try:
        connection.execute(sql)
    except errors.InsufficientPrivilege as error:
        connection.rollback()
        return json.loads(error.diag.message_detail)["code"]
    raise AssertionError(f"not refused: {sql}")


with psycopg.connect() as agent:
    # Text and binary, prepared by the driver after a few runs.
    for binary in (False, True):
        for _ in range(8):
            cursor = agent.cursor(binary=binary)
            cursor.execute("SELECT email, card FROM customers WHERE id = %s", [1])
            assert cursor.fetchall() == [("a***@***.example", "************4242")]

    assert refused(agent, "DROP TABLE customers") == "denied"
    assert refused(agent, "SELECT id FROM customers WHERE email LIKE 'a%'") == "undisclosable"

    # A cursor on the server.
    with agent.cursor(name="slices") as cursor:
        cursor.itersize = 2
        cursor.execute("SELECT id, phone FROM customers ORDER BY id")
        rows = cursor.fetchall()
        assert [row[0] for row in rows] == [1, 2, 3]
        assert all(row[1].startswith("tok_") for row in rows), rows

    # Many commands sent ahead, in libpq's pipeline mode; one of them is refused.
    with agent.pipeline():
        answers = [agent.execute("SELECT %s::int", [n]) for n in range(50)]
    assert [answer.fetchone()[0] for answer in answers] == list(range(50))
    agent.rollback()
    try:
        with agent.pipeline():
            agent.execute("SELECT 1")
            agent.execute("DROP TABLE customers")
            agent.execute("SELECT 2")
        raise AssertionError("the pipeline was not refused")
    except errors.InsufficientPrivilege:
        agent.rollback()
    assert agent.execute("SELECT count(*) FROM customers").fetchone() == (3,)

    with agent.cursor().copy("COPY (SELECT id, city FROM customers ORDER BY id) TO STDOUT") as copy:
        assert list(copy.rows()) == [("1", "Leeds"), ("2", "Berlin"), ("3", "Lyon")]

with psycopg.connect(password=loader) as writer:
    with writer.cursor().copy("COPY orders (id, customer, status, total) FROM STDIN") as copy:
        for n in range(100):
            copy.write_row((6000 + n, 2, "open", n))
    with writer.cursor() as cursor:
        cursor.executemany(
            "UPDATE orders SET status = %s WHERE id = %s", [("packed", 6000 + n) for n in range(100)]
        )
        assert cursor.rowcount == 100
    writer.commit()
    packed = writer.execute("SELECT count(*) FROM orders WHERE id >= 6000 AND status = 'packed'").fetchone()
    assert packed == (100,), packed

print(f"psycopg {psycopg.__version__} is well")
