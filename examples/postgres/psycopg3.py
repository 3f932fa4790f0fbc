# psycopg 3 (pip install "psycopg[binary]") through Sallyport. The environment says where it is and who you are;
# see README.md. psycopg 2 differs in the import alone.
import json

import psycopg

# PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE and PGSSLROOTCERT are read by libpq itself.
with psycopg.connect() as connection:
    # Where a held command waits for approval.
    connection.add_notice_handler(lambda notice: print(notice.message_primary))

    for row in connection.execute("SELECT id, name, email FROM customers WHERE city = %s", ["Lyon"]):
        print(row)

    try:
        connection.execute("DROP TABLE customers")
    except psycopg.errors.InsufficientPrivilege as refused:
        # DETAIL is one line of JSON for programs, HINT a sentence for people and models.
        print(refused.sqlstate, json.loads(refused.diag.message_detail)["code"], refused.diag.message_hint)
        connection.rollback()
