"""psycopg 3 with asyncio, its statements in libpq's pipeline mode where it can; protocol 3.2 where libpq speaks it."""

import asyncio
import os

import psycopg
from psycopg.types.json import Jsonb

from scenario import Remarked, driver, failing, masked, notes, parts_of, read_samples, refused, run, same, write_echo

# libpq 18 asks for 3.0 unless it is told.
os.environ["PGMAXPROTOCOLVERSION"] = "latest"


def connect():
    return psycopg.AsyncConnection.connect(autocommit=True)


def played(part):
    """An async method as a part."""
    return lambda self: asyncio.run(part(self))


async def code_of(connection, sql):
    try:
        await connection.execute(sql)
    except psycopg.Error as error:
        return error.sqlstate
    return "no error"


async def echo(binary):
    mark = "%b" if binary else "%t"
    async with await connect() as connection:
        rows = await (await connection.execute(read_samples, binary=binary)).fetchall()
        async with connection.pipeline():
            for row in rows:
                values = [Jsonb(value) if isinstance(value, dict) else value for value in row]
                format = "binary" if binary else "text"
                await connection.execute(write_echo([mark] * (len(row) + 2)), [driver, format, *values])
    return [row[0] for row in rows]


class Scenario:
    @played
    async def types_text(self):
        return await echo(binary=False)

    @played
    async def types_binary(self):
        return await echo(binary=True)

    @played
    async def large(self):
        async with await connect() as connection:
            [data] = await (await connection.execute("SELECT data FROM blobs")).fetchone()
            async with connection.pipeline():
                await connection.execute("SELECT 1")
                await connection.execute("INSERT INTO blob_echoes VALUES (%s, %b)", [driver, data])
                await connection.execute("SELECT 2")
            return len(data)

    @played
    async def prepared(self):
        async with await connect() as connection:
            answers = [
                await connection.execute("SELECT %s::int", [n], prepare=True, binary=True) for n in range(40)
            ]
            return sum([(await answer.fetchone())[0] for answer in answers])

    @played
    async def transactions(self):
        async with await connect() as connection:
            mark = "INSERT INTO marks VALUES (%s, %s)"
            async with connection.pipeline():
                async with connection.transaction():
                    await connection.execute(mark, [driver, 1])
                    async with connection.transaction() as inner:
                        await connection.execute(mark, [driver, 2])
                        raise psycopg.Rollback(inner)
                    await connection.execute(mark, [driver, 3])
                async with connection.transaction() as outer:
                    await connection.execute(mark, [driver, 4])
                    raise psycopg.Rollback(outer)
            rows = await connection.execute("SELECT n FROM marks WHERE driver = %s ORDER BY n", [driver])
            return [n for [n] in await rows.fetchall()]

    @played
    async def errors(self):
        async with await connect() as connection:
            codes = [await code_of(connection, sql) for sql in failing]
            async with connection.transaction(force_rollback=True):
                await code_of(connection, failing[1])
                return [*codes, await code_of(connection, "SELECT 1")]

    @played
    async def cancel(self):
        async with await connect() as connection:
            running = asyncio.create_task(code_of(connection, "SELECT pg_sleep(30)"))
            while not (await asyncio.wait([running], timeout=0.1))[0]:
                await connection.cancel_safe()
            return running.result()

    @played
    async def timeout(self):
        async with await connect() as connection:
            await connection.execute("SET statement_timeout = '100ms'")
            return await code_of(connection, "SELECT pg_sleep(30)")

    @played
    async def copy_in(self):
        async with await connect() as connection, connection.cursor() as cursor:
            async with cursor.copy("COPY lines FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["text", "int4", "text"])
                for note in notes:
                    await copy.write_row(note)
            return cursor.rowcount

    @played
    async def copy_out(self):
        async with await connect() as connection, connection.cursor() as cursor:
            sql = "COPY (SELECT n, note FROM lines WHERE driver = %s ORDER BY n) TO STDOUT"
            async with cursor.copy(sql, [driver]) as copy:
                rows = [row async for row in copy.rows()]
            return Remarked([len(rows), *rows[-1]], "binary COPY is refused while detectors are on: they cannot look into it")

    @played
    async def notice(self):
        async with await connect() as connection:
            seen = []
            connection.add_notice_handler(lambda diagnostic: seen.append(diagnostic.message_primary))
            await connection.execute("ROLLBACK")
            return seen

    @played
    async def refused(self):
        """In the middle of a pipeline: what comes behind it is not run."""
        async with await connect() as connection:
            try:
                async with connection.pipeline():
                    await connection.execute("SELECT 1")
                    await connection.execute(refused)
                    await connection.execute("SELECT 2")
            except psycopg.errors.InsufficientPrivilege as error:
                return [error.sqlstate, error.diag.message_hint]

    @played
    async def held(self):
        async with await connect() as connection:
            sql = "UPDATE ledger SET amount = amount + 1 WHERE driver = %s"
            return (await connection.execute(sql, [driver])).rowcount

    @played
    async def masked(self):
        async with await connect() as connection:
            answers = [await connection.execute(masked, binary=binary) for binary in (False, True)]
            return same([await answer.fetchall() for answer in answers])

    @played
    async def slices(self):
        async with await connect() as connection, connection.cursor() as cursor:
            rows = cursor.stream("SELECT n FROM generate_series(1, 1000) AS n", size=100)
            return sum([n async for [n] in rows])

    @played
    async def ahead(self):
        async with await connect() as connection:
            async with connection.pipeline():
                answers = [await connection.execute("SELECT %s::int", [n]) for n in range(50)]
            return sum([(await answer.fetchone())[0] for answer in answers])


async def protocol():
    async with await connect() as connection:
        return connection.pgconn.full_protocol_version


libpq, protocol = (f"{number // 10000}.{number % 10000}" for number in (psycopg.pq.version(), asyncio.run(protocol())))
run(f"psycopg {psycopg.__version__}, libpq {libpq}, protocol {protocol}", parts_of(Scenario))
