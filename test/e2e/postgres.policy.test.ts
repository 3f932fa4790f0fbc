import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import type { Client } from 'pg';

import { loadConfig } from '../../src/config/load.ts';
import type { Rule } from '../../src/core/rule.ts';
import type { UpstreamTarget } from '../../src/core/target.ts';
import { explain } from '../../src/policy/explain.ts';
import { commandWithoutCatalog } from '../../src/protocols/postgres/interpret.ts';
import { analyseTree } from '../../src/wire/sql/analyse.ts';
import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

// THREATS 9 to 15: what is refused did not happen on the server, and what is allowed still works.

const rules = `
  - { name: readers read, who: { groups: [readers] }, targets: [orders], allow: [read] }
  - { name: writers write, who: { groups: [writers] }, targets: [orders], allow: [read, write] }
  - name: no whole tables
    who: { groups: [writers] }
    targets: [orders]
    deny: [write]
    when: command.unbounded
    because: Name the rows.
  - { name: dba, who: { groups: [dba] }, targets: [orders], allow: [read, write, schema, execute] }
`;

const shop = `
  CREATE TABLE users (id int PRIMARY KEY, name text);
  INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 5) i;
  CREATE TABLE notes (id serial PRIMARY KEY, body text DEFAULT 'empty');
  INSERT INTO notes (body) VALUES ('first'), ('second');
  CREATE TABLE events (id int, day date) PARTITION BY RANGE (id);
  CREATE TABLE events_low PARTITION OF events FOR VALUES FROM (0) TO (100);
  INSERT INTO events VALUES (1, '2026-01-01');
  CREATE VIEW user_names AS SELECT name FROM users;
  CREATE SCHEMA back;
  CREATE TABLE back.users (id int, name text);
  INSERT INTO back.users VALUES (1, 'hidden');
  CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM public.users; SELECT 1';
  CREATE FUNCTION back.lower(text) RETURNS text LANGUAGE sql AS 'DELETE FROM public.users; SELECT $1';
  CREATE PROCEDURE wipe_all() LANGUAGE sql AS 'DELETE FROM public.users';
  CREATE ROLE other;
`;

/** All that a statement could have changed, as one text. */
const stateQuery = `
  SELECT jsonb_build_object(
    'users', (SELECT jsonb_agg(u ORDER BY id) FROM public.users u),
    'notes', (SELECT jsonb_agg(n ORDER BY id) FROM public.notes n),
    'events', (SELECT jsonb_agg(e ORDER BY id) FROM public.events e),
    'back', (SELECT jsonb_agg(u ORDER BY id) FROM back.users u),
    'serial', (SELECT concat(last_value, is_called) FROM public.notes_id_seq),
    'relations', (SELECT jsonb_agg(concat(relname, relkind, relacl, relowner) ORDER BY oid)
      FROM pg_class WHERE oid >= 16384 AND relkind <> 't' AND relkind <> 'i'),
    'columns', (SELECT jsonb_agg(concat(attrelid, attname) ORDER BY attrelid, attnum)
      FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0),
    'functions', (SELECT jsonb_agg(concat(proname, prosrc) ORDER BY oid) FROM pg_proc WHERE oid >= 16384),
    'triggers', (SELECT jsonb_agg(tgname ORDER BY oid) FROM pg_trigger),
    'rules', (SELECT jsonb_agg(rulename ORDER BY oid) FROM pg_rewrite WHERE oid >= 16384),
    'types', (SELECT jsonb_agg(typname ORDER BY oid) FROM pg_type WHERE oid >= 16384),
    'schemas', (SELECT jsonb_agg(nspname ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_t'),
    'extensions', (SELECT jsonb_agg(extname ORDER BY oid) FROM pg_extension),
    'databases', (SELECT jsonb_agg(datname ORDER BY oid) FROM pg_database),
    'comments', (SELECT jsonb_agg(description ORDER BY objoid) FROM pg_description WHERE objoid >= 16384),
    'slots', (SELECT count(*) FROM pg_replication_slots),
    'large objects', (SELECT count(*) FROM pg_largeobject_metadata),
    'roles', (SELECT jsonb_agg(concat(rolname, rolsuper) ORDER BY oid) FROM pg_authid),
    'members', (SELECT count(*) FROM pg_auth_members)
  )::text`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;

before(async () => {
  await loadModule();
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(shop);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules }));
});
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

async function state(): Promise<string> {
  return JSON.stringify((await direct.query<{ jsonb_build_object: string }>(stateQuery)).rows);
}

/** Runs it and gives back the refusal, having seen that nothing on the server is different. */
async function refusedWithoutTrace(client: Visitor, sql: string) {
  const before = await state();
  const found = await refusal(client.query(sql));
  assert.equal(await state(), before, 'it happened all the same');
  assert.deepEqual((await client.query('SELECT 1 AS alive')).rows, [{ alive: 1 }]);
  return found;
}

const outside = (name: string): string => join(server.socketDir, name);

type Row = readonly [sql: string, effect: string];

/** Refused to who may only read: the text, and an effect that nothing covers. */
const refusedToReaders: Readonly<Record<string, readonly Row[]>> = {
  'THREATS 9: writes, alone and hidden in other statements': [
    ['INSERT INTO notes (body) VALUES ($$x$$)', 'write.insert public.notes'],
    ['UPDATE users SET name = $$x$$ WHERE id = 1', 'write.update public.users'],
    ['DELETE FROM users WHERE id = 1', 'write.delete public.users'],
    ['TRUNCATE notes', 'write.truncate public.notes'],
    ['SELECT 1; DROP TABLE users', 'schema.drop public.users'],
    ['COMMIT; DROP TABLE users', 'schema.drop public.users'],
    ['BEGIN; DELETE FROM users; COMMIT', 'write.delete public.users'],
    ['WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d', 'write.delete public.users'],
    [
      'SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) s; WITH d AS (UPDATE users SET name = NULL) SELECT 1',
      'write.update public.users',
    ],
    ['WITH a AS (SELECT 1), b AS (INSERT INTO notes DEFAULT VALUES) TABLE a', 'write.insert public.notes'],
    ['EXPLAIN ANALYZE DELETE FROM users', 'write.delete public.users'],
    ['EXPLAIN (VERBOSE, ANALYZE TRUE) UPDATE users SET name = NULL', 'write.update public.users'],
    ['MERGE INTO notes n USING users u ON u.id = n.id WHEN MATCHED THEN DELETE', 'write.delete public.notes'],
    [
      'INSERT INTO users VALUES (1, $$x$$) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
      'write.update public.users',
    ],
    ['SELECT * INTO copied FROM users', 'schema.create public.copied'],
    ['CREATE TABLE copied AS TABLE users', 'schema.create public.copied'],
    ['CREATE TEMP TABLE copied AS TABLE users', 'schema.create pg_temp.copied'],
    ['CREATE MATERIALIZED VIEW copied AS TABLE users', 'schema.create public.copied'],
    ["SELECT nextval('notes_id_seq')", 'write.nextval public.notes_id_seq'],
    ["SELECT setval('notes_id_seq', 99)", 'write.setval public.notes_id_seq'],
    ['SELECT * FROM users FOR UPDATE', 'write.lock public.users'],
    ['LOCK TABLE users', 'write.lock public.users'],
  ],
  'THREATS 10: code': [
    ['DO $$BEGIN DELETE FROM users; END$$', 'execute.do'],
    ['CALL wipe_all()', 'execute.call public.wipe_all'],
    ['SELECT wipe()', 'execute.function public.wipe'],
    ['SELECT 1 WHERE wipe() = 1', 'execute.function public.wipe'],
    ['SELECT * FROM wipe()', 'execute.function public.wipe'],
    ['SELECT 1 ORDER BY wipe()', 'execute.function public.wipe'],
    ['VALUES (wipe())', 'execute.function public.wipe'],
    ['EXPLAIN ANALYZE SELECT wipe()', 'execute.function public.wipe'],
    ['SELECT back.lower($$X$$)', 'execute.function back.lower'],
    // It may be the built-in, and may be the other: that depends on the search_path.
    ['SELECT lower(name) FROM users', 'execute.function back.lower'],
    [
      "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'DELETE FROM users; SELECT 1'; SELECT mine()",
      'execute.create_function public.mine',
    ],
    [
      "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      'execute.create_function pg_temp.mine',
    ],
    ['PREPARE p AS DELETE FROM users', 'write.delete public.users'],
    ['EXECUTE never_prepared', 'opaque.execute'],
    ["LOAD 'auto_explain'", 'execute.load auto_explain'],
    ['CREATE EXTENSION pg_trgm', 'execute.create_function pg_trgm'],
    [
      'CREATE TRIGGER t BEFORE INSERT ON notes EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      'schema.create public.notes',
    ],
  ],
  'THREATS 11: ways out of the database': [
    ["COPY users TO PROGRAM 'touch {outside}/program'", 'execute.copy_program'],
    ["COPY notes (body) FROM PROGRAM 'touch {outside}/program; echo x'", 'execute.copy_program'],
    ["COPY users TO '{outside}/file'", 'execute.copy_file {outside}/file'],
    ["COPY notes (body) FROM '/etc/hostname'", 'execute.copy_file /etc/hostname'],
    ['COPY notes (body) FROM STDIN', 'write.copy_from public.notes'],
    ['COPY (DELETE FROM users RETURNING *) TO STDOUT', 'write.delete public.users'],
    ["SELECT pg_read_file('/etc/passwd')", 'execute.pg_read_file pg_catalog.pg_read_file'],
    ["SELECT pg_ls_dir('/')", 'execute.pg_ls_dir pg_catalog.pg_ls_dir'],
    ["SELECT lo_import('/etc/passwd')", 'execute.lo_import pg_catalog.lo_import'],
    ["SELECT lo_from_bytea(0, 'x')", 'execute.lo_from_bytea pg_catalog.lo_from_bytea'],
    ["SELECT lo_export(1, '{outside}/lo')", 'execute.lo_export pg_catalog.lo_export'],
    [
      "SELECT query_to_xml('DELETE FROM users RETURNING 1', true, true, '')",
      'execute.query_to_xml pg_catalog.query_to_xml',
    ],
    ["SELECT dblink('host=127.0.0.1', 'DROP TABLE users')", 'execute.dblink pg_catalog.dblink'],
    ['SELECT pg_sleep(3600)', 'execute.pg_sleep pg_catalog.pg_sleep'],
    [
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity',
      'execute.pg_terminate_backend pg_catalog.pg_terminate_backend',
    ],
    ['SELECT pg_reload_conf()', 'execute.pg_reload_conf pg_catalog.pg_reload_conf'],
    [
      "SELECT pg_create_physical_replication_slot('mine')",
      'execute.pg_create_physical_replication_slot pg_catalog.pg_create_physical_replication_slot',
    ],
    ["ALTER SYSTEM SET archive_command = 'sh'", 'access.alter_system archive_command'],
  ],
  'THREATS 12: becoming somebody else, changing what names mean': [
    ['SET ROLE other', 'access.set role'],
    ['RESET ROLE', 'access.set role'],
    ['SET SESSION AUTHORIZATION other', 'access.set session_authorization'],
    ["SELECT set_config('role', 'other', false)", 'access.set role'],
    ["SELECT set_config('ro' || 'le', 'other', false)", 'opaque.set'],
    ['SET session_replication_role = replica', 'access.set session_replication_role'],
    ['SET standard_conforming_strings = off', 'opaque.set standard_conforming_strings'],
    ['CREATE TEMP TABLE users (id int)', 'schema.create pg_temp.users'],
    ['CREATE RULE r AS ON INSERT TO notes DO ALSO DELETE FROM users', 'schema.create public.notes'],
    [
      'CREATE OR REPLACE VIEW user_names AS SELECT body AS name FROM notes',
      'schema.create public.user_names',
    ],
    ['UPDATE user_names SET name = $$x$$', 'write.update public.user_names'],
    ['DELETE FROM events_low', 'write.delete public.events_low'],
    ['ALTER TABLE events DETACH PARTITION events_low', 'schema.alter public.events'],
    ['GRANT ALL ON users TO PUBLIC', 'access.grant public.users'],
    ['CREATE ROLE mine SUPERUSER', 'access.create_role mine'],
    ['ALTER ROLE other SUPERUSER', 'access.alter_role other'],
    ['UPDATE pg_authid SET rolsuper = true', 'access.catalog pg_catalog.pg_authid'],
    ["UPDATE pg_settings SET setting = 'off' WHERE name = 'fsync'", 'opaque.set pg_catalog.pg_settings'],
    ["COMMENT ON TABLE users IS 'mine'", 'schema.comment public.users'],
    ['CREATE DATABASE mine', 'schema.create mine'],
    ["PREPARE TRANSACTION 'mine'", 'opaque.prepare'],
  ],
  'THREATS 14: nothing is hidden by how it is written': [
    ['SELECT 1 /* */; /* SELECT */ DELETE /* nothing */ FROM users', 'write.delete public.users'],
    ["SELECT '\\'; DELETE FROM users; --'", 'write.delete public.users'],
    ['dElEtE fRoM U&"\\0075sers"', 'write.delete public.users'],
    ["SELECT 'a'\n'b; --'; DELETE FROM users", 'write.delete public.users'],
    ['SELECT $a$ $$ $a$; TRUNCATE notes', 'write.truncate public.notes'],
  ],
};

const openToReaders: readonly string[] = [
  'SELECT * FROM users ORDER BY id',
  'TABLE notes',
  'SELECT 1 AS delete, 2 AS "drop"',
  "SELECT 'DELETE FROM users; DROP TABLE users'",
  'SELECT /* DROP TABLE users; /* nested */ DELETE */ 1',
  '-- DROP TABLE users',
  'SELECT $$; DROP TABLE users; $$',
  "SELECT E'\\'; DROP TABLE users; --'",
  "SELECT U&'\\0027; DROP TABLE users'",
  'EXPLAIN DELETE FROM users',
  'EXPLAIN ANALYZE SELECT * FROM users',
  'COPY users TO STDOUT',
  'COPY (SELECT name FROM users) TO STDOUT WITH (FORMAT csv)',
  'SELECT name FROM user_names',
  'SELECT * FROM events',
  'WITH a AS (SELECT * FROM users) SELECT count(*) FROM a',
  'SELECT * FROM users u JOIN notes n USING (id)',
  'SELECT upper(name), count(*), now() FROM users GROUP BY 1',
  'BEGIN; SELECT 1; COMMIT',
  'SET statement_timeout = 60000',
  'SET search_path = back, public',
  'RESET search_path',
  'SHOW search_path',
  'DECLARE c CURSOR WITH HOLD FOR SELECT * FROM users',
  'FETCH 1 FROM c',
  'CLOSE c',
  'PREPARE p AS SELECT * FROM users WHERE id = $1',
  'EXECUTE p (1)',
  'DEALLOCATE p',
  'SELECT relname FROM pg_class LIMIT 1',
  'DISCARD ALL',
];

describe('who may only read', () => {
  let reader: Visitor;
  before(async () => (reader = await connect(gateway, { groups: ['readers'] })));
  after(() => reader.end());

  for (const [title, rows] of Object.entries(refusedToReaders)) {
    describe(title, () => {
      for (const [sql, effect] of rows) {
        test(`refused: ${sql}`, async () => {
          const here = (text: string): string => text.replaceAll('{outside}', server.socketDir);
          const { error, uncovered, allowed } = await refusedWithoutTrace(reader, here(sql));
          assert.equal(error.code, '42501');
          assert.ok(uncovered.includes(here(effect)), `${effect} is not in ${uncovered.join(', ')}`);
          assert.deepEqual(allowed, ['read']);
        });
      }
    });
  }

  for (const sql of openToReaders) {
    test(`allowed: ${sql}`, async () => {
      const before = await state();
      // A COPY to a driver that knows none is answered all the same.
      await reader.query(sql).catch(onlyCopyUnsupported);
      assert.equal(await state(), before);
    });
  }

  test('nothing was written beside the database', () => {
    for (const name of ['program', 'file', 'lo']) assert.equal(existsSync(outside(name)), false, name);
  });

  test('a refusal says what is not covered, what is allowed and whom to ask', async () => {
    const { error, code, uncovered } = await refusal(reader.query('DROP TABLE notes'));
    assert.equal(error.message, 'Sallyport: no rule allows schema.drop public.notes on orders');
    assert.equal(code, 'denied');
    assert.deepEqual(uncovered, ['schema.drop public.notes']);
    assert.match(error.hint ?? '', /agent-7 may do this on orders: read\. Ask whoever keeps sallyport\.yaml/);
  });

  test('a text that is no SQL is answered like the server answers it', async () => {
    const { error, code } = await refusal(reader.query('SELEC 1'));
    assert.equal(error.code, '42601');
    assert.equal(error.position, '1');
    assert.equal(code, 'syntax');
  });

  test('every refusal is in the journal, with its text, effects and reason', async () => {
    await refusal(reader.query("DROP TABLE notes /* for the journal's sake */"));
    const event = await until('the event', async () =>
      (await gateway.events()).find(
        (one) => one.type === 'command.refused' && one.text.includes("for the journal's sake"),
      ),
    );
    assert.ok(event.type === 'command.refused');
    assert.deepEqual(event.effects, ['schema.drop public.notes']);
    assert.equal(event.code, 'denied');
  });
});

function onlyCopyUnsupported(error: unknown): void {
  assert.ok(error instanceof Error);
  assert.match(error.message, /COPY/i);
}

/** What an identity that reads and writes gets of a text, in this order; THREATS 13 among what is refused. */
const writing: readonly (readonly [sql: string, verdict: 'ran' | 'refused'])[] = [
  ["INSERT INTO notes (body) VALUES ('third')", 'ran'],
  ['INSERT INTO notes (body) SELECT name FROM users WHERE id = 1 RETURNING id', 'ran'],
  ["UPDATE notes SET body = 'one' WHERE id = 1", 'ran'],
  ['WITH d AS (DELETE FROM notes WHERE id = 2 RETURNING *) SELECT * FROM d', 'ran'],
  ["INSERT INTO users VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name", 'ran'],
  [
    "MERGE INTO users u USING notes n ON n.id = u.id AND u.id = 3 WHEN MATCHED THEN UPDATE SET name = 'merged'",
    'ran',
  ],
  ["EXPLAIN ANALYZE UPDATE notes SET body = 'explained' WHERE id = 3", 'ran'],
  ["UPDATE user_names SET name = 'by view' WHERE name = 'user 4'", 'ran'],
  ["SELECT nextval('notes_id_seq')", 'ran'],
  ["INSERT INTO events VALUES (2, '2026-01-02')", 'ran'],
  ['DELETE FROM users', 'refused'],
  ['DELETE FROM users WHERE true', 'refused'],
  ['DELETE FROM users WHERE 1 = 1', 'refused'],
  ['DELETE FROM users WHERE id = id', 'refused'],
  ['DELETE FROM users WHERE id IS NOT NULL OR id IS NULL', 'refused'],
  ['DELETE FROM users WHERE EXISTS (SELECT 1)', 'refused'],
  ["UPDATE users SET name = 'x' WHERE NOT false", 'refused'],
  ['TRUNCATE users', 'refused'],
  ['WITH d AS (DELETE FROM users) SELECT 1', 'refused'],
  ['PREPARE p AS DELETE FROM users', 'refused'],
  ['DROP TABLE users', 'refused'],
  ['ALTER TABLE users ADD COLUMN x int', 'refused'],
  ['CREATE TABLE mine (id int)', 'refused'],
  ['SELECT wipe()', 'refused'],
  ['DO $$BEGIN END$$', 'refused'],
  ['CALL wipe_all()', 'refused'],
  ['GRANT ALL ON users TO PUBLIC', 'refused'],
  ["COPY notes (body) FROM '/etc/hostname'", 'refused'],
  ['COPY users TO PROGRAM $$cat$$', 'refused'],
  ["INSERT INTO notes (body) VALUES ('both'); DROP TABLE users", 'refused'],
  ['UPDATE pg_class SET relname = relname WHERE oid = 1', 'refused'],
];

describe('who may read and write', () => {
  let writer: Visitor;
  before(async () => (writer = await connect(gateway, { subject: 'agent-8', groups: ['writers'] })));
  after(() => writer.end());

  for (const [sql, verdict] of writing) {
    test(`${verdict}: ${sql}`, async () => {
      if (verdict === 'refused') {
        assert.equal((await refusedWithoutTrace(writer, sql)).error.code, '42501');
        return;
      }
      const before = await state();
      await writer.query(sql);
      assert.notEqual(await state(), before, 'nothing happened');
    });
  }

  test('a rule that denies is named, with its reason', async () => {
    const { error, rules: named } = await refusal(writer.query('DELETE FROM notes'));
    assert.equal(error.message, 'Sallyport: rule "no whole tables" refuses it: Name the rows.');
    assert.deepEqual(named, ['no whole tables']);
  });

  test('a refused statement in a transaction fails it, and what was done before is undone', async () => {
    const before = await state();
    await writer.query('BEGIN');
    await writer.query("UPDATE notes SET body = 'undone' WHERE id = 1");
    await refusal(writer.query('DROP TABLE users'));
    await assert.rejects(writer.query('SELECT 1'), { code: '25P02' });
    await writer.query('COMMIT');
    assert.equal(await state(), before);
  });
});

describe('what was prepared', () => {
  test('SQL-level EXECUTE does what its name stands for now', async () => {
    const client = await connect(gateway, { groups: ['writers'] });
    await client.query("PREPARE p AS UPDATE notes SET body = 'prepared' WHERE id = 1");
    await client.query('EXECUTE p');
    await refusal(client.query('DEALLOCATE p; PREPARE p AS DELETE FROM notes; EXECUTE p'));
    await client.query('DEALLOCATE p');
    // The name is gone on the server; that it may stand for nothing dangerous is all that was checked.
    await assert.rejects(client.query('EXECUTE p'));
    await client.end();
  });

  test('a function that a DBA makes is no way for a reader', async () => {
    const dba = await connect(gateway, { subject: 'dba-1', kind: 'human', groups: ['dba'] });
    const reader = await connect(gateway, { groups: ['readers'] });
    const sql = "CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'DELETE FROM public.users; SELECT 1'";
    await dba.query(sql);
    assert.deepEqual((await refusedWithoutTrace(reader, 'SELECT fresh()')).uncovered, [
      'execute.function public.fresh',
    ]);
    await dba.query('DROP FUNCTION fresh()');
    await dba.end();
    await reader.end();
  });

  test('a statement parsed once is decided again at every Execute', async () => {
    const config = (write: string): string =>
      shopConfig({
        port: server.port,
        rules: `  - { name: all, who: { any: true }, targets: [orders], allow: [${write}] }`,
      });
    const own = await startTestGateway(config('read, write'));
    const client = await connect(own);
    const update = { name: 'u', text: 'UPDATE notes SET body = $1 WHERE id = 1' };
    await client.query({ ...update, values: ['allowed'] });
    own.rewrite(config('read'));
    await until('the new rules', async () =>
      (await own.events()).some(({ type }) => type === 'config.loaded'),
    );
    const before = await state();
    const { uncovered } = await refusal(client.query({ ...update, values: ['refused'] }));
    assert.deepEqual(uncovered, ['write.update public.notes']);
    assert.equal(await state(), before);
    await client.end();
    await own.stop();
  });
});

describe('THREATS 10: the extended protocol and FunctionCall', () => {
  async function login(groups: readonly string[], to = gateway): Promise<WireClient> {
    const password = await to.token({ groups });
    const client = await WireClient.login({ port: to.port, database: 'orders', password });
    client.take();
    return client;
  }

  test('FunctionCall is `execute`, whatever function it is', async () => {
    const { rows } = await direct.query<{ oid: number }>("SELECT 'wipe'::regproc::oid::int AS oid");
    const reader = await login(['readers']);
    const before = await state();
    const lines = await reader.ask(send.functionCall(rows[0]?.oid ?? 0, []));
    assert.match(lines[0] ?? '', /^ErrorResponse 42501 Sallyport: no rule allows execute\.function_call/);
    assert.equal(lines.at(-1), 'ReadyForQuery I');
    assert.equal(await state(), before);
    await reader.close();
  });

  test('a portal that is fetched in slices is decided again once the policy has changed', async () => {
    const config = (effects: string): string =>
      shopConfig({
        port: server.port,
        rules: `  - { name: all, who: { any: true }, targets: [orders], allow: [${effects}] }`,
      });
    const own = await startTestGateway(config('read, write'));
    const client = await login(['crews'], own);
    await client.query('BEGIN');
    client.write(
      send.parse('', 'SELECT id FROM users ORDER BY id'),
      send.bind(),
      send.execute('', 2),
      send.sync(),
    );
    const first = await client.upTo('ReadyForQuery');
    assert.deepEqual(first.slice(-4), ['DataRow 1', 'DataRow 2', 'PortalSuspended', 'ReadyForQuery T']);
    own.rewrite(config('write'));
    await until('the new rules', async () =>
      (await own.events()).some(({ type }) => type === 'config.loaded'),
    );
    const next = await client.ask([send.execute('', 2), send.sync()]);
    assert.match(next[0] ?? '', /^ErrorResponse 42501/);
    assert.equal(next.at(-1), 'ReadyForQuery E');
    await client.close();
    await own.stop();
  });

  test('a refusal at Execute leaves the state as an error of the server would', async () => {
    const writer = await login(['writers']);
    const before = await state();
    const lines = await writer.ask(
      [
        send.run('SELECT 1'),
        send.run('DELETE FROM users'),
        send.run("INSERT INTO notes (body) VALUES ('behind')"),
        send.sync(),
        send.query('SELECT 2'),
      ],
      2,
    );
    assert.ok(lines.includes('DataRow 1'));
    assert.ok(lines.some((line) => line.startsWith('ErrorResponse 42501')));
    assert.ok(lines.includes('DataRow 2'));
    assert.equal(await state(), before);
    await writer.close();
  });
});

describe('THREATS 15: texts made to break the parser', () => {
  const nested = (depth: number): string => `SELECT ${'('.repeat(depth)}1${')'.repeat(depth)}`;
  const rows: readonly (readonly [title: string, sql: () => string])[] = [
    ['a sum of 100,000 terms', () => `SELECT 1${'+1'.repeat(100_000)}`],
    ['100,000 nested parentheses', () => nested(100_000)],
    ['100,000 nested sub-selects', () => `${'SELECT ('.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['100,000 statements', () => 'SELECT 1;'.repeat(100_000)],
    ['a statement of 20 MB', () => `SELECT '${'x'.repeat(20_000_000)}'`],
    ['100,000 nested comments', () => `${'/*'.repeat(100_000)} DROP TABLE users`],
  ];

  test('each is refused, and others are served meanwhile', async () => {
    const hostile = await connect(gateway, { subject: 'hostile', groups: ['readers'] });
    const other = await connect(gateway, { subject: 'other', groups: ['readers'] });
    for (const [title, sql] of rows) {
      const answer = refusal(hostile.query(sql()));
      assert.deepEqual(await other.rows('SELECT count(*)::int FROM users'), [[5]], title);
      const { code } = await answer;
      assert.ok(['denied', 'syntax', 'too_large'].includes(code), `${title}: ${code}`);
      assert.deepEqual(await hostile.rows('SELECT 1'), [[1]], `after ${title}`);
    }
    await hostile.end();
    await other.end();
  });
});

describe('explain says what the gateway does', () => {
  let inForce: readonly Rule[];
  let orders: UpstreamTarget;
  before(async () => {
    const config = await loadConfig(gateway.configFile);
    const found = config.targets.get('orders');
    assert.ok(found);
    [inForce, orders] = [config.rules, found];
  });

  function verdict(sql: string, group: string): string {
    const command = commandWithoutCatalog(analyseTree(parseSync(sql), sql));
    const identity = {
      subject: 'agent-7',
      issuer: 'sallyport',
      kind: 'agent',
      groups: [group],
      claims: {},
      expiresAtMs: Number.POSITIVE_INFINITY,
    } as const;
    return explain(inForce, { identity, target: orders, command, nowMs: Date.now() }).verdict.kind;
  }

  // Without a catalog nobody knows that back.lower is there.
  const byTextAlone = ([sql]: Row): boolean => sql !== 'SELECT lower(name) FROM users';

  test('for readers', () => {
    const refused = Object.values(refusedToReaders).flat().filter(byTextAlone);
    for (const [sql] of refused) assert.equal(verdict(sql, 'readers'), 'deny', sql);
    const open = openToReaders.filter((sql) => !sql.startsWith('EXECUTE') && !sql.startsWith('--'));
    for (const sql of open) assert.equal(verdict(sql, 'readers'), 'allow', sql);
  });

  test('for writers', () => {
    for (const [sql, expected] of writing) {
      assert.equal(verdict(sql, 'writers'), expected === 'ran' ? 'allow' : 'deny', sql);
    }
  });
});
