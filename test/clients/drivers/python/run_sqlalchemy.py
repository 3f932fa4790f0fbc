"""SQLAlchemy upon psycopg 3: its ORM where that has a way, else its Core."""

import datetime
import decimal
import os
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from scenario import again, driver, failing, masked, parts_of, refused, run

engine = sa.create_engine("postgresql+psycopg://")


class Table(DeclarativeBase):
    type_annotation_map = {
        str: sa.Text,
        bytes: sa.LargeBinary,
        decimal.Decimal: sa.Numeric,
        datetime.timedelta: sa.Interval,
        dict: JSONB,
        list[int]: ARRAY(sa.Integer),
        list[str | None]: ARRAY(sa.Text),
    }


class SampleColumns:
    b: Mapped[bool | None]
    i2: Mapped[int | None] = mapped_column(sa.SmallInteger)
    i4: Mapped[int | None]
    i8: Mapped[int | None] = mapped_column(sa.BigInteger)
    n: Mapped[decimal.Decimal | None]
    f4: Mapped[float | None] = mapped_column(REAL)
    f8: Mapped[float | None]
    t: Mapped[str | None]
    by: Mapped[bytes | None]
    d: Mapped[datetime.date | None]
    ts: Mapped[datetime.datetime | None]
    tz: Mapped[datetime.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    tm: Mapped[datetime.time | None]
    iv: Mapped[datetime.timedelta | None]
    u: Mapped[uuid.UUID | None]
    j: Mapped[dict | None] = mapped_column(JSONB(none_as_null=True))
    ints: Mapped[list[int] | None]
    texts: Mapped[list[str | None] | None]


class Sample(SampleColumns, Table):
    __tablename__ = "samples"
    id: Mapped[int] = mapped_column(primary_key=True)


class Echo(SampleColumns, Table):
    __tablename__ = "echoes"
    driver: Mapped[str] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)


class Mark(Table):
    __tablename__ = "marks"
    driver: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)


class Ledger(Table):
    __tablename__ = "ledger"
    driver: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]


class Blob(Table):
    __tablename__ = "blob_echoes"
    driver: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes]


def code_of(session, sql):
    try:
        session.execute(sa.text(sql))
    except DBAPIError as error:
        return error.orig.sqlstate
    return "no error"


class Scenario:
    def types_text(self):
        fields = [column.key for column in sa.inspect(Sample).columns]
        with Session(engine) as session:
            samples = session.scalars(sa.select(Sample).order_by(Sample.id)).all()
            for sample in samples:
                values = {name: getattr(sample, name) for name in fields}
                session.add(Echo(driver=driver, format="text", **values))
            session.commit()
            return [sample.id for sample in samples]

    types_binary = "the driver below reads and writes binary, SQLAlchemy does not ask it to"

    def large(self):
        with Session(engine) as session:
            data = session.scalar(sa.text("SELECT data FROM blobs"))
            session.add(Blob(driver=driver, data=data))
            session.commit()
            return len(data)

    def prepared(self):
        """psycopg 3 prepares by itself what is run more than five times."""
        with engine.connect() as connection:
            number = sa.select(sa.bindparam("n", type_=sa.Integer))
            return sum(connection.scalar(number, {"n": n}) for n in range(40))

    def transactions(self):
        with Session(engine) as session:
            session.add(Mark(driver=driver, n=1))
            inner = session.begin_nested()
            session.add(Mark(driver=driver, n=2))
            session.flush()
            inner.rollback()
            session.add(Mark(driver=driver, n=3))
            session.commit()
            session.add(Mark(driver=driver, n=4))
            session.flush()
            session.rollback()
            return list(session.scalars(sa.select(Mark.n).where(Mark.driver == driver).order_by(Mark.n)))

    def errors(self):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            codes = [code_of(connection, sql) for sql in failing]
        with Session(engine) as session:
            connection = session.connection().connection.driver_connection
            code_of(session, failing[1])
            try:
                connection.execute("SELECT 1")
            except Exception as error:
                return [*codes, error.sqlstate]

    def cancel(self):
        with engine.connect() as connection, again(connection.connection.driver_connection.cancel_safe):
            return code_of(connection, "SELECT pg_sleep(30)")

    def timeout(self):
        with engine.connect() as connection:
            connection.execute(sa.text("SET LOCAL statement_timeout = '100ms'"))
            return code_of(connection, "SELECT pg_sleep(30)")

    copy_in = copy_out = "left to the driver below"
    notice = "left to the driver below"

    def refused(self):
        with engine.connect() as connection:
            try:
                connection.execute(sa.text(refused))
            except DBAPIError as error:
                return [error.orig.sqlstate, error.orig.diag.message_hint]

    def held(self):
        with Session(engine) as session:
            mine = sa.update(Ledger).where(Ledger.driver == driver).values(amount=Ledger.amount + 1)
            changed = session.execute(mine).rowcount
            session.commit()
            return changed

    def masked(self):
        with engine.connect() as connection:
            return [list(row) for row in connection.execute(sa.text(masked))]

    def slices(self):
        with engine.connect() as connection:
            numbers = sa.select(sa.func.generate_series(1, 1000))
            return sum(connection.execution_options(yield_per=100).scalars(numbers))

    ahead = "left to the driver below"

    def migrates(self):
        """Makes tables and reads them back from the catalog."""
        notes = sa.Table(
            f"{driver}_notes",
            sa.MetaData(),
            sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
            sa.Column("note", sa.Text, nullable=False, unique=True),
        )
        migrator = sa.create_engine(
            "postgresql+psycopg://", connect_args={"password": os.environ["MIGRATOR_PASSWORD"]}
        )
        notes.metadata.create_all(migrator)
        with migrator.begin() as connection:
            connection.execute(sa.insert(notes), [{"note": "one"}, {"note": "two"}])
        seen = sa.Table(notes.name, sa.MetaData(), autoload_with=migrator)
        assert [column.name for column in seen.columns] == ["id", "note"], seen
        with migrator.connect() as connection:
            return list(connection.scalars(sa.select(seen.c.note).order_by(seen.c.id)))


run(f"SQLAlchemy {sa.__version__}", parts_of(Scenario))
