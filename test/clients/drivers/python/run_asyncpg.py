"""asyncpg, which speaks the protocol by itself, in binary."""

import asyncio
import io

import asyncpg

from scenario import casts, driver, failing, masked, notes, parts_of, read_samples, refused, run, write_echo


def connect():
    return asyncpg.connect()


def played(part):
    """An async method as a part; it gets a connection."""

    async def play(self):
        connection = await connect()
        try:
            return await part(self, connection)
        finally:
            await connection.close()

    return lambda self: asyncio.run(play(self))


async def code_of(connection, sql):
    try:
        await connection.execute(sql)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    return "no error"


def write_binary_echo():
    """asyncpg takes a parameter's type from the statement, which casts each."""
    return write_echo([f"${n}" for n in range(1, len(casts) + 4)])


class Scenario:
    @played
    async def types_text(self, connection):
        """Types that asyncpg is told to leave as text."""
        for name in ("bool", "int2", "int4", "int8", "numeric", "float4", "float8", "bytea", "date", "timestamp"):
            await as_text(connection, name)
        for name in ("timestamptz", "time", "interval", "uuid", "jsonb"):
            await as_text(connection, name)
        return await echo(connection, "text")

    @played
    async def types_binary(self, connection):
        return await echo(connection, "binary")

    @played
    async def large(self, connection):
        data = await connection.fetchval("SELECT data FROM blobs")
        await connection.execute("INSERT INTO blob_echoes VALUES ($1, $2)", driver, data)
        return len(data)

    @played
    async def prepared(self, connection):
        statement = await connection.prepare("SELECT $1::int")
        return sum([await statement.fetchval(n) for n in range(40)])

    @played
    async def transactions(self, connection):
        mark = "INSERT INTO marks VALUES ($1, $2)"
        async with connection.transaction():
            await connection.execute(mark, driver, 1)
            inner = connection.transaction()
            await inner.start()
            await connection.execute(mark, driver, 2)
            await inner.rollback()
            await connection.execute(mark, driver, 3)
        outer = connection.transaction()
        await outer.start()
        await connection.execute(mark, driver, 4)
        await outer.rollback()
        rows = await connection.fetch("SELECT n FROM marks WHERE driver = $1 ORDER BY n", driver)
        return [row["n"] for row in rows]

    @played
    async def errors(self, connection):
        codes = [await code_of(connection, sql) for sql in failing]
        outer = connection.transaction()
        await outer.start()
        await code_of(connection, failing[1])
        codes.append(await code_of(connection, "SELECT 1"))
        await outer.rollback()
        return codes

    @played
    async def cancel(self, connection):
        """asyncpg cancels on the server when its own time limit is over, and then the connection is good again."""
        try:
            await connection.execute("SELECT pg_sleep(30)", timeout=0.3)
        except TimeoutError:
            # What it raises hides the server's code; the connection tells that the statement has ended.
            return "57014" if await connection.fetchval("SELECT 1") == 1 else "dead"

    @played
    async def timeout(self, connection):
        await connection.execute("SET statement_timeout = '100ms'")
        return await code_of(connection, "SELECT pg_sleep(30)")

    @played
    async def copy_in(self, connection):
        status = await connection.copy_records_to_table("lines", records=notes)
        return int(status.removeprefix("COPY "))

    @played
    async def copy_out(self, connection):
        out = io.BytesIO()
        sql = "SELECT n, note FROM lines WHERE driver = $1 ORDER BY n"
        await connection.copy_from_query(sql, driver, output=out)
        rows = [line.split("\t") for line in out.getvalue().decode().splitlines()]
        return [len(rows), *(value.replace("\\t", "\t") for value in rows[-1])]

    @played
    async def notice(self, connection):
        seen = []
        connection.add_log_listener(lambda _, message: seen.append(message.message))
        await connection.execute("ROLLBACK")
        await asyncio.sleep(0)
        return seen

    @played
    async def refused(self, connection):
        try:
            await connection.execute(refused)
        except asyncpg.InsufficientPrivilegeError as error:
            return [error.sqlstate, error.hint]

    @played
    async def held(self, connection):
        status = await connection.execute("UPDATE ledger SET amount = amount + 1 WHERE driver = $1", driver)
        return int(status.removeprefix("UPDATE "))

    @played
    async def masked(self, connection):
        return [list(row) for row in await connection.fetch(masked)]

    @played
    async def slices(self, connection):
        async with connection.transaction():
            rows = connection.cursor("SELECT n FROM generate_series(1, 1000) AS n", prefetch=100)
            return sum([row["n"] async for row in rows])

    @played
    async def ahead(self, connection):
        """executemany sends all before it reads an answer."""
        await connection.executemany("INSERT INTO marks VALUES ($1, $2)", [(driver, 100 + n) for n in range(50)])
        sql = "SELECT sum(n - 100)::int FROM marks WHERE driver = $1 AND n >= 100"
        return await connection.fetchval(sql, driver)


async def as_text(connection, name):
    await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=str, format="text")


async def echo(connection, format):
    rows = await connection.fetch(read_samples)
    for row in rows:
        await connection.execute(write_binary_echo(), driver, format, *row)
    return [int(row["id"]) for row in rows]


run(f"asyncpg {asyncpg.__version__}", parts_of(Scenario))
