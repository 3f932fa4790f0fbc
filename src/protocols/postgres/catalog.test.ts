import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../../test/fixtures/postgres-server.ts';
import type { MaskName, MaskPlan } from '../../core/mask.ts';
import { type LoadedCatalog, loadCatalog } from './catalog.ts';

const schema = `
  CREATE SCHEMA app;
  CREATE EXTENSION pg_trgm;
  CREATE TABLE users (id int PRIMARY KEY, gone text, name text, email text, ssn text,
    domain text GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED,
    initial text GENERATED ALWAYS AS (left(name, 1)) STORED);
  ALTER TABLE users DROP COLUMN gone;
  CREATE TABLE app.users (id int, email text);
  CREATE TABLE app."Odd Case" (id int, "E-Mail" text);
  CREATE TABLE people (id int, mail text);
  CREATE TABLE staff (mail text, pay int) INHERITS (people);
  CREATE TABLE guests () INHERITS (people);
  CREATE TABLE events (id int, payload jsonb, at date) PARTITION BY RANGE (at);
  CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2020-01-01') PARTITION BY RANGE (id);
  CREATE TABLE events_old_1 PARTITION OF events_old FOR VALUES FROM (1) TO (100);
  CREATE TABLE notes (id int, body text);
  CREATE VIEW user_names AS SELECT id, name FROM users;
  CREATE VIEW of_view AS SELECT * FROM user_names;
  CREATE MATERIALIZED VIEW kept AS SELECT * FROM of_view;
  CREATE VIEW note_list AS SELECT * FROM notes;
  CREATE FUNCTION look(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT email FROM users WHERE id = $1';
  CREATE FUNCTION look(int, int) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT NULL::text';
  CREATE FUNCTION app.pair(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
  CREATE VIEW looking AS SELECT id, look(id) FROM notes;
  CREATE VIEW similar_notes AS SELECT id, similarity(body, 'x') FROM notes;
  CREATE SEQUENCE numbers;
`;

const sensitive = new Map<string, MaskName>([
  ['public.users.email', 'email'],
  ['public.users.ssn', 'redact'],
  ['app."Odd Case"."E-Mail"', 'email'],
  ['public.staff.mail', 'redact'],
  ['public.events.payload#/user/phone', 'token'],
  ['public.nosuch.email', 'email'],
]);

describe('the catalog of a real server', () => {
  let server: PostgresServer;
  let client: Client;
  let catalog: LoadedCatalog;
  let queries = 0;
  const oids = new Map<string, number>();

  before(async () => {
    server = await startPostgres();
    client = new Client(server.url());
    await client.connect();
    await client.query(schema);
    catalog = await load(sensitive);
    const { rows } = await client.query<{ oid: string; name: string }>(
      `SELECT oid::int AS oid, oid::regclass::text AS name FROM pg_class WHERE oid >= 16384`,
    );
    for (const { oid, name } of rows) oids.set(name, Number(oid));
  });
  after(async () => {
    await client?.end();
    await server?.stop();
  });

  async function load(columns: ReadonlyMap<string, MaskName>): Promise<LoadedCatalog> {
    return loadCatalog(async (sql) => {
      queries += 1;
      const result = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
      return result.rows;
    }, columns);
  }

  function oid(name: string): number {
    const found = oids.get(name);
    assert.ok(found !== undefined, name);
    return found;
  }

  async function attnum(relation: string, column: string): Promise<number> {
    const { rows } = await client.query<{ attnum: number }>(
      'SELECT attnum FROM pg_attribute WHERE attrelid = $1 AND attname = $2',
      [oid(relation), column],
    );
    return rows[0]?.attnum ?? NaN;
  }

  it('takes two round trips, or one where nothing is sensitive', async () => {
    queries = 0;
    await load(sensitive);
    assert.equal(queries, 2);
    queries = 0;
    await load(new Map());
    assert.equal(queries, 1);
  });

  it('finds a relation in every schema that has it', () => {
    assert.deepEqual(
      catalog
        .relationsNamed('users')
        .map((relation) => relation.schema)
        .sort(),
      ['app', 'public'],
    );
    const kinds: [string, string, string][] = [
      ['public', 'users', 'table'],
      ['public', 'user_names', 'view'],
      ['public', 'kept', 'matview'],
      ['public', 'numbers', 'sequence'],
      ['public', 'events', 'partitioned'],
      ['public', 'events_old_1', 'table'],
      ['app', 'Odd Case', 'table'],
      ['pg_catalog', 'pg_class', 'table'],
      ['information_schema', 'tables', 'view'],
    ];
    for (const [schemaName, name, kind] of kinds) {
      assert.equal(catalog.relation(schemaName, name)?.kind, kind, `${schemaName}.${name}`);
    }
    assert.equal(catalog.relation('app', 'notes'), undefined);
    assert.equal(catalog.relation('public', 'users')?.oid, oid('users'));
    assert.equal(catalog.knowsOid(oid('users')), true);
    assert.equal(catalog.knowsOid(999_999), false);
  });

  it('knows the strictest volatility of functions, and whose they are', () => {
    assert.equal(catalog.builtin('lower'), 'immutable');
    assert.equal(catalog.builtin('now'), 'stable');
    assert.equal(catalog.builtin('random'), 'volatile');
    assert.equal(catalog.builtin('count'), 'immutable');
    assert.equal(catalog.builtin('query_to_xml'), 'volatile');
    assert.equal(catalog.builtin('look'), undefined);
    assert.deepEqual(catalog.userFunctions('look'), [
      { schema: 'public', name: 'look', volatility: 'volatile', trusted: false, unary: true },
    ]);
    assert.deepEqual(catalog.userFunctions('pair'), [
      { schema: 'app', name: 'pair', volatility: 'immutable', trusted: false, unary: false },
    ]);
    assert.deepEqual(catalog.userFunctions('similarity'), [
      { schema: 'public', name: 'similarity', volatility: 'immutable', trusted: true, unary: false },
    ]);
    assert.deepEqual(catalog.userFunctions('set_limit')[0]?.trusted, false);
  });

  it('ties (tableOid, attnum) to resources, through inheritance, partitions and generated columns', async () => {
    const rows: [string, string, string | undefined][] = [
      ['users', 'email', 'public.users.email'],
      ['users', 'ssn', 'public.users.ssn'],
      ['users', 'domain', 'public.users.email'],
      ['users', 'initial', undefined],
      ['users', 'id', undefined],
      ['app.users', 'email', undefined],
      ['app."Odd Case"', 'E-Mail', 'app."Odd Case"."E-Mail"'],
      ['staff', 'mail', 'public.staff.mail'],
      ['people', 'mail', 'public.staff.mail'],
      ['people', 'id', undefined],
      ['guests', 'mail', undefined],
      ['events', 'payload', 'public.events.payload#/user/phone'],
      ['events_old', 'payload', 'public.events.payload#/user/phone'],
      ['events_old_1', 'payload', 'public.events.payload#/user/phone'],
      ['events_old_1', 'id', undefined],
      ['notes', 'body', undefined],
    ];
    for (const [relation, column, resource] of rows) {
      const found = catalog.resourceOf(oid(relation), await attnum(relation, column));
      assert.equal(found, resource, `${relation}.${column}`);
    }
    assert.equal(catalog.resourceOf(oid('users'), 0), 'public.users.email', 'a whole row');
    assert.deepEqual(catalog.problems, []);
  });

  it('takes the resource that a plan hides where a parent is several', async () => {
    const both = await load(
      new Map([
        ['public.people.mail', 'email'],
        ['public.staff.mail', 'redact'],
      ]),
    );
    const mail = await attnum('people', 'mail');
    const plan: MaskPlan = { hidden: new Map([['public.staff.mail', 'redact']]), detect: [] };
    assert.equal(both.resourceOf(oid('people'), mail), 'public.people.mail');
    assert.equal(both.resourceOf(oid('people'), mail, plan), 'public.staff.mail');
    assert.equal(both.resourceOf(oid('staff'), await attnum('staff', 'mail')), 'public.staff.mail');
    assert.equal(both.resourceOf(oid('guests'), await attnum('guests', 'mail')), 'public.people.mail');
  });

  it('taints views that could show sensitive columns, directly, through views or functions', () => {
    const users = ['public.users.email', 'public.users.ssn'];
    const rows: [string, string[]][] = [
      ['user_names', users],
      ['of_view', users],
      ['kept', users],
      ['note_list', []],
      ['looking', ['*']],
      ['similar_notes', []],
      ['users', []],
    ];
    for (const [view, resources] of rows) {
      assert.deepEqual([...new Set(catalog.viewResources(undefined, view))].sort(), resources, view);
    }
  });

  it('says which names are sensitive', () => {
    const [users] = catalog.sensitiveNamed(undefined, 'users');
    assert.deepEqual(
      [...(users?.columns ?? [])],
      ['id', 'name', 'email', 'ssn', 'domain', 'initial'],
      'dropped columns are gone',
    );
    assert.deepEqual([...(users?.sensitive.keys() ?? [])], ['email', 'ssn', 'domain']);
    const rows: [string, boolean][] = [
      ['public.users', true],
      ['app.users', false],
      ['app."Odd Case"', true],
      ['public.user_names', true],
      ['public.note_list', false],
      ['public', true],
      ['app', true],
      ['pg_catalog', false],
      ['', false],
    ];
    for (const [resource, known] of rows) assert.equal(catalog.hasSensitive(resource), known, resource);
    assert.equal(catalog.sensitiveNamed('app', 'users').length, 0);
    assert.equal(catalog.knows('pg_temp', 'users'), false);
    assert.equal(catalog.knows(undefined, 'nosuch'), false);
  });

  it('reports a configured column that its table lacks, and none of a table that is not there', async () => {
    const odd = await load(
      new Map([
        ['public.users.emial', 'email'],
        ['public.nosuch.email', 'email'],
        ['users.email', 'email'],
      ]),
    );
    assert.equal(odd.problems.length, 2);
    assert.match(odd.problems.join('\n'), /users\.email is configured, but that is no schema/);
    assert.match(odd.problems.join('\n'), /public\.users\.emial is configured, but its table has no such/);
  });

  it('is not led astray by what users put into the search path', async () => {
    const ssn = await attnum('users', 'ssn');
    await client.query(`
      CREATE SCHEMA trap;
      CREATE TABLE trap.pg_class (relname text);
      CREATE FUNCTION trap.isnt(name, name) RETURNS bool LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = name, FUNCTION = trap.isnt);
      SET search_path = trap, pg_catalog, public`);
    try {
      assert.equal((await load(sensitive)).resourceOf(oid('users'), ssn), 'public.users.ssn');
    } finally {
      await client.query('RESET search_path; DROP SCHEMA trap CASCADE');
    }
  });

  it('sees what RowDescription tells of an origin, which is what disclosure relies on', async () => {
    await client.query(
      `BEGIN; DECLARE c CURSOR FOR SELECT email FROM users; PREPARE p AS SELECT email FROM users`,
    );
    const email = `${oid('users')}/${await attnum('users', 'email')}`;
    const rows: [string, string][] = [
      ['SELECT email FROM users', email],
      ['SELECT u.email AS e FROM users u LEFT JOIN notes n USING (id) ORDER BY id', email],
      ['FETCH c', email],
      ['EXECUTE p', email],
      ['WITH x AS (SELECT 1) SELECT email FROM users', email],
      [`INSERT INTO users (id) VALUES (1) RETURNING email`, email],
      [`UPDATE users SET name = 'x' RETURNING email`, email],
      [`UPDATE users SET name = 'x' RETURNING old.email`, email],
      [`UPDATE users SET name = 'x' RETURNING WITH (NEW AS n) n.email`, email],
      ['DELETE FROM users USING notes RETURNING users.email', email],
      ['MERGE INTO users u USING notes n ON u.id = n.id WHEN MATCHED THEN DELETE RETURNING u.email', email],
      ['SELECT email FROM users UNION ALL SELECT email FROM users', '0/0'],
      ['SELECT upper(email) FROM users', '0/0'],
      ['SELECT u.row_to_json FROM users u', '0/0'],
      ['SELECT u FROM users u', `${oid('users')}/0`],
    ];
    try {
      for (const [sql, origin] of rows) {
        const { fields } = await client.query(sql);
        assert.equal(`${fields[0]?.tableID}/${fields[0]?.columnID}`, origin, sql);
      }
    } finally {
      await client.query('ROLLBACK');
    }
  });
});
