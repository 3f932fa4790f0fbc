"""pandas upon SQLAlchemy and psycopg 3: what it reads by `read_sql`, and writes by `to_sql`."""

import os
import warnings

import pandas as pd
import sqlalchemy as sa

from scenario import driver, failing, masked, parts_of, refused, run

engine = sa.create_engine("postgresql+psycopg://")
below = "left to what is below"


def driver_error(error):
    """psycopg's error, below SQLAlchemy's, below that of pandas."""
    return error.__cause__.orig


def code_of(sql):
    try:
        pd.read_sql(sql, engine)
    except pd.errors.DatabaseError as error:
        return driver_error(error).sqlstate
    return "no error"


class Scenario:
    types_text = types_binary = "a frame has types of its own, and keeps few of PostgreSQL's"

    def large(self):
        [data] = pd.read_sql("SELECT data FROM blobs", engine)["data"]
        frame = pd.DataFrame({"driver": [driver], "data": [data]})
        frame.to_sql("blob_echoes", engine, if_exists="append", index=False, dtype={"data": sa.LargeBinary})
        return len(data)

    def prepared(self):
        number = sa.text("SELECT CAST(:n AS int) AS n")
        with engine.connect() as connection:
            return int(sum(pd.read_sql(number, connection, params={"n": n})["n"][0] for n in range(40)))

    transactions = below

    def errors(self):
        codes = [code_of(sql) for sql in failing]
        with engine.connect() as connection:
            try:
                pd.read_sql(failing[1], connection)
            except pd.errors.DatabaseError:
                pass
            try:
                connection.connection.driver_connection.execute("SELECT 1")
            except Exception as error:
                return [*codes, error.sqlstate]

    cancel = copy_in = copy_out = notice = ahead = below

    def timeout(self):
        with engine.connect() as connection:
            connection.execute(sa.text("SET LOCAL statement_timeout = '100ms'"))
            try:
                pd.read_sql("SELECT pg_sleep(30)", connection)
            except pd.errors.DatabaseError as error:
                return driver_error(error).sqlstate

    def refused(self):
        try:
            pd.read_sql(refused, engine)
        except pd.errors.DatabaseError as error:
            return [driver_error(error).sqlstate, driver_error(error).diag.message_hint]

    held = below

    def masked(self):
        return pd.read_sql(masked, engine).to_numpy().tolist()

    def slices(self):
        with engine.connect().execution_options(stream_results=True) as connection:
            frames = pd.read_sql("SELECT n FROM generate_series(1, 1000) AS n", connection, chunksize=100)
            return int(sum(frame["n"].sum() for frame in frames))

    def migrates(self):
        """`to_sql` looks whether the table is there, and makes it."""
        migrator = sa.create_engine(
            "postgresql+psycopg://", connect_args={"password": os.environ["MIGRATOR_PASSWORD"]}
        )
        pd.DataFrame({"note": ["one", "two"]}).to_sql(f"{driver}_notes", migrator, index_label="id")
        return pd.read_sql_table(f"{driver}_notes", migrator).sort_values("id")["note"].tolist()


warnings.simplefilter("error")
run(f"pandas {pd.__version__}", parts_of(Scenario))
