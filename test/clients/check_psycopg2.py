"""psycopg 2 through Sallyport: what does not hold raises."""

import io
import json
import os

import psycopg2
from psycopg2 import errors

loader = os.environ["LOADER_TOKEN"]

agent = psycopg2.connect("")
with agent, agent.cursor() as cursor:
    cursor.execute("SELECT email, card FROM customers WHERE id = %s", [1])
    assert cursor.fetchall() == [("a***@***.example", "************4242")]

for sql, code in (("DROP TABLE customers", "denied"), ("SELECT id FROM customers WHERE email LIKE 'a%'", "undisclosable")):
    try:
        with agent, agent.cursor() as cursor:
            cursor.execute(sql)
        raise AssertionError(f"not refused: {sql}")
    except errors.InsufficientPrivilege as error:
        assert json.loads(error.diag.message_detail)["code"] == code, error.diag.message_detail

with agent, agent.cursor(name="slices") as cursor:
    cursor.itersize = 2
    cursor.execute("SELECT id, phone FROM customers ORDER BY id")
    rows = cursor.fetchall()
    assert [row[0] for row in rows] == [1, 2, 3]
    assert all(row[1].startswith("tok_") for row in rows), rows
agent.close()

writer = psycopg2.connect(password=loader)
with writer, writer.cursor() as cursor:
    lines = "".join(f"{7000 + n}\t2\topen\t{n}\n" for n in range(100))
    cursor.copy_expert("COPY orders (id, customer, status, total) FROM STDIN", io.StringIO(lines))
with writer, writer.cursor() as cursor:
    out = io.StringIO()
    cursor.copy_expert("COPY (SELECT id FROM orders WHERE id >= 7000 ORDER BY id) TO STDOUT", out)
    assert out.getvalue().split() == [str(7000 + n) for n in range(100)]
writer.close()

print(f"psycopg {psycopg2.__version__} is well")
